# Cloud Scheduler starts the workflow, which takes one day from its pages to the warehouse.

locals {
  start = "https://workflowexecutions.googleapis.com/v1/${google_workflows_workflow.day.id}/executions"

  jobs = {
    suzgi-day      = { schedule = var.schedule, argument = {}, description = "Takes the day before into the warehouse" }
    suzgi-deadline = { schedule = var.deadline, argument = { only_check = true }, description = "Looks whether the day before is in the warehouse" }
  }
}

resource "google_workflows_workflow" "day" {
  name            = "suzgi-day"
  region          = var.region
  description     = "One day: Dataflow job, load, check of the counts"
  service_account = google_service_account.of["launcher"].id
  source_contents = file("${path.module}/workflow.yaml")
  call_log_level  = "LOG_ERRORS_ONLY"

  deletion_protection = false # it keeps nothing

  user_env_vars = {
    SUZGI_REGION           = var.region
    SUZGI_TIMEZONE         = var.timezone
    SUZGI_INPUT            = "gs://${data.google_storage_bucket.input.name}/${var.input_pattern}"
    SUZGI_OUTPUT_BUCKET    = google_storage_bucket.output.name
    SUZGI_TEMP             = "gs://${google_storage_bucket.temp.name}"
    SUZGI_TEMPLATE         = "gs://${google_storage_bucket.artifacts.name}/templates/suzgi-ingest.json"
    SUZGI_WORKER           = google_service_account.of["worker"].email
    SUZGI_SUBNETWORK       = "regions/${var.region}/subnetworks/${google_compute_subnetwork.workers.name}"
    SUZGI_MACHINE_TYPE     = var.machine_type
    SUZGI_MAX_WORKERS      = tostring(var.max_workers)
    SUZGI_INGEST_SECONDS   = tostring(floor(var.ingest_hours * 3600))
    SUZGI_LOAD_JOB         = google_cloud_run_v2_job.load.name
    SUZGI_LOAD_SECONDS     = tostring(floor(var.load_hours * 3600))
    SUZGI_DATASET          = google_bigquery_dataset.warehouse.dataset_id
    SUZGI_MAX_DEAD_LETTERS = tostring(var.max_dead_letters)
    SUZGI_MAX_DRIFT        = tostring(var.max_drift)
  }

  depends_on = [google_project_service.used]
}

resource "google_cloud_scheduler_job" "start" {
  for_each = local.jobs

  name             = each.key
  region           = var.region
  description      = each.value.description
  schedule         = each.value.schedule
  time_zone        = var.timezone
  attempt_deadline = "60s" # it starts the workflow, and does not wait for it

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "600s"
  }

  http_target {
    http_method = "POST"
    uri         = local.start
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(jsonencode({ argument = jsonencode(each.value.argument) }))

    oauth_token {
      service_account_email = google_service_account.of["scheduler"].email
    }
  }

  depends_on = [google_project_iam_member.of]
}
