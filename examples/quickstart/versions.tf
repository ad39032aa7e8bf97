terraform {
  required_version = ">= 1.3"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.81, < 6"
    }
  }
}

provider "azurerm" {
  features {}

  # Who deploys a cluster seldom may register resource providers. 5.x has this as its default, 4.x has not.
  resource_provider_registrations = "none"
}
