variable "settings" {
  description = "The operator's settings, one file for every root: see infra/settings.tfvars.example."
  type = object({
    project_id      = string
    billing_account = string
    budget          = object({ currency = string, amount = number })
    hosting_sites   = object({ primary = string, secondary = string })
    hosts           = optional(map(string), {})
    alert_emails    = list(string)
    operators       = optional(list(string), [])
  })
}
