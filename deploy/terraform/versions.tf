terraform {
  required_version = ">= 1.9" # validations that name other variables

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # The bucket of the state is given to `terraform init -backend-config=…`: see README.md.
  backend "gcs" {
    prefix = "suzgi"
  }
}

provider "google" {
  project = var.project
  region  = var.region

  default_labels = {
    application = "suzgi"
  }
}
