locals {
  # The table infra/alerts.ts, as far as it is of this site.
  alerts     = { for alert in local.manifest.alerts : alert.name => alert if alert.site == var.site }
  signals    = { for signal in flatten(values(local.alerts)[*].signals) : signal.name => signal }
  probes     = { for probe in flatten(values(local.alerts)[*].probes) : probe.name => probe }
  charts     = flatten(values(local.alerts)[*].charts)
  chart_size = { columns = 3, width = 16, height = 12 }
}

# Every function writes one line for each invocation. Alerts count them by what they say.
resource "google_logging_metric" "invocations" {
  project     = var.project_id
  name        = "hikae_${local.city}_invocations"
  description = "Invocations of the functions of this site, one log line each."
  filter      = "resource.type=\"cloud_run_revision\" AND resource.labels.location=\"${local.region}\" AND jsonPayload.message=\"invocation\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"

    labels {
      key        = "function"
      value_type = "STRING"
    }

    labels {
      key        = "outcome"
      value_type = "STRING"
    }

    labels {
      key        = "severity"
      value_type = "STRING"
    }
  }

  label_extractors = {
    function = "EXTRACT(jsonPayload.function)"
    outcome  = "EXTRACT(jsonPayload.outcome)"
    severity = "EXTRACT(severity)"
  }
}

resource "google_logging_metric" "signal" {
  for_each = local.signals

  project         = var.project_id
  name            = "hikae_${local.city}_${each.key}"
  description     = each.value.description
  filter          = "resource.type=\"cloud_run_revision\" AND resource.labels.location=\"${local.region}\" AND ${each.value.filter}"
  value_extractor = can(each.value.field) ? "EXTRACT(${each.value.field})" : null

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = can(each.value.field) ? "DISTRIBUTION" : "INT64"
    unit        = try(each.value.unit, "1")
  }

  dynamic "bucket_options" {
    for_each = try([each.value.bounds], [])

    content {
      explicit_buckets {
        bounds = bucket_options.value
      }
    }
  }
}

# From outside, as an administrator comes: host, certificate, Hosting, rewrite, function.
resource "google_monitoring_uptime_check_config" "probe" {
  for_each = local.probes

  project      = var.project_id
  display_name = "hikae ${local.city} ${each.key}"
  period       = "${each.value.periodSeconds}s"
  timeout      = "10s"
  # Three places are the fewest there may be.
  selected_regions = ["ASIA_PACIFIC", "USA_OREGON", "USA_VIRGINIA"]

  http_check {
    request_method = each.value.method
    path           = each.value.path
    port           = 443
    use_ssl        = true
    validate_ssl   = true

    accepted_response_status_codes {
      status_value = each.value.status
    }
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project_id
      host       = var.hosts[var.site]
    }
  }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  project      = var.project_id
  display_name = "hikae ${local.city}: ${each.key}"
  combiner     = "OR"
  severity     = each.value.severity
  user_labels  = { site = local.city, alert = each.key }

  notification_channels = var.notification_channels

  dynamic "conditions" {
    for_each = each.value.conditions

    content {
      display_name = conditions.value.name

      condition_prometheus_query_language {
        query = conditions.value.probe == null ? conditions.value.query : replace(
          conditions.value.query,
          "$CHECK_ID",
          google_monitoring_uptime_check_config.probe[conditions.value.probe].uptime_check_id,
        )
        duration            = "${conditions.value.forSeconds}s"
        evaluation_interval = "60s"
        # A metric is not known before its first value, and silence is just what some of these alert on.
        disable_metric_validation = true
      }
    }
  }

  # Whoever is woken reads the runbook itself, whatever else cannot be reached.
  documentation {
    subject   = "[${each.value.severity}] ${local.city} ${each.key}: ${each.value.title.ja} / ${each.value.title.en}"
    content   = file("${path.module}/../../../${each.value.runbook}")
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "${24 * 60 * 60}s"
  }

  depends_on = [google_logging_metric.invocations, google_logging_metric.signal]
}

resource "google_monitoring_dashboard" "site" {
  project = var.project_id

  dashboard_json = jsonencode({
    displayName = "Hikae ${local.here.name.ja} / ${local.here.name.en}"
    mosaicLayout = {
      columns = local.chart_size.columns * local.chart_size.width
      tiles = concat(
        [{
          xPos   = 0
          yPos   = 0
          width  = local.chart_size.columns * local.chart_size.width
          height = local.chart_size.height
          widget = {
            title        = "Incidents"
            incidentList = { policyNames = values(google_monitoring_alert_policy.alert)[*].name }
          }
        }],
        [for index, chart in local.charts : {
          xPos   = index % local.chart_size.columns * local.chart_size.width
          yPos   = (floor(index / local.chart_size.columns) + 1) * local.chart_size.height
          width  = local.chart_size.width
          height = local.chart_size.height
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{ timeSeriesQuery = { prometheusQuery = chart.query }, plotType = "LINE" }]
            }
          }
        }],
      )
    }
  })
}
