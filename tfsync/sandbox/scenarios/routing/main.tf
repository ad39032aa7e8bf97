# azurerm 2.36: the last version that replaced a cluster for an add-on.
terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

provider "azurerm" {
  features {}
  skip_provider_registration = true
}

variable "routing" {
  description = "Whether the HTTP application routing add-on is on."
  type        = bool
}

resource "azurerm_resource_group" "demo" {
  name     = "demo"
  location = "westeurope"
}

resource "azurerm_kubernetes_cluster" "demo" {
  name                = "demo"
  location            = azurerm_resource_group.demo.location
  resource_group_name = azurerm_resource_group.demo.name
  dns_prefix          = "demo"

  identity {
    type = "SystemAssigned"
  }

  default_node_pool {
    name       = "system"
    vm_size    = "Standard_D2s_v3"
    node_count = 1
  }

  addon_profile {
    http_application_routing {
      enabled = var.routing
    }
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "apps" {
  name                  = "apps"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.demo.id
  vm_size               = "Standard_D4s_v3"
  node_count            = 1
}
