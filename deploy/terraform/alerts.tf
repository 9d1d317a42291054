# What is told to people. The workflow writes its figures and its failures to the log as entries with an
# `event`; the alerts of the schedule match those. Those of a streaming job look at its metrics.

locals {
  channels = concat(
    [for channel in google_monitoring_notification_channel.email : channel.id],
    tolist(var.notification_channels),
  )

  of_workflow = "resource.type=\"workflows.googleapis.com/Workflow\" resource.labels.workflow_id=\"${google_workflows_workflow.day.name}\""

  log_alerts = {
    failed = {
      name   = "Suzgi: a day is not in the warehouse"
      filter = "${local.of_workflow} jsonPayload.event=\"suzgi_failed\""
      labels = { date = "EXTRACT(jsonPayload.date)", reason = "EXTRACT(jsonPayload.reason)" }
      text   = "The entry in the log says why. Mend the cause, then run the day again: deploy/terraform/README.md, Run a day again."
    }
    dead_letters = {
      name   = "Suzgi: many documents of a day failed"
      filter = "${local.of_workflow} jsonPayload.event=\"suzgi_dead_letters\""
      labels = { date = "EXTRACT(jsonPayload.date)" }
      text   = "More than ${var.max_dead_letters} % of the documents failed; the view dead_letters_by_day tells at which stage and why. After a fix `suzgi replay` takes them in."
    }
    drift = {
      name   = "Suzgi: a day differs from those before"
      filter = "${local.of_workflow} jsonPayload.event=\"suzgi_drift\""
      labels = { date = "EXTRACT(jsonPayload.date)", measure = "EXTRACT(jsonPayload.measure)", name = "EXTRACT(jsonPayload.name)" }
      text   = "A share moved by more than ${var.max_drift}; the views drift_by_day and drift_by_site tell which, and at which site. A new layout shows as titles or dates that go missing."
    }
    schedule = {
      name   = "Suzgi: Cloud Scheduler cannot start the workflow"
      filter = "resource.type=\"cloud_scheduler_job\" resource.labels.job_id=~\"^suzgi-\" severity>=ERROR"
      labels = { job = "EXTRACT(resource.labels.job_id)" }
      text   = "The day was not started. Start it by hand: deploy/terraform/README.md, Run a day again."
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  display_name = "Suzgi ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }

  depends_on = [google_project_service.used]
}

resource "google_monitoring_alert_policy" "log" {
  for_each = local.log_alerts

  display_name          = each.value.name
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = each.value.name

    condition_matched_log {
      filter           = each.value.filter
      label_extractors = each.value.labels
    }
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    content   = each.value.text
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.used]
}
