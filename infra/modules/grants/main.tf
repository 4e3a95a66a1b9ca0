locals {
  domain = "${var.project_id}.iam.gserviceaccount.com"
  # Roles whose names begin with "hikae" are the project's own, made by the foundation.
  own_roles = "projects/${var.project_id}/roles"
}

resource "google_project_iam_member" "database" {
  for_each = var.databases

  project = var.project_id
  role    = each.value.role
  member  = "serviceAccount:${each.value.account}@${local.domain}"

  # The same for all accounts with this role on this database: they then share one binding of the project's policy.
  condition {
    title      = "Database ${each.value.database} only"
    expression = "resource.name == \"projects/${var.project_id}/databases/${each.value.database}\""
  }
}

resource "google_storage_bucket_iam_member" "bucket" {
  for_each = var.buckets

  bucket = "${var.project_id}-${each.value.bucket}"
  role   = "${local.own_roles}/${each.value.role}"
  member = "serviceAccount:${each.value.account}@${local.domain}"
}

resource "google_pubsub_topic_iam_member" "topic" {
  for_each = var.topics

  project = var.project_id
  topic   = each.value.topic
  role    = each.value.role
  member  = "serviceAccount:${each.value.account}@${local.domain}"
}

resource "google_secret_manager_secret_iam_member" "secret" {
  for_each = var.secrets

  project   = var.project_id
  secret_id = each.value.secret
  role      = each.value.role
  member    = "serviceAccount:${each.value.account}@${local.domain}"
}

resource "google_service_account_iam_member" "account" {
  for_each = var.accounts

  service_account_id = "projects/${var.project_id}/serviceAccounts/${each.value.target}@${local.domain}"
  role               = "${local.own_roles}/${each.value.role}"
  member             = "serviceAccount:${each.value.account}@${local.domain}"
}

resource "google_project_iam_member" "project" {
  for_each = var.project

  project = var.project_id
  role    = "${local.own_roles}/${each.value.role}"
  member  = "serviceAccount:${each.value.account}@${local.domain}"
}
