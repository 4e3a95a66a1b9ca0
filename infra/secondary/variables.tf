variable "settings" {
  description = "The operator's settings, one file for every root: see infra/settings.tfvars.example."
  type = object({
    project_id        = string
    hosting_sites     = object({ primary = string, secondary = string })
    hosts             = optional(map(string), {})
    mail_from         = string
    oidc              = object({ issuer = string, audience = string, client_secret = optional(bool, false) })
    recording_sources = optional(list(string), [])
    platform_members  = optional(object({ primary = list(string), secondary = list(string) }), { primary = [], secondary = [] })
    max_instances     = optional(map(number), {})
    alert_emails      = list(string)
    trial             = optional(bool, false)
  })
}

variable "artifact" {
  description = "The object in the site's source bucket that every function is made of."
  type        = string
}
