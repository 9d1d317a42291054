# The interfaces of Google Cloud that the rest needs.

locals {
  services = toset(concat(
    [
      "artifactregistry",
      "bigquery",
      "cloudbuild",           # builds the image: deploy/dataflow
      "cloudresourcemanager", # roles of the project
      "cloudscheduler",
      "compute", # the machines of Dataflow
      "dataflow",
      "iam",
      "logging",
      "monitoring",
      "run",
      "storage",
      "workflowexecutions",
      "workflows",
    ],
    var.stream ? ["pubsub"] : [],
  ))
}

resource "google_project_service" "used" {
  for_each = local.services

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false # others of the project may use it
}
