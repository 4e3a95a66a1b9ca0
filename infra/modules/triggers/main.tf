# A trigger must be where its database is; the function that it calls need not.
resource "google_eventarc_trigger" "document" {
  for_each = var.triggers

  project                 = var.project_id
  name                    = each.key
  location                = each.value.database_region
  service_account         = var.service_account
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

output "subscriptions" {
  description = "The subscriptions that Eventarc made for them."
  value = {
    for name, trigger in google_eventarc_trigger.document : name => one(trigger.transport[*].pubsub[0].subscription)
  }
}
