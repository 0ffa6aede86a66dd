locals {
  user_data = templatefile("${path.module}/cloud-init.yaml.tftpl", {
    domain      = var.domain
    acme_email  = var.acme_email
    repository  = var.repository
    revision    = var.revision
    ssh_keys    = var.ssh_keys
    data_device = var.data_device
    timezone    = var.timezone
  })

  # What the machine must let in; everything else stays shut.
  open_ports = [
    { protocol = "tcp", port = 22, for = "operators" },
    { protocol = "tcp", port = 80, for = "certificates and the way to https" },
    { protocol = "tcp", port = 443, for = "visitors" },
    { protocol = "udp", port = 443, for = "visitors over HTTP/3" },
  ]
}
