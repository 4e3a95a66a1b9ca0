# The accounts of the pipeline. What runs the code of others, tests and their packages, may change nothing and see no
# customer's data; what may change everything runs by approval only.

# Google gives the default accounts the run of the project; nothing of Hikae's runs under them.
resource "google_project_default_service_accounts" "default" {
  project        = local.project
  action         = "DEPRIVILEGE"
  restore_policy = "NONE"

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "logs" {
  for_each = toset(["hikae-build", "hikae-check", "hikae-plan"])

  project = local.project
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:${google_service_account.account[each.key].email}"
}

# To see what is there and who has which right, without reading what is in it: Google's Viewer reads databases and buckets.
resource "google_project_iam_custom_role" "plan" {
  project     = local.project
  role_id     = "hikaePlan"
  title       = "hikaePlan"
  description = "Sees how everything of these files is set up."
  permissions = [
    "artifactregistry.repositories.get",
    "artifactregistry.repositories.getIamPolicy",
    "cloudbuild.builds.create",
    "cloudbuild.builds.get",
    "cloudfunctions.functions.get",
    "cloudscheduler.jobs.get",
    "datastore.backupSchedules.get",
    "datastore.databases.get",
    "datastore.databases.getMetadata",
    "datastore.indexes.get",
    "datastore.indexes.list",
    "eventarc.triggers.get",
    "firebase.projects.get",
    "firebasehosting.sites.get",
    "firebaserules.releases.get",
    "firebaserules.rulesets.get",
    "iam.roles.get",
    "iam.serviceAccounts.get",
    "iam.serviceAccounts.getIamPolicy",
    "logging.logMetrics.get",
    "monitoring.alertPolicies.get",
    "monitoring.dashboards.get",
    "monitoring.notificationChannels.get",
    "monitoring.uptimeCheckConfigs.get",
    "pubsub.subscriptions.get",
    "pubsub.subscriptions.getIamPolicy",
    "pubsub.topics.get",
    "pubsub.topics.getIamPolicy",
    "resourcemanager.projects.get",
    "resourcemanager.projects.getIamPolicy",
    "run.services.get",
    "run.services.getIamPolicy",
    "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy",
    "serviceusage.services.get",
    "serviceusage.services.list",
    "serviceusage.services.use",
    "storage.buckets.get",
    "storage.buckets.getIamPolicy",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "plan" {
  project = local.project
  role    = google_project_iam_custom_role.plan.id
  member  = "serviceAccount:${google_service_account.account["hikae-plan"].email}"
}

# It reads the state and leaves its plans beside it; it replaces nothing and takes no lock.
resource "google_storage_bucket_iam_member" "plan" {
  for_each = toset(["roles/storage.objectViewer", "roles/storage.objectCreator"])

  bucket = "${local.project}-hikae-state"
  role   = each.key
  member = "serviceAccount:${google_service_account.account["hikae-plan"].email}"
}

# The roll-out may make whatever stands in these files, so it may grant itself anything: it acts by approval only.
resource "google_project_iam_member" "deploy" {
  for_each = {
    "roles/artifactregistry.admin"          = "the repositories of built functions"
    "roles/cloudbuild.builds.editor"        = "builds the functions"
    "roles/cloudfunctions.admin"            = "functions"
    "roles/cloudscheduler.admin"            = "schedules"
    "roles/datastore.owner"                 = "databases, indexes, expiry and backup schedules"
    "roles/eventarc.admin"                  = "triggers"
    "roles/firebase.admin"                  = "hosting sites, consoles and the rules of the databases"
    "roles/iam.roleAdmin"                   = "roles of our own"
    "roles/iam.serviceAccountAdmin"         = "service accounts, and who may act as them"
    "roles/iam.serviceAccountUser"          = "deploys functions that run under them"
    "roles/logging.admin"                   = "metrics of logs"
    "roles/monitoring.admin"                = "alerts and dashboards"
    "roles/pubsub.admin"                    = "topics and subscriptions"
    "roles/resourcemanager.projectIamAdmin" = "grants"
    "roles/run.admin"                       = "who may call a function"
    "roles/serviceusage.serviceUsageAdmin"  = "the project's APIs"
    "roles/storage.admin"                   = "buckets, and the state of Terraform"
  }

  project = local.project
  role    = each.key
  member  = "serviceAccount:${google_service_account.account["hikae-deploy"].email}"
}

# Secrets, and who may read them, but not their values: Google's role for administrators reads those as well.
resource "google_project_iam_custom_role" "deploy_secrets" {
  project     = local.project
  role_id     = "hikaeDeploySecrets"
  title       = "hikaeDeploySecrets"
  description = "Makes secrets and says who may read them, without reading one."
  permissions = [
    "secretmanager.secrets.create",
    "secretmanager.secrets.delete",
    "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy",
    "secretmanager.secrets.list",
    "secretmanager.secrets.setIamPolicy",
    "secretmanager.secrets.update",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "deploy_secrets" {
  project = local.project
  role    = google_project_iam_custom_role.deploy_secrets.id
  member  = "serviceAccount:${google_service_account.account["hikae-deploy"].email}"
}
