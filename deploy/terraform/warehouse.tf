# The dataset, and the job that loads a day into it. `suzgi load` makes the tables.

resource "google_bigquery_dataset" "warehouse" {
  # checkov:skip=CKV_GCP_81:Google's key encrypts it; an own key would be a second thing to lose
  dataset_id  = var.dataset
  location    = var.region
  description = "Articles of scraped pages, what was removed from them, and the runs that made them"

  delete_contents_on_destroy = false

  depends_on = [google_project_service.used]
}

resource "google_cloud_run_v2_job" "load" {
  name                = "suzgi-load"
  location            = var.region
  deletion_protection = false # it keeps nothing

  template {
    template {
      service_account = google_service_account.of["loader"].email
      timeout         = "${floor(var.load_hours * 3600)}s"
      max_retries     = 1 # a run is loaded once, however often one tries

      containers {
        image   = local.image
        command = ["suzgi"]
        args    = ["load", "--help"] # the workflow names the day

        resources {
          limits = {
            cpu    = "1"
            memory = "2Gi"
          }
        }
      }
    }
  }

  depends_on = [google_project_service.used]
}
