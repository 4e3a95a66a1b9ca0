# The only place where the two sites meet: rights of one site's functions on the other, and events of one site's
# database that a function of the other takes. Neither site needs any of it to be made, or to stand alone.
locals {
  manifest = jsondecode(file("${path.module}/../manifest.json"))
  crossing = local.manifest.crossing
  project  = var.settings.project_id
  domain   = "${local.project}.iam.gserviceaccount.com"
  other    = { primary = "secondary", secondary = "primary" }

  triggers = merge([
    for site, crossing in local.crossing : {
      for name, trigger in crossing.triggers : name => merge(trigger, {
        function_region = local.manifest.sites[site].region
        database_region = local.manifest.sites[local.other[site]].region
        database        = local.manifest.sites[local.other[site]].database
      })
    }
  ]...)
}

module "grants" {
  source   = "../modules/grants"
  for_each = local.crossing

  project_id = local.project
  databases  = each.value.grants.databases
  buckets    = each.value.grants.buckets
}

module "triggers" {
  source = "../modules/triggers"

  project_id      = local.project
  service_account = "${local.manifest.callers.document}@${local.domain}"
  triggers        = local.triggers
}

output "eventarc_subscriptions" {
  description = "The subscriptions that Eventarc made for its triggers; the roll-out gives them the dead-letter topic."
  value       = module.triggers.subscriptions
}
