resource "google_service_account" "account" {
  for_each = local.manifest.accounts

  project      = local.project
  account_id   = each.key
  display_name = each.key
  description  = each.value

  depends_on = [google_project_service.api]
}

# Who is on call signs in as an operator without a console: with ID tokens of this account, and nothing else of it.
resource "google_service_account_iam_member" "operator" {
  for_each = toset(var.settings.operators)

  service_account_id = "projects/${local.project}/serviceAccounts/${google_service_account.account[local.manifest.operatorAccount].email}"
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = each.value
}

# Least rights of our own, where Google's roles have more than a function needs.
resource "google_project_iam_custom_role" "role" {
  for_each = local.manifest.roles

  project     = local.project
  role_id     = each.key
  title       = each.key
  description = "A right of Hikae's functions; its reasons are in infra/access.ts."
  permissions = each.value

  depends_on = [google_project_service.api]
}

# Eventarc takes events in this account's name before it calls a function with it.
resource "google_project_iam_member" "eventarc" {
  project = local.project
  role    = "roles/eventarc.eventReceiver"
  member  = "serviceAccount:${google_service_account.account[local.manifest.callers.document].email}"
}

# Cloud Run functions copies the source here before it is built; nothing else of the project's buckets is to be read.
resource "google_project_iam_member" "build_source" {
  project = local.project
  role    = "roles/storage.objectViewer"
  member  = "serviceAccount:${google_service_account.account["hikae-build"].email}"

  condition {
    title      = "Staged sources only"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.project.number}-\")"
  }
}
