# What the variables refuse, and what the bucket of the pages must be.

mock_provider "google" {
  mock_data "google_storage_bucket" {
    defaults = {
      location = "EUROPE-WEST3"
    }
  }
}

variables {
  project      = "example-news-prod"
  region       = "europe-west3"
  timezone     = "Asia/Almaty"
  input_bucket = "example-news-pages"
  image_tag    = "0.1.0"
  alert_emails = ["news-team@example.com"]
}

run "each_refuses" {
  command = plan

  variables {
    project               = "Example"
    region                = "europe-west3-a"
    timezone              = "+05:00"
    input_bucket          = "gs://example-news-pages"
    input_pattern         = "pages/"
    image_tag             = "latest"
    schedule              = "15 2 * *"
    machine_type          = "large"
    max_workers           = 1.5
    ingest_hours          = 100
    load_hours            = 25
    dataset               = "example-news"
    output_days           = 7
    max_dead_letters      = 101
    max_drift             = 0
    max_lag_minutes       = 1
    notification_channels = ["1234567890"]
  }

  expect_failures = [
    var.project, var.region, var.timezone, var.input_bucket, var.input_pattern, var.image_tag,
    var.schedule, var.machine_type, var.max_workers, var.ingest_hours, var.load_hours,
    var.dataset, var.output_days, var.max_dead_letters, var.max_drift, var.max_lag_minutes,
    var.notification_channels,
  ]
}

run "each_refuses_another" {
  command = plan

  variables {
    project          = "ex"
    region           = "EU"
    timezone         = "ALMT+5"
    input_pattern    = "gs://example-news-pages/DATE/"
    image_tag        = ""
    deadline         = "15 2 * * *" # that of the schedule
    max_workers      = 0
    ingest_hours     = 0
    load_hours       = 0.5
    max_dead_letters = -1
    max_drift        = 1.1
    max_lag_minutes  = 2000
    alert_emails     = ["news-team"]
  }

  expect_failures = [
    var.project, var.region, var.timezone, var.input_pattern, var.image_tag, var.deadline,
    var.max_workers, var.ingest_hours, var.load_hours, var.max_dead_letters, var.max_drift,
    var.max_lag_minutes, var.alert_emails,
  ]
}

run "a_deadline_has_five_fields" {
  command = plan

  variables {
    deadline = "11:00"
  }

  expect_failures = [var.deadline]
}

run "alerts_go_to_somebody" {
  command = plan

  variables {
    alert_emails = []
  }

  expect_failures = [var.notification_channels]
}

run "channels_are_enough" {
  command = plan

  variables {
    alert_emails          = []
    notification_channels = ["projects/example-news-prod/notificationChannels/1234567890"]
  }

  assert {
    condition     = google_monitoring_alert_policy.log["failed"].notification_channels == tolist(["projects/example-news-prod/notificationChannels/1234567890"])
    error_message = "The channel is not told."
  }
}

run "pages_in_another_region" {
  command = plan

  variables {
    region = "us-central1"
  }

  expect_failures = [data.google_storage_bucket.input]
}

run "pages_in_a_multi_region" {
  command = plan

  override_data {
    target = data.google_storage_bucket.input
    values = { location = "EU" }
  }
}
