# What differs between environments. environments/example/terraform.tfvars has a value for each that
# has no default.

variable "project" {
  description = "Project that gets everything here. One project is one environment: names are fixed in it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, such as example-news-prod."
  }
}

variable "region" {
  description = "Region of the buckets, the jobs, the images and the dataset: that of the input bucket, or its reads cost money."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region looks like europe-west3; zones and multi-regions are not taken."
  }
}

variable "input_bucket" {
  description = "Bucket with the pages, without gs://. It is yours: it must be there, and nothing here changes more of it than who may read."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$", var.input_bucket))
    error_message = "A bucket's name has lower-case letters, digits, dots, hyphens and underscores, and no gs://."
  }
}

variable "input_pattern" {
  description = "Objects of one day in the input bucket; DATE stands for the day, such as 2026-05-14."
  type        = string
  default     = "DATE/"

  validation {
    condition     = length(split("DATE", var.input_pattern)) == 2 && !startswith(var.input_pattern, "/") && !strcontains(var.input_pattern, "gs://")
    error_message = "The pattern is relative to the bucket and has DATE in it once, such as pages/DATE/**.txt.gz."
  }
}

variable "image_tag" {
  description = "Version of the image suzgi that runs, in Artifact Registry and in the Flex Template."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "Name a version, such as 0.1.0: with `latest` nobody knows what ran, and nothing can be rolled back."
  }
}

variable "schedule" {
  description = "When the run of the day before begins, as five fields of cron in the time zone."
  type        = string
  default     = "15 2 * * *"

  validation {
    condition     = length(regexall("\\S+", var.schedule)) == 5
    error_message = "A schedule has five fields, such as 15 2 * * * for a quarter past two."
  }
}

variable "deadline" {
  description = "When the day before must be in the warehouse, as five fields of cron in the time zone; an alert says if it is not."
  type        = string
  default     = "0 11 * * *"

  validation {
    condition     = length(regexall("\\S+", var.deadline)) == 5 && var.deadline != var.schedule
    error_message = "A deadline has five fields, and is later than the schedule: such as 0 11 * * *."
  }
}

variable "timezone" {
  description = "IANA time zone of the schedule, of what `the day before` is, and of dates that pages print without one."
  type        = string

  validation {
    condition     = can(regex("^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+){1,2})$", var.timezone))
    error_message = "A time zone has a name of the IANA list, such as Asia/Almaty; abbreviations and offsets are not taken."
  }
}

variable "machine_type" {
  description = "Machine of the Dataflow workers: one worker process a core, 0.5 GB each."
  type        = string
  default     = "e2-standard-2"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*-[a-z0-9]+(-[0-9]+)?$", var.machine_type))
    error_message = "A machine type looks like e2-standard-2."
  }
}

variable "max_workers" {
  description = "Most workers of one day's run: what a run can cost at the most is this times ingest_hours."
  type        = number
  default     = 10

  validation {
    condition     = var.max_workers >= 1 && var.max_workers <= 1000 && floor(var.max_workers) == var.max_workers
    error_message = "From 1 to 1000 workers."
  }
}

variable "ingest_hours" {
  description = "How long a day's run may take; then it is cancelled, and the next run of the day goes on where it was."
  type        = number
  default     = 6

  validation {
    condition     = var.ingest_hours >= 1 && var.ingest_hours <= 72
    error_message = "From 1 to 72 hours."
  }
}

variable "load_hours" {
  description = "How long the load of a day may take; then it is cancelled, and the next one takes what is missing."
  type        = number
  default     = 2

  validation {
    condition     = var.load_hours >= 1 && var.load_hours <= 24
    error_message = "From 1 to 24 hours."
  }
}

variable "dataset" {
  description = "BigQuery dataset that gets the tables."
  type        = string
  default     = "suzgi"

  validation {
    condition     = can(regex("^[A-Za-z0-9_]+$", var.dataset)) && length(var.dataset) <= 1024
    error_message = "A dataset's name has letters, digits and underscores."
  }
}

variable "output_days" {
  description = "Days that the Avro files are kept; null keeps them. They are what a table can be rebuilt from."
  type        = number
  default     = null

  validation {
    condition     = var.output_days == null ? true : var.output_days >= 30
    error_message = "At least 30 days, or null."
  }
}

variable "max_dead_letters" {
  description = "Percent of a day's documents that may fail before an alert."
  type        = number
  default     = 5

  validation {
    condition     = var.max_dead_letters >= 0 && var.max_dead_letters <= 100
    error_message = "From 0 to 100 percent."
  }
}

variable "max_drift" {
  description = "How much the share of a language, an outcome, a missing field or a family of boilerplate may differ from the seven days before, until an alert; 0.1 are ten percent points."
  type        = number
  default     = 0.1

  validation {
    condition     = var.max_drift > 0 && var.max_drift <= 1
    error_message = "More than 0, and 1 at the most."
  }
}

variable "stream" {
  description = "Also make what a streaming job needs: notifications of the input bucket, a subscription, alerts."
  type        = bool
  default     = false
}

variable "max_lag_minutes" {
  description = "How old the oldest document may be that a streaming job has not worked off, before an alert."
  type        = number
  default     = 30

  validation {
    condition     = var.max_lag_minutes >= 5 && var.max_lag_minutes <= 1440
    error_message = "From 5 minutes to 1440, which is a day."
  }
}

variable "alert_emails" {
  description = "Addresses that alerts are sent to."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for email in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", email))])
    error_message = "Addresses look like news-team@example.com."
  }
}

variable "notification_channels" {
  description = "Notification channels that are there already, for alerts to a pager or a chat."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", name))])
    error_message = "A channel looks like projects/example-news-prod/notificationChannels/1234567890."
  }

  validation {
    condition     = length(var.notification_channels) + length(var.alert_emails) > 0
    error_message = "Alerts that nobody gets are none: name alert_emails or notification_channels."
  }
}
