# What the site's functions may do on their own site. Rights on the other site are the crossing's.
module "grants" {
  source = "../grants"

  project_id = var.project_id
  databases  = local.here.grants.databases
  buckets    = local.here.grants.buckets
  topics     = local.here.grants.topics
  secrets    = local.here.grants.secrets
  accounts   = local.here.grants.accounts
  project    = local.here.grants.project

  depends_on = [google_firestore_database.database, google_storage_bucket.bucket]
}

# The call-centre platform keeps its configuration, prompts and recordings here: Hikae protects them, and does not own them.
resource "google_project_iam_member" "platform" {
  for_each = toset(var.platform_members)

  project = var.project_id
  role    = "roles/datastore.user"
  member  = each.value

  condition {
    title      = "Database ${local.here.database} only"
    expression = "resource.name == \"projects/${var.project_id}/databases/${local.here.database}\""
  }
}

resource "google_storage_bucket_iam_member" "platform" {
  for_each = { for pair in setproduct(["guidance", "recordings"], var.platform_members) : join(" ", pair) => pair }

  bucket = google_storage_bucket.bucket[each.value[0]].name
  role   = "roles/storage.objectUser"
  member = each.value[1]
}

# It tells of calls, reloads and softphones, and listens to reloads and states by subscriptions of its own.
resource "google_pubsub_topic_iam_member" "platform" {
  for_each = {
    for pair in setproduct(
      [
        { topic = local.manifest.topics.callEnded, role = "roles/pubsub.publisher" },
        { topic = local.manifest.topics.reloadAck, role = "roles/pubsub.publisher" },
        { topic = local.manifest.topics.softphoneReports, role = "roles/pubsub.publisher" },
        { topic = local.manifest.topics.reload, role = "roles/pubsub.subscriber" },
        { topic = local.manifest.topics.stateChanged, role = "roles/pubsub.subscriber" },
      ],
      var.platform_members
    ) : "${pair[0].topic} ${pair[1]}" => { topic = pair[0].topic, role = pair[0].role, member = pair[1] }
  }

  project = var.project_id
  topic   = each.value.topic
  role    = each.value.role
  member  = each.value.member
}
