variable "domain" {
  description = "The platform's host; towns answer at <slug>.<domain>. Records for it and for *.<domain> must point to the machine."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "The domain is a host name in lower case, such as dorf.example."
  }
}

variable "acme_email" {
  description = "Address that the certificate authority writes to."
  type        = string

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+$", var.acme_email))
    error_message = "The address needs exactly one @ and no spaces."
  }
}

variable "repository" {
  description = "Git address of Smart Village, readable without a password."
  type        = string

  validation {
    condition     = can(regex("^https://[^\\s'\"]+$", var.repository))
    error_message = "The repository is an https address."
  }
}

variable "revision" {
  description = "Tag or commit to run; a branch would change under you."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Za-z][0-9A-Za-z._/-]*$", var.revision))
    error_message = "The revision is a tag or a commit."
  }
}

variable "ssh_keys" {
  description = "Public keys that may sign in as the user `operator`."
  type        = list(string)

  validation {
    condition     = length(var.ssh_keys) > 0
    error_message = "Without a key nobody gets in."
  }
}

variable "data_device" {
  description = "Path of an attached empty volume for all data, such as /dev/sdb; empty keeps the data on the machine's own disk."
  type        = string
  default     = ""

  validation {
    condition     = var.data_device == "" || can(regex("^/dev/[0-9A-Za-z/_.-]+$", var.data_device))
    error_message = "The device is a path below /dev."
  }
}

variable "timezone" {
  description = "The machine's time zone; the platform itself counts in UTC."
  type        = string
  default     = "Europe/Berlin"
}
