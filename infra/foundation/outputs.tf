output "backup_account" {
  description = "Whom customers permit to write to their buckets."
  value       = google_service_account.account[local.manifest.backupAccount].email
}

output "hosting_sites" {
  description = "The id of each site's hosting, for the targets of firebase.json."
  value       = { for site, console in google_firebase_hosting_site.console : site => console.site_id }
}

output "console_hosts" {
  description = "The public host of each site's console, which each tells of the other."
  value = {
    for site, console in google_firebase_hosting_site.console :
    site => lookup(var.settings.hosts, site, "${console.site_id}.web.app")
  }
}

output "hosting_records" {
  description = "The DNS records that each console's own domain still needs."
  value       = { for site, domain in google_firebase_hosting_custom_domain.console : site => domain.required_dns_updates }
}
