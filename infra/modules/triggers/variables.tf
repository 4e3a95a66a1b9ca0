variable "project_id" {
  description = "The project that both sites are in."
  type        = string
}

variable "service_account" {
  description = "Whom Eventarc calls the functions as."
  type        = string
}

variable "triggers" {
  description = "One for each type of event: of which documents of which database, and the function that takes them."
  type = map(object({
    type            = string
    document        = string
    database        = string
    database_region = string
    function        = string
    function_region = string
  }))
}
