locals {
  # Exactly what the program reads at its start; the test of this module compares the two.
  environment = {
    GOOGLE_CLOUD_PROJECT      = var.project_id
    HIKAE_SITE                = var.site
    PRIMARY_DATABASE          = local.manifest.sites.primary.database
    SECONDARY_DATABASE        = local.manifest.sites.secondary.database
    PRIMARY_HOST              = var.hosts.primary
    SECONDARY_HOST            = var.hosts.secondary
    PRIMARY_GUIDANCE_BUCKET   = "${var.project_id}-${local.manifest.sites.primary.buckets.guidance}"
    SECONDARY_GUIDANCE_BUCKET = "${var.project_id}-${local.manifest.sites.secondary.buckets.guidance}"
    RECORDINGS_BUCKET         = google_storage_bucket.bucket["recordings"].name
    EXPORTS_BUCKET            = google_storage_bucket.bucket["exports"].name
    PLATFORM_BUCKETS = join(",", flatten([
      for site in values(local.manifest.sites) : [for bucket in values(site.buckets) : "${var.project_id}-${bucket}"]
    ]))
    RECORDING_SOURCES      = join(",", var.recording_sources)
    BACKUP_SERVICE_ACCOUNT = "${local.manifest.backupAccount}@${local.domain}"
    MAIL_FROM              = var.mail_from
    OIDC_ISSUER            = var.oidc.issuer
    OIDC_AUDIENCE          = var.oidc.audience
    NODE_ENV               = "production"
    # A question to find out where it runs costs each cold start a round trip.
    METADATA_SERVER_DETECTION = "assume-present"
  }
}

resource "google_artifact_registry_repository" "functions" {
  project       = var.project_id
  location      = local.region
  repository_id = "hikae"
  format        = "DOCKER"
  description   = "The built functions of this site."

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "${90 * 24 * 60 * 60}s"
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = var.project_id
  location   = local.region
  repository = google_artifact_registry_repository.functions.repository_id
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:hikae-build@${local.domain}"
}

resource "google_storage_bucket_iam_member" "build" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:hikae-build@${local.domain}"
}

# Each function is deployed under its own name; the entry point of the one artefact is that name.
resource "google_cloudfunctions2_function" "function" {
  for_each = local.here.functions

  project     = var.project_id
  name        = each.key
  location    = local.region
  description = each.value.description

  build_config {
    runtime           = "nodejs24"
    entry_point       = each.key
    docker_repository = google_artifact_registry_repository.functions.id
    service_account   = "projects/${var.project_id}/serviceAccounts/hikae-build@${local.domain}"

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = var.artifact
      }
    }
  }

  service_config {
    available_memory                 = "${each.value.memoryMiB}Mi"
    available_cpu                    = each.value.cpu
    timeout_seconds                  = each.value.timeoutSeconds
    max_instance_request_concurrency = each.value.concurrency
    min_instance_count               = each.value.minInstances
    max_instance_count               = lookup(var.max_instances, each.key, each.value.maxInstances)
    service_account_email            = "${each.value.account}@${local.domain}"
    # Hosting comes from outside; Eventarc, Pub/Sub and Cloud Scheduler of the project count as inside.
    ingress_settings               = each.value.caller == null ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision = true
    environment_variables          = merge(local.environment, { NODE_OPTIONS = each.value.nodeOptions })

    dynamic "secret_environment_variables" {
      for_each = {
        for variable, secret in each.value.secrets : variable => secret
        if variable != "OIDC_CLIENT_SECRET" || var.oidc.client_secret
      }

      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value
        version    = "latest"
      }
    }
  }

  # A function with a secret is deployed only if its account may read it; its build needs the next two. What it asks of the
  # database would fail before its index is there.
  depends_on = [
    module.grants,
    google_artifact_registry_repository_iam_member.build,
    google_storage_bucket_iam_member.build,
    google_firestore_index.index,
    google_firestore_field.field,
  ]
}

# Public functions authenticate their callers themselves (R46); all others have one caller, which Cloud Run checks.
resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = local.here.functions

  project  = var.project_id
  location = local.region
  name     = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = each.value.caller == null ? "allUsers" : "serviceAccount:${each.value.caller}@${local.domain}"
}
