# One image is the launcher of the Flex Template, its workers and the loader: deploy/dataflow builds it.

locals {
  repository = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
  image      = "${local.repository}/suzgi:${var.image_tag}"
}

resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:Google's key encrypts it; an own key would be a second thing to lose
  repository_id = "suzgi"
  location      = var.region
  format        = "DOCKER"
  description   = "Images of Suzgi"

  docker_config {
    immutable_tags = true # a version is one image for ever
  }

  cleanup_policies {
    id     = "keep-ten-versions"
    action = "KEEP"

    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-after-ninety-days"
    action = "DELETE"

    condition {
      tag_state  = "ANY"
      older_than = "7776000s"
    }
  }

  depends_on = [google_project_service.used]
}
