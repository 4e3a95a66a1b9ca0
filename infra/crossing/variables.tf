variable "settings" {
  description = "The operator's settings, one file for every root: see infra/settings.tfvars.example."
  type        = object({ project_id = string })
}
