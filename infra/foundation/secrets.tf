# Places for secrets. Their values are added by a person and are in no file, plan or state.
resource "google_secret_manager_secret" "secret" {
  for_each = toset(local.manifest.secrets)

  project   = local.project
  secret_id = each.key

  replication {
    user_managed {
      dynamic "replicas" {
        for_each = toset(local.regions)

        content {
          location = replicas.value
        }
      }
    }
  }

  depends_on = [google_project_service.api]
}
