locals {
  # Written by `npm run infra` from the tables that the program itself runs by.
  manifest = jsondecode(file("${path.module}/../../manifest.json"))
  here     = local.manifest.sites[var.site]
  city     = local.here.city
  region   = local.here.region

  domain = "${var.project_id}.iam.gserviceaccount.com"
  agents = "gserviceaccount.com"
}

data "google_project" "project" {
  project_id = var.project_id
}
