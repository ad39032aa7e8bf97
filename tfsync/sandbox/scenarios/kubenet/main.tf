# azurerm before 4.66 replaces a cluster that leaves kubenet.
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

variable "network" {
  type = object({
    network_plugin      = string
    network_plugin_mode = optional(string)
  })
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
    vm_size    = "Standard_D2s_v5"
    node_count = 1

    # Azure fills this in; left out, azurerm wants to take it away in every plan.
    upgrade_settings {
      max_surge = "10%"
    }
  }

  network_profile {
    network_plugin      = var.network.network_plugin
    network_plugin_mode = var.network.network_plugin_mode
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "apps" {
  name                  = "apps"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.demo.id
  vm_size               = "Standard_D4s_v5"
  node_count            = 1
}
