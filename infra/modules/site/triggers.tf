locals {
  urls = { for name, function in google_cloudfunctions2_function.function : name => function.service_config[0].uri }
}

resource "google_pubsub_subscription" "push" {
  for_each = local.here.subscriptions

  project                    = var.project_id
  name                       = each.key
  topic                      = each.value.topic
  filter                     = each.value.filter
  ack_deadline_seconds       = each.value.ackDeadlineSeconds
  message_retention_duration = "${each.value.keptSeconds}s"

  expiration_policy {
    ttl = ""
  }

  push_config {
    # The functions framework takes the topic from the path, and warns of each message without one.
    push_endpoint = "${local.urls[each.value.function]}/projects/${var.project_id}/topics/${each.value.topic}"

    oidc_token {
      service_account_email = "${local.manifest.callers.message}@${local.domain}"
      audience              = local.urls[each.value.function]
    }
  }

  retry_policy {
    minimum_backoff = "${each.value.minBackoffSeconds}s"
    maximum_backoff = "${each.value.maxBackoffSeconds}s"
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.maxDeliveryAttempts[*]

    content {
      dead_letter_topic     = "projects/${var.project_id}/topics/${local.manifest.deadLetterTopic}"
      max_delivery_attempts = dead_letter_policy.value
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}

# Pub/Sub itself takes what is refused too often from the subscription, and puts it on the dead-letter topic.
resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = { for name, row in local.here.subscriptions : name => row if row.maxDeliveryAttempts != null }

  project      = var.project_id
  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:service-${data.google_project.project.number}@gcp-sa-pubsub.iam.${local.agents}"
}

module "triggers" {
  source = "../triggers"

  project_id      = var.project_id
  service_account = "${local.manifest.callers.document}@${local.domain}"
  triggers = {
    for name, trigger in local.here.triggers : name => merge(trigger, {
      database        = google_firestore_database.database.name
      database_region = local.region
      function        = google_cloudfunctions2_function.function[trigger.function].name
      function_region = local.region
    })
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}

resource "google_cloud_scheduler_job" "schedule" {
  for_each = local.here.jobs

  project          = var.project_id
  region           = local.region
  name             = each.key
  description      = local.here.functions[each.key].description
  schedule         = each.value.cron
  time_zone        = local.manifest.timeZone
  attempt_deadline = "${each.value.attemptDeadlineSeconds}s"

  retry_config {
    retry_count          = each.value.retryCount
    min_backoff_duration = "${each.value.minBackoffSeconds}s"
    max_backoff_duration = "${each.value.maxBackoffSeconds}s"
    max_doublings        = each.value.maxDoublings
  }

  http_target {
    http_method = "POST"
    uri         = local.urls[each.key]

    oidc_token {
      service_account_email = "${local.manifest.callers.schedule}@${local.domain}"
      audience              = local.urls[each.key]
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}
