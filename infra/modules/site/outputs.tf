output "urls" {
  description = "The address of each function."
  value       = local.urls
}

output "source_bucket" {
  description = "Where the artefact of a release is uploaded before it is applied."
  value       = google_storage_bucket.source.name
}

output "eventarc_subscriptions" {
  description = "The subscriptions that Eventarc made for its triggers; the roll-out gives them the dead-letter topic."
  value       = module.triggers.subscriptions
}
