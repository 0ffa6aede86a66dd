# No provider: the module makes text, and whatever makes your machine takes it.
terraform {
  required_version = ">= 1.5"
}
