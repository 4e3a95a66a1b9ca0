resource "google_pubsub_topic" "topic" {
  for_each = local.manifest.topics

  project = local.project
  name    = each.value

  # A message is stored near whoever publishes it: with one region gone, the other one goes on.
  message_storage_policy {
    allowed_persistence_regions = local.regions
  }

  depends_on = [google_project_service.api]
}

# Dead letters stay here whatever becomes of the function that records them.
resource "google_pubsub_subscription" "dead_letters" {
  project                    = local.project
  name                       = local.manifest.deadLetterTopic
  topic                      = google_pubsub_topic.topic["deadLetters"].id
  message_retention_duration = "${31 * 24 * 60 * 60}s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = local.project
  topic   = google_pubsub_topic.topic["deadLetters"].name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:service-${data.google_project.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}
