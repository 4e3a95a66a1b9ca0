variable "project_id" {
  description = "The project that both sites are in."
  type        = string
}

variable "databases" {
  description = "Rights on one Firestore database each; Firestore knows no smaller unit."
  type        = map(object({ account = string, role = string, database = string, why = string }))
  default     = {}
}

variable "buckets" {
  description = "Rights on buckets, whose names begin with the project's id."
  type        = map(object({ account = string, role = string, bucket = string, why = string }))
  default     = {}
}

variable "topics" {
  description = "Rights on Pub/Sub topics."
  type        = map(object({ account = string, role = string, topic = string, why = string }))
  default     = {}
}

variable "secrets" {
  description = "Rights on secrets."
  type        = map(object({ account = string, role = string, secret = string, why = string }))
  default     = {}
}

variable "accounts" {
  description = "Rights on other service accounts."
  type        = map(object({ account = string, role = string, target = string, why = string }))
  default     = {}
}

variable "project" {
  description = "Rights on the whole project, where Google knows nothing smaller."
  type        = map(object({ account = string, role = string, why = string }))
  default     = {}
}
