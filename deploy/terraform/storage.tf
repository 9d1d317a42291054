# The bucket with the pages is the user's. Ours are three: what jobs write, what they scratch, and what
# they are started from.

data "google_storage_bucket" "input" {
  name = var.input_bucket

  lifecycle {
    postcondition {
      condition     = contains([upper(var.region), "EU", "US", "ASIA"], self.location)
      error_message = "The bucket ${var.input_bucket} is in ${self.location}, the jobs would run in ${var.region}: each day would pay for the transfer. Set region to that of the bucket."
    }
  }
}

locals {
  output = "gs://${google_storage_bucket.output.name}"
}

resource "google_storage_bucket" "output" {
  # checkov:skip=CKV_GCP_62:access is in the audit logs of the project, where the owner turns them on
  # checkov:skip=CKV_GCP_78:finished files never change; what is deleted by mistake is kept for a week (soft delete), and versions would keep all scratch too
  name     = "${var.project}-suzgi-output"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  soft_delete_policy {
    retention_duration_seconds = 604800 # a week
  }

  lifecycle_rule {
    condition {
      age = 1
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  # After two months few ask for a file, and an Avro file is read once at the most.
  lifecycle_rule {
    condition {
      age                   = 60
      matches_storage_class = ["STANDARD"]
    }
    action {
      type          = "SetStorageClass"
      storage_class = "NEARLINE"
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.output_days == null ? [] : [var.output_days]

    content {
      condition {
        age = lifecycle_rule.value
      }
      action {
        type = "Delete"
      }
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_storage_bucket" "temp" {
  # checkov:skip=CKV_GCP_62:it holds what a job forgets
  # checkov:skip=CKV_GCP_78:it holds what a job forgets
  name     = "${var.project}-suzgi-temp"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  soft_delete_policy {
    retention_duration_seconds = 0 # or each job's scratch would be paid for a week
  }

  # Longer than any job runs: ingest_hours is 72 at the most. A streaming job keeps its staged files.
  lifecycle_rule {
    condition {
      age            = 14
      matches_prefix = ["temp/"]
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age            = 400
      matches_prefix = ["staging/"]
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.used]
}

resource "google_storage_bucket" "artifacts" {
  # checkov:skip=CKV_GCP_62:access is in the audit logs of the project, where the owner turns them on
  name     = "${var.project}-suzgi-artifacts"
  location = var.region

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  # A template has one name in all versions: the one before is what a rollback takes.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 90
      num_newer_versions         = 5
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.used]
}
