# With `stream = true`: what a streaming job needs that takes pages as they come. The job itself is started
# by hand, once, from the Flex Template: README.md, A stream.

locals {
  of_stream = "resource.type = \"dataflow_job\" AND resource.labels.job_name = monitoring.regex.full_match(\"suzgi-stream.*\")"

  lag_metrics = {
    data_watermark_age = "the oldest document that is not worked off"
    system_lag         = "the longest wait of a document inside the job"
  }
}

data "google_storage_project_service_account" "storage" {
  count = var.stream ? 1 : 0
}

resource "google_pubsub_topic" "pages" {
  # checkov:skip=CKV_GCP_83:Google's key encrypts it; a message is the name of an object, no more
  count = var.stream ? 1 : 0

  name       = "suzgi-pages"
  depends_on = [google_project_service.used]
}

resource "google_pubsub_topic_iam_member" "storage" {
  count = var.stream ? 1 : 0

  topic  = google_pubsub_topic.pages[0].name
  role   = "roles/pubsub.publisher"
  member = data.google_storage_project_service_account.storage[0].member
}

resource "google_storage_notification" "pages" {
  count = var.stream ? 1 : 0

  bucket         = data.google_storage_bucket.input.name
  topic          = google_pubsub_topic.pages[0].id
  payload_format = "JSON_API_V1"
  event_types    = ["OBJECT_FINALIZE"]

  depends_on = [google_pubsub_topic_iam_member.storage]
}

resource "google_pubsub_subscription" "pages" {
  count = var.stream ? 1 : 0

  name                       = "suzgi-pages"
  topic                      = google_pubsub_topic.pages[0].id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s" # a week for who mends a job that stopped

  expiration_policy {
    ttl = "" # never: a job may rest
  }
}

resource "google_pubsub_subscription_iam_member" "worker" {
  for_each = var.stream ? toset(["roles/pubsub.subscriber", "roles/pubsub.viewer"]) : []

  subscription = google_pubsub_subscription.pages[0].name
  role         = each.key
  member       = local.member["worker"]
}

resource "google_monitoring_alert_policy" "lag" {
  count = var.stream ? 1 : 0

  display_name          = "Suzgi: the stream lags behind"
  combiner              = "OR"
  notification_channels = local.channels

  dynamic "conditions" {
    for_each = local.lag_metrics

    content {
      display_name = "${var.max_lag_minutes} minutes: ${conditions.value}"

      condition_threshold {
        filter          = "${local.of_stream} AND metric.type = \"dataflow.googleapis.com/job/${conditions.key}\""
        comparison      = "COMPARISON_GT"
        threshold_value = var.max_lag_minutes * 60
        duration        = "300s"

        aggregations {
          alignment_period   = "60s"
          per_series_aligner = "ALIGN_MAX"
        }
      }
    }
  }

  documentation {
    content   = "Workers are missing, or one document holds all up: look at the job's stages. More workers: max_workers."
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.used]
}

resource "google_monitoring_alert_policy" "stream_failed" {
  count = var.stream ? 1 : 0

  display_name          = "Suzgi: the streaming job failed"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "The job is in the state failed"

    condition_threshold {
      filter          = "${local.of_stream} AND metric.type = \"dataflow.googleapis.com/job/is_failed\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    content   = "Messages wait for a week in the subscription: mend the cause and start the job again."
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.used]
}

# Counters are those of docs/metrics.md. They only grow while a job runs; an hour tells what it does now.
resource "google_monitoring_alert_policy" "stream_dead_letters" {
  count = var.stream ? 1 : 0

  display_name          = "Suzgi: many documents of the stream fail"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "More than ${var.max_dead_letters} % of an hour's documents"

    condition_prometheus_query_language {
      query = join(" / ", [
        for name in ["dead_letters", "documents"] :
        "sum(delta(dataflow_googleapis_com:job_user_counter{monitored_resource=\"dataflow_job\", job_name=~\"suzgi-stream.*\", metric_name=\"${name}\"}[1h]))${name == "documents" ? " > ${var.max_dead_letters / 100}" : ""}"
      ])
      duration            = "300s"
      evaluation_interval = "60s"
    }
  }

  documentation {
    content   = "The view dead_letters_by_day tells at which stage and why."
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.used]
}
