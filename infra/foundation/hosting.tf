resource "google_firebase_project" "project" {
  provider = google-beta
  project  = local.project

  depends_on = [google_project_service.api]
}

# One console for each site. Hosting is served from everywhere, so either is there without the other's region.
resource "google_firebase_hosting_site" "console" {
  provider = google-beta
  for_each = local.manifest.sites

  project = local.project
  site_id = var.settings.hosting_sites[each.key]

  depends_on = [google_firebase_project.project]
}

resource "google_firebase_hosting_custom_domain" "console" {
  provider = google-beta
  for_each = var.settings.hosts

  project       = local.project
  site_id       = google_firebase_hosting_site.console[each.key].site_id
  custom_domain = each.value
  # The operator sets the records that the output `hosting_records` names.
  wait_dns_verification = false
}
