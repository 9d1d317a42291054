# What the example environment makes. `terraform test` asks no cloud: the provider is mocked, and what only
# a cloud knows is made up here.

mock_provider "google" {
  mock_data "google_storage_bucket" {
    defaults = {
      location = "EUROPE-WEST3"
    }
  }
}

override_resource {
  target = google_service_account.of["worker"]
  values = {
    email = "suzgi-worker@example-news-prod.iam.gserviceaccount.com"
    id    = "projects/example-news-prod/serviceAccounts/suzgi-worker@example-news-prod.iam.gserviceaccount.com"
    name  = "projects/example-news-prod/serviceAccounts/suzgi-worker@example-news-prod.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.of["launcher"]
  values = {
    email = "suzgi-launcher@example-news-prod.iam.gserviceaccount.com"
    id    = "projects/example-news-prod/serviceAccounts/suzgi-launcher@example-news-prod.iam.gserviceaccount.com"
    name  = "projects/example-news-prod/serviceAccounts/suzgi-launcher@example-news-prod.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.of["loader"]
  values = {
    email = "suzgi-loader@example-news-prod.iam.gserviceaccount.com"
    id    = "projects/example-news-prod/serviceAccounts/suzgi-loader@example-news-prod.iam.gserviceaccount.com"
    name  = "projects/example-news-prod/serviceAccounts/suzgi-loader@example-news-prod.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.of["scheduler"]
  values = {
    email = "suzgi-scheduler@example-news-prod.iam.gserviceaccount.com"
    id    = "projects/example-news-prod/serviceAccounts/suzgi-scheduler@example-news-prod.iam.gserviceaccount.com"
    name  = "projects/example-news-prod/serviceAccounts/suzgi-scheduler@example-news-prod.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_workflows_workflow.day
  values = { id = "projects/example-news-prod/locations/europe-west3/workflows/suzgi-day" }
}

override_resource {
  target = google_pubsub_topic.pages
  values = { id = "projects/example-news-prod/topics/suzgi-pages" }
}

variables {
  project      = "example-news-prod"
  region       = "europe-west3"
  timezone     = "Asia/Almaty"
  input_bucket = "example-news-pages"
  image_tag    = "0.1.0"
  alert_emails = ["news-team@example.com"]
}

run "batch" {
  assert {
    condition     = output.image == "europe-west3-docker.pkg.dev/example-news-prod/suzgi/suzgi:0.1.0"
    error_message = "Cloud Run and the template would look for another image than deploy/dataflow builds."
  }

  assert {
    condition     = startswith(output.image, "${output.repository}/suzgi:")
    error_message = "`make image` would push to another repository."
  }

  assert {
    condition     = output.template == "gs://example-news-prod-suzgi-artifacts/templates/suzgi-ingest.json"
    error_message = "The workflow would look for another template than deploy/dataflow writes."
  }

  assert {
    condition     = output.warehouse == "bigquery:example-news-prod.suzgi"
    error_message = "The load would write elsewhere."
  }

  assert {
    condition     = length(google_pubsub_topic.pages) == 0 && output.subscription == null
    error_message = "Without stream there is no Pub/Sub."
  }
}

run "stream" {
  variables {
    stream      = true
    output_days = 90
  }

  assert {
    condition     = google_storage_notification.pages[0].topic == google_pubsub_topic.pages[0].id
    error_message = "The bucket would tell another topic."
  }

  assert {
    condition     = google_pubsub_subscription.pages[0].topic == google_pubsub_topic.pages[0].id
    error_message = "The job would read another topic."
  }

  assert {
    condition     = contains([for rule in google_storage_bucket.output.lifecycle_rule : one(rule.condition).age if one(rule.action).type == "Delete"], 90)
    error_message = "output_days deletes nothing."
  }
}
