locals {
  day = 24 * 60 * 60

  # What keeps each bucket's deleted objects, and for how long.
  buckets = {
    # A prompt that was deleted by mistake is deleted on the other site within minutes: both keep what was there.
    guidance = { versioning = true, soft_delete_seconds = 7 * local.day, deleted_after_days = null, noncurrent_days = 30 }
    # A purge is for good (R26): what it deletes must not be there for another week.
    recordings = { versioning = false, soft_delete_seconds = 0, deleted_after_days = null, noncurrent_days = null }
    # Histories of customers, made to be fetched once; as long as the record of the export is kept.
    exports = { versioning = false, soft_delete_seconds = 0, deleted_after_days = 90, noncurrent_days = null }
  }
}

resource "google_storage_bucket" "bucket" {
  for_each = local.here.buckets

  project       = var.project_id
  name          = "${var.project_id}-${each.value}"
  location      = local.region
  storage_class = "STANDARD"
  force_destroy = var.trial

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = local.buckets[each.key].versioning
  }

  soft_delete_policy {
    retention_duration_seconds = local.buckets[each.key].soft_delete_seconds
  }

  dynamic "lifecycle_rule" {
    for_each = local.buckets[each.key].deleted_after_days[*]

    content {
      action {
        type = "Delete"
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = local.buckets[each.key].noncurrent_days[*]

    content {
      action {
        type = "Delete"
      }
      condition {
        days_since_noncurrent_time = lifecycle_rule.value
        with_state                 = "ARCHIVED"
      }
    }
  }

  # Uploads that nobody goes on with; a session itself lasts a week.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }
}

# What the functions are made of: every release stays, so that each can be rolled back to in either region.
resource "google_storage_bucket" "source" {
  project       = var.project_id
  name          = "${var.project_id}-hikae-source-${local.city}"
  location      = local.region
  storage_class = "STANDARD"
  force_destroy = var.trial

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = 7 * local.day
  }
}

# The pipeline adds artefacts and replaces none.
resource "google_storage_bucket_iam_member" "upload" {
  for_each = toset(["roles/storage.objectViewer", "roles/storage.objectCreator"])

  bucket = google_storage_bucket.source.name
  role   = each.key
  member = "serviceAccount:hikae-plan@${local.domain}"
}
