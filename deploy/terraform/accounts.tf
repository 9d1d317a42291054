# Who may do what: four accounts, each with what its part needs and where it needs it. Roles of a whole
# project are only those that have no smaller place.

locals {
  accounts = {
    worker    = "Workers of Dataflow: read pages, write articles"
    launcher  = "The workflow: starts a day's jobs and waits for them"
    loader    = "The load: reads articles, writes tables"
    scheduler = "Cloud Scheduler: starts the workflow"
  }

  member = { for name, account in google_service_account.of : name => "serviceAccount:${account.email}" }

  project_roles = {
    "worker dataflow.worker"      = { account = "worker", role = "roles/dataflow.worker" }
    "launcher dataflow.developer" = { account = "launcher", role = "roles/dataflow.developer" }
    "launcher bigquery.jobUser"   = { account = "launcher", role = "roles/bigquery.jobUser" }
    "launcher logging.logWriter"  = { account = "launcher", role = "roles/logging.logWriter" }
    "loader bigquery.jobUser"     = { account = "loader", role = "roles/bigquery.jobUser" }
    "scheduler workflows.invoker" = { account = "scheduler", role = "roles/workflows.invoker" }
  }

  bucket_roles = {
    "worker input"       = { account = "worker", bucket = data.google_storage_bucket.input.name, role = "roles/storage.objectViewer" }
    "worker output"      = { account = "worker", bucket = google_storage_bucket.output.name, role = "roles/storage.objectAdmin" }
    "worker temp"        = { account = "worker", bucket = google_storage_bucket.temp.name, role = "roles/storage.objectAdmin" }
    "launcher artifacts" = { account = "launcher", bucket = google_storage_bucket.artifacts.name, role = "roles/storage.objectViewer" }
    "launcher output"    = { account = "launcher", bucket = google_storage_bucket.output.name, role = "roles/storage.objectViewer" }
    "loader output"      = { account = "loader", bucket = google_storage_bucket.output.name, role = "roles/storage.objectViewer" }
  }
}

resource "google_service_account" "of" {
  for_each = local.accounts

  account_id   = "suzgi-${each.key}"
  display_name = "Suzgi ${each.key}"
  description  = each.value

  depends_on = [google_project_service.used]
}

resource "google_project_iam_member" "of" {
  # checkov:skip=CKV_GCP_49:dataflow.developer starts jobs as accounts that it may act as: the worker alone, below
  for_each = local.project_roles

  project = var.project
  role    = each.value.role
  member  = local.member[each.value.account]
}

resource "google_storage_bucket_iam_member" "of" {
  for_each = local.bucket_roles

  bucket = each.value.bucket
  role   = each.value.role
  member = local.member[each.value.account]
}

resource "google_artifact_registry_repository_iam_member" "worker" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.reader"
  member     = local.member["worker"]
}

# The launcher starts jobs that run as the worker, and as nobody else.
resource "google_service_account_iam_member" "launcher_as_worker" {
  service_account_id = google_service_account.of["worker"].name
  role               = "roles/iam.serviceAccountUser"
  member             = local.member["launcher"]
}

resource "google_bigquery_dataset_iam_member" "loader" {
  dataset_id = google_bigquery_dataset.warehouse.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = local.member["loader"]
}

resource "google_bigquery_dataset_iam_member" "launcher" {
  dataset_id = google_bigquery_dataset.warehouse.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = local.member["launcher"]
}

# To start the load with the directory of the day, and to see how it went.
resource "google_cloud_run_v2_job_iam_member" "launcher" {
  for_each = toset(["roles/run.jobsExecutorWithOverrides", "roles/run.viewer"])

  name     = google_cloud_run_v2_job.load.name
  location = google_cloud_run_v2_job.load.location
  role     = each.key
  member   = local.member["launcher"]
}
