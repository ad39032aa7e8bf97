# One cluster with whatever a scenario varies, and one pool beside it.
terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

provider "azurerm" {
  features {}
  resource_provider_registrations = "none"
}

variable "network" {
  type = object({
    network_plugin      = optional(string, "azure")
    network_plugin_mode = optional(string)
    network_policy      = optional(string)
    load_balancer_sku   = optional(string, "standard")
    pod_cidr            = optional(string)
    ip_versions         = optional(list(string))
  })
  default = {}
}

variable "kubelet" {
  description = "Name of the kubelet's own identity; its ids are derived from it."
  type        = string
  default     = null
}

variable "ssh_key" {
  type    = string
  default = null
}

variable "private" {
  type    = bool
  default = false
}

variable "api_server_subnet" {
  description = "Name of the subnet of API-server VNet integration."
  type        = string
  default     = null
}

variable "dns_prefix" {
  type    = string
  default = "demo"
}

variable "drain_timeout" {
  type    = number
  default = null
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "flux_version" {
  description = "Version of the flux extension; null leaves the extension out."
  type        = string
  default     = null
}

locals {
  group      = "${azurerm_resource_group.demo.id}/providers"
  identities = "${local.group}/Microsoft.ManagedIdentity/userAssignedIdentities"
}

resource "azurerm_resource_group" "demo" {
  name     = "demo"
  location = "westeurope"
}

resource "azurerm_kubernetes_cluster" "demo" {
  name                    = "demo"
  location                = azurerm_resource_group.demo.location
  resource_group_name     = azurerm_resource_group.demo.name
  dns_prefix              = var.dns_prefix
  private_cluster_enabled = var.private
  tags                    = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = ["${local.identities}/control-plane"]
  }

  dynamic "kubelet_identity" {
    for_each = var.kubelet == null ? [] : [var.kubelet]

    content {
      user_assigned_identity_id = "${local.identities}/${kubelet_identity.value}"
      client_id                 = uuidv5("dns", "client.${kubelet_identity.value}")
      object_id                 = uuidv5("dns", "object.${kubelet_identity.value}")
    }
  }

  default_node_pool {
    name       = "system"
    vm_size    = "Standard_D2s_v5"
    node_count = 1

    upgrade_settings {
      max_surge                = "10%"
      drain_timeout_in_minutes = var.drain_timeout
    }
  }

  network_profile {
    network_plugin      = var.network.network_plugin
    network_plugin_mode = var.network.network_plugin_mode
    network_policy      = var.network.network_policy
    load_balancer_sku   = var.network.load_balancer_sku
    pod_cidr            = var.network.pod_cidr
    ip_versions         = var.network.ip_versions
  }

  dynamic "linux_profile" {
    for_each = var.ssh_key == null ? [] : [var.ssh_key]

    content {
      admin_username = "azureuser"
      ssh_key {
        key_data = linux_profile.value
      }
    }
  }

  dynamic "api_server_access_profile" {
    for_each = var.api_server_subnet == null ? [] : [var.api_server_subnet]

    content {
      subnet_id                           = "${local.group}/Microsoft.Network/virtualNetworks/demo/subnets/${api_server_access_profile.value}"
      virtual_network_integration_enabled = true
    }
  }

  node_provisioning_profile {
    mode = "Manual"
  }
}

resource "azurerm_kubernetes_cluster_extension" "flux" {
  count = var.flux_version == null ? 0 : 1

  name           = "flux"
  cluster_id     = azurerm_kubernetes_cluster.demo.id
  extension_type = "microsoft.flux"
  version        = var.flux_version
}

resource "azurerm_kubernetes_cluster_node_pool" "apps" {
  name                  = "apps"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.demo.id
  vm_size               = "Standard_D4s_v5"
  node_count            = 1
}
