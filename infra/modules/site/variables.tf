variable "project_id" {
  description = "The project that both sites are in."
  type        = string
}

variable "site" {
  description = "Which site this is: primary (Tokyo) or secondary (Osaka)."
  type        = string

  validation {
    condition     = contains(["primary", "secondary"], var.site)
    error_message = "Give primary or secondary."
  }
}

variable "artifact" {
  description = "The object in the site's source bucket that every function is made of, for example 3f2a….zip."
  type        = string
}

variable "hosts" {
  description = "The public host of each site's console and API."
  type        = object({ primary = string, secondary = string })
}

variable "mail_from" {
  description = "The sender of all mails, for example \"Hikae <hikae@example.com>\"."
  type        = string
}

variable "oidc" {
  description = "Who signs people in. With client_secret the console's codes are exchanged by the API, with the secret of Secret Manager."
  type        = object({ issuer = string, audience = string, client_secret = bool })
}

variable "recording_sources" {
  description = "The hosts that recordings are fetched from over HTTPS, and no others."
  type        = list(string)
}

variable "platform_members" {
  description = "The call-centre platform's own accounts of this site, as IAM members."
  type        = list(string)
}

variable "max_instances" {
  description = "How many instances a function may have, where it is to be more than the manifest says."
  type        = map(number)
}

variable "notification_channels" {
  description = "Where alerts go: ids of Cloud Monitoring's notification channels."
  type        = list(string)
}

variable "trial" {
  description = "Whether the site may be destroyed together with its data."
  type        = bool
}
