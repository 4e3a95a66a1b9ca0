terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0, < 8.0"
    }
    # Hosting is only there.
    google-beta = {
      source  = "hashicorp/google-beta"
      version = ">= 7.0, < 8.0"
    }
  }

  # In a bucket of both regions, whose name is told at `init`.
  backend "gcs" {
    prefix = "foundation"
  }
}

provider "google" {
  project               = var.settings.project_id
  billing_project       = var.settings.project_id
  user_project_override = true
}

provider "google-beta" {
  project               = var.settings.project_id
  billing_project       = var.settings.project_id
  user_project_override = true
}
