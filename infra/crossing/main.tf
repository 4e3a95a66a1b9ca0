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

# A trigger must be where its database is; the function that it calls need not.
resource "google_eventarc_trigger" "document" {
  for_each = local.triggers

  project                 = local.project
  name                    = each.key
  location                = each.value.database_region
  service_account         = "${local.manifest.callers.document}@${local.domain}"
  event_data_content_type = "application/protobuf"

  matching_criteria {
    attribute = "type"
    value     = each.value.type
  }

  matching_criteria {
    attribute = "database"
    value     = each.value.database
  }

  matching_criteria {
    attribute = "document"
    operator  = "match-path-pattern"
    value     = each.value.document
  }

  destination {
    cloud_run_service {
      service = each.value.function
      region  = each.value.function_region
    }
  }
}

output "eventarc_subscriptions" {
  description = "The subscriptions that Eventarc made for its triggers; the roll-out gives them the dead-letter topic."
  value = {
    for name, trigger in google_eventarc_trigger.document : name => one(trigger.transport[*].pubsub[0].subscription)
  }
}
