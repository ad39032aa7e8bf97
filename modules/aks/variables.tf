variable "name" {
  description = "Name of the cluster."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?$", var.name))
    error_message = "1 to 63 letters, digits, underscores and hyphens, with a letter or digit at both ends."
  }
}

variable "location" {
  description = "Azure region."
  type        = string
}

variable "resource_group_name" {
  description = "Resource group of the cluster. It has to exist."
  type        = string
}

variable "dns_prefix" {
  description = "First part of the API server's host name; null takes the name. Azure cannot change it later."
  type        = string
  default     = null

  validation {
    condition     = var.dns_prefix == null || can(regex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?$", var.dns_prefix))
    error_message = "1 to 54 letters, digits and hyphens, with a letter or digit at both ends."
  }
}

variable "kubernetes_version" {
  description = "Version of the control plane, such as 1.33 or 1.33.2, and of every pool that names none. Null leaves it to Azure."
  type        = string
  default     = null

  validation {
    condition     = var.kubernetes_version == null || can(regex("^1\\.[0-9]+(\\.[0-9]+)?$", var.kubernetes_version))
    error_message = "MAJOR.MINOR or MAJOR.MINOR.PATCH, such as 1.33.2."
  }
}

variable "automatic_upgrade_channel" {
  description = "Channel by which Azure upgrades the cluster: patch, rapid, stable or node-image. Null: only you do. With a channel, leave the versions null, or every plan sets them back."
  type        = string
  default     = null

  validation {
    condition     = var.automatic_upgrade_channel == null || contains(["patch", "rapid", "stable", "node-image"], coalesce(var.automatic_upgrade_channel, "-"))
    error_message = "patch, rapid, stable, node-image, or null."
  }
}

variable "sku_tier" {
  description = "Free has no uptime SLA; Standard has; Premium adds long-term support."
  type        = string
  default     = "Standard"
  nullable    = false

  validation {
    condition     = contains(["Free", "Standard", "Premium"], var.sku_tier)
    error_message = "Free, Standard or Premium."
  }
}

variable "identity_ids" {
  description = "Id of the user-assigned identity the control plane runs as. Empty: Azure makes a system-assigned one."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.identity_ids) <= 1
    error_message = "AKS takes one user-assigned identity."
  }
}

variable "system_node_pool" {
  description = <<-EOT
    The pool AKS itself lives on.

    - `only_critical_addons`: keeps everything else off it, with the taint CriticalAddonsOnly=true:NoSchedule.
    - `kubernetes_version`: null follows the cluster.
    - `autoscaling`: set, it replaces `node_count`.
    - `drain_timeout_in_minutes`: always written, because taking it away again replaces the cluster.
  EOT
  type = object({
    name                 = optional(string, "system")
    vm_size              = optional(string, "Standard_D4ds_v5")
    os_sku               = optional(string, "AzureLinux")
    kubernetes_version   = optional(string)
    only_critical_addons = optional(bool, true)
    node_count           = optional(number, 3)
    autoscaling = optional(object({
      min_count = number
      max_count = number
    }))
    max_pods                 = optional(number)
    zones                    = optional(set(string))
    subnet_id                = optional(string)
    labels                   = optional(map(string), {})
    max_surge                = optional(string, "10%")
    drain_timeout_in_minutes = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,11}$", var.system_node_pool.name))
    error_message = "name: 1 to 12 lower-case letters and digits, a letter first."
  }
  validation {
    condition     = contains(["AzureLinux", "Ubuntu"], var.system_node_pool.os_sku)
    error_message = "os_sku: AzureLinux or Ubuntu. The provider moves between these two in place."
  }
  validation {
    condition = try(
      var.system_node_pool.autoscaling.min_count >= 1 && var.system_node_pool.autoscaling.min_count <= var.system_node_pool.autoscaling.max_count,
      var.system_node_pool.autoscaling == null && var.system_node_pool.node_count >= 1
    )
    error_message = "A system pool has at least one node, and min_count is at most max_count."
  }
  validation {
    condition     = var.system_node_pool.drain_timeout_in_minutes >= 1 && var.system_node_pool.drain_timeout_in_minutes <= 1440
    error_message = "drain_timeout_in_minutes: 1 to 1440."
  }
}

variable "node_pools" {
  description = <<-EOT
    Application pools by name. Each may run a version of its own, up to three minor versions older than the cluster's.

    Names have at most 9 characters: the provider rotates a pool through a temporary one, named tmpNAME, and Azure allows 12.
    Other attributes as in `system_node_pool`.
  EOT
  type = map(object({
    vm_size            = string
    mode               = optional(string, "User")
    os_sku             = optional(string, "AzureLinux")
    kubernetes_version = optional(string)
    node_count         = optional(number, 2)
    autoscaling = optional(object({
      min_count = number
      max_count = number
    }))
    max_pods                 = optional(number)
    zones                    = optional(set(string))
    subnet_id                = optional(string)
    labels                   = optional(map(string), {})
    taints                   = optional(list(string), [])
    max_surge                = optional(string, "33%")
    drain_timeout_in_minutes = optional(number, 30)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.node_pools) : can(regex("^[a-z][a-z0-9]{0,8}$", name))])
    error_message = "Pool names: 1 to 9 lower-case letters and digits, a letter first."
  }
  validation {
    condition     = alltrue([for pool in var.node_pools : contains(["User", "System"], pool.mode)])
    error_message = "mode: User or System."
  }
  validation {
    condition     = alltrue([for pool in var.node_pools : contains(["AzureLinux", "Ubuntu"], pool.os_sku)])
    error_message = "os_sku: AzureLinux or Ubuntu. The provider moves between these two in place."
  }
  validation {
    condition = alltrue([
      for pool in var.node_pools : pool.kubernetes_version == null || can(regex("^1\\.[0-9]+(\\.[0-9]+)?$", pool.kubernetes_version))
    ])
    error_message = "kubernetes_version: MAJOR.MINOR or MAJOR.MINOR.PATCH, such as 1.33.2."
  }
  validation {
    condition = alltrue([
      for pool in var.node_pools : try(pool.autoscaling.min_count <= pool.autoscaling.max_count, pool.node_count >= 0)
    ])
    error_message = "autoscaling: min_count is at most max_count."
  }
  validation {
    condition = alltrue([
      for pool in var.node_pools : pool.drain_timeout_in_minutes >= 1 && pool.drain_timeout_in_minutes <= 1440
    ])
    error_message = "drain_timeout_in_minutes: 1 to 1440."
  }
}

variable "node_provisioning_mode" {
  description = "Auto lets AKS add nodes beyond the pools (node auto-provisioning); Manual does not."
  type        = string
  default     = "Manual"
  nullable    = false

  validation {
    condition     = contains(["Auto", "Manual"], var.node_provisioning_mode)
    error_message = "Auto or Manual."
  }
}

variable "network" {
  description = <<-EOT
    The cluster's network. The default is Azure CNI Overlay with Cilium.

    - `plugin_mode`, `policy`: "none" for none.
    - `pod_cidr`, `service_cidr`, `dns_service_ip`, `ip_versions`: null leaves them to Azure.
    - `load_balancer_sku`: Azure has not supported basic since 2025-09-30.
  EOT
  type = object({
    plugin            = optional(string, "azure")
    plugin_mode       = optional(string, "overlay")
    data_plane        = optional(string, "cilium")
    policy            = optional(string, "cilium")
    load_balancer_sku = optional(string, "standard")
    outbound_type     = optional(string, "loadBalancer")
    pod_cidr          = optional(string)
    service_cidr      = optional(string)
    dns_service_ip    = optional(string)
    ip_versions       = optional(list(string))
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["azure", "kubenet", "none"], var.network.plugin)
    error_message = "plugin: azure, kubenet or none."
  }
  validation {
    condition     = contains(["overlay", "none"], var.network.plugin_mode) && (var.network.plugin == "azure" || var.network.plugin_mode == "none")
    error_message = "plugin_mode: overlay, for the plugin azure only, or none."
  }
  validation {
    condition     = contains(["azure", "cilium"], var.network.data_plane) && (var.network.data_plane == "azure" || var.network.plugin_mode == "overlay")
    error_message = "data_plane: azure, or cilium with plugin_mode overlay."
  }
  validation {
    condition     = contains(["azure", "calico", "cilium", "none"], var.network.policy) && ((var.network.policy == "cilium") == (var.network.data_plane == "cilium"))
    error_message = "policy: cilium with the data plane cilium; azure, calico or none with the data plane azure."
  }
  validation {
    condition     = contains(["basic", "standard"], var.network.load_balancer_sku)
    error_message = "load_balancer_sku: standard or basic."
  }
  validation {
    condition     = contains(["loadBalancer", "userDefinedRouting", "managedNATGateway", "userAssignedNATGateway"], var.network.outbound_type)
    error_message = "outbound_type: loadBalancer, userDefinedRouting, managedNATGateway or userAssignedNATGateway."
  }
  validation {
    condition     = var.network.pod_cidr == null || (can(cidrhost(var.network.pod_cidr, 0)) && (var.network.plugin_mode == "overlay" || var.network.plugin != "azure"))
    error_message = "pod_cidr: a CIDR, and only where pods have a range of their own: overlay, kubenet or none."
  }
  validation {
    # The address, cut to the length of the range, has to be the range.
    condition = try(
      cidrhost("${var.network.dns_service_ip}/${split("/", var.network.service_cidr)[1]}", 0) == cidrhost(var.network.service_cidr, 0),
      var.network.service_cidr == null && var.network.dns_service_ip == null
    )
    error_message = "service_cidr and dns_service_ip: both or none, and the address lies in the range."
  }
  validation {
    condition     = var.network.ip_versions == null || contains(["IPv4", "IPv4,IPv6"], try(join(",", var.network.ip_versions), ""))
    error_message = "ip_versions: [\"IPv4\"] or [\"IPv4\", \"IPv6\"]."
  }
}

variable "api_server" {
  description = <<-EOT
    Who reaches the API server.

    - `authorized_ip_ranges`: only these; empty for everybody. Not for a private cluster.
    - `private_cluster_enabled`: no public address. Azure changes this later only with `subnet_id`.
    - `subnet_id`: delegated subnet for API server VNet integration. Azure never takes it away again.
  EOT
  type = object({
    authorized_ip_ranges    = optional(set(string), [])
    private_cluster_enabled = optional(bool, false)
    subnet_id               = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for range in var.api_server.authorized_ip_ranges : can(cidrhost(range, 0))])
    error_message = "authorized_ip_ranges: CIDRs, such as 203.0.113.0/24."
  }
  validation {
    condition     = !(var.api_server.private_cluster_enabled && length(var.api_server.authorized_ip_ranges) > 0)
    error_message = "A private cluster has no authorized_ip_ranges."
  }
}

variable "entra_id" {
  description = "Sign-in with Entra ID. Null: none. `tenant_id` null is the subscription's tenant. Azure cannot switch it off later."
  type = object({
    tenant_id              = optional(string)
    admin_group_object_ids = optional(list(string), [])
    azure_rbac_enabled     = optional(bool, true)
  })
  default = null
}

variable "local_account_disabled" {
  description = "Refuse the static cluster-admin certificate. Null: refused as soon as entra_id is set."
  type        = bool
  default     = null
}

variable "workload_identity_enabled" {
  description = "Pods sign in to Azure through federated credentials. The OIDC issuer it needs is always on: Azure cannot switch that off."
  type        = bool
  default     = true
  nullable    = false
}

variable "addons" {
  description = <<-EOT
    AKS add-ons.

    - `azure_policy`: Gatekeeper, driven by Azure Policy.
    - `key_vault_secrets_provider`: secrets from Key Vault as volumes.
    - `oms_agent`: Container Insights. With `msi_auth_for_monitoring_enabled` the data collection rule and its association are yours to make, before the add-on.
  EOT
  type = object({
    azure_policy = optional(bool, false)
    key_vault_secrets_provider = optional(object({
      secret_rotation_enabled  = optional(bool, true)
      secret_rotation_interval = optional(string, "2m")
    }))
    oms_agent = optional(object({
      log_analytics_workspace_id      = string
      msi_auth_for_monitoring_enabled = optional(bool, true)
    }))
  })
  default  = {}
  nullable = false
}

variable "tags" {
  description = "Tags of the cluster and its pools."
  type        = map(string)
  default     = {}
  nullable    = false
}
