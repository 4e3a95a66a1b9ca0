locals {
  # Written by `npm run infra` from the tables that the program itself runs by.
  manifest = jsondecode(file("${path.module}/../manifest.json"))
  project  = var.settings.project_id
  # Everything that is stored by a global service is stored in both regions.
  regions = [for site in values(local.manifest.sites) : site.region]
}

data "google_project" "project" {
  project_id = local.project
}

resource "google_project_service" "api" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "eventarc.googleapis.com",
    "eventarcpublishing.googleapis.com",
    "firebase.googleapis.com",
    "firebasehosting.googleapis.com",
    "firebaserules.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ])

  project = local.project
  service = each.key
  # Other things of the project may use it.
  disable_on_destroy = false
}
