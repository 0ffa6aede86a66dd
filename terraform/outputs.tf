output "user_data" {
  description = "cloud-init for one Ubuntu 24.04 machine; holds no secret."
  value       = local.user_data

  precondition {
    condition     = length(local.user_data) < 16384
    error_message = "Clouds take at most 16 KiB of user data; give fewer keys."
  }
}

output "open_ports" {
  description = "Rules for the cloud's firewall or security group."
  value       = local.open_ports
}

output "records" {
  description = "DNS records to set, each to the machine's addresses (A and AAAA)."
  value       = [var.domain, "*.${var.domain}"]
}
