resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.settings.alert_emails)

  project      = local.project
  display_name = "Hikae: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }

  depends_on = [google_project_service.api]
}

# Tells, and stops nothing: a stand-by that a budget turned off would not be there on the worst day.
resource "google_billing_budget" "budget" {
  billing_account = var.settings.billing_account
  display_name    = "Hikae"

  budget_filter {
    projects = ["projects/${data.google_project.project.number}"]
  }

  amount {
    specified_amount {
      currency_code = var.settings.budget.currency
      units         = var.settings.budget.amount
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]

    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1.2
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = values(google_monitoring_notification_channel.email)[*].id
    disable_default_iam_recipients   = false
  }
}
