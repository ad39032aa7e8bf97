terraform {
  # Objects with optional attributes (1.3), preconditions (1.2).
  required_version = ">= 1.3"

  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
      # Written for both: 5.x asks for node_provisioning_profile, 4.81 knows it already.
      version = ">= 4.81, < 6"
    }
  }
}
