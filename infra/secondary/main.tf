locals {
  site  = "secondary"
  hosts = { for site, id in var.settings.hosting_sites : site => lookup(var.settings.hosts, site, "${id}.web.app") }
}

# The site's own, so that its alerts depend on nothing of the other one.
resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.settings.alert_emails)

  project      = var.settings.project_id
  display_name = "Hikae ${local.site}: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
}

module "site" {
  source = "../modules/site"

  project_id            = var.settings.project_id
  site                  = local.site
  artifact              = var.artifact
  hosts                 = local.hosts
  mail_from             = var.settings.mail_from
  oidc                  = var.settings.oidc
  recording_sources     = var.settings.recording_sources
  platform_members      = var.settings.platform_members[local.site]
  max_instances         = var.settings.max_instances
  notification_channels = values(google_monitoring_notification_channel.email)[*].id
  trial                 = var.settings.trial
}
