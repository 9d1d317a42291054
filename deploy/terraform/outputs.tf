output "image" {
  description = "Image that runs; deploy/dataflow builds it."
  value       = local.image
}

output "repository" {
  description = "Repository of the image, as `make image` names it."
  value       = local.repository
}

output "template" {
  description = "Where the Flex Template of the batch job lies."
  value       = google_workflows_workflow.day.user_env_vars["SUZGI_TEMPLATE"]
}

output "artifacts_bucket" {
  description = "Bucket of the templates."
  value       = google_storage_bucket.artifacts.name
}

output "output" {
  description = "Where the Avro files are: a directory for each day."
  value       = local.output
}

output "warehouse" {
  description = "Dataset with the tables, as `suzgi load --to` names it."
  value       = "bigquery:${var.project}.${google_bigquery_dataset.warehouse.dataset_id}"
}

output "accounts" {
  description = "E-mail address of each service account."
  value       = { for name, account in google_service_account.of : name => account.email }
}

output "subscription" {
  description = "Subscription for `suzgi ingest --subscription`; null without a stream."
  value       = one(google_pubsub_subscription.pages[*].id)
}

output "run_day" {
  description = "Command that runs a day again."
  value       = "gcloud workflows run ${google_workflows_workflow.day.name} --project=${var.project} --location=${var.region} --data='{\"date\": \"2026-05-14\"}'"
}
