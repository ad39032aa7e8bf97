locals {
  user_assigned = length(var.identity_ids) > 0

  # Without local accounts there is no way in but Entra ID, so they go only when it is there.
  local_account_disabled = coalesce(var.local_account_disabled, var.entra_id != null)

  api_server_profile = (
    var.api_server.subnet_id != null || length(var.api_server.authorized_ip_ranges) > 0
  )

  cluster_minor = var.kubernetes_version == null ? null : tonumber(split(".", var.kubernetes_version)[1])
}

resource "azurerm_kubernetes_cluster" "this" {
  name                = var.name
  location            = var.location
  resource_group_name = var.resource_group_name
  dns_prefix          = coalesce(var.dns_prefix, var.name)

  kubernetes_version        = var.kubernetes_version
  automatic_upgrade_channel = var.automatic_upgrade_channel
  sku_tier                  = var.sku_tier
  tags                      = var.tags

  oidc_issuer_enabled       = true
  workload_identity_enabled = var.workload_identity_enabled
  local_account_disabled    = local.local_account_disabled
  private_cluster_enabled   = var.api_server.private_cluster_enabled
  azure_policy_enabled      = var.addons.azure_policy

  identity {
    type         = local.user_assigned ? "UserAssigned" : "SystemAssigned"
    identity_ids = local.user_assigned ? var.identity_ids : null
  }

  default_node_pool {
    name                         = var.system_node_pool.name
    vm_size                      = var.system_node_pool.vm_size
    os_sku                       = var.system_node_pool.os_sku
    orchestrator_version         = try(coalesce(var.system_node_pool.kubernetes_version, var.kubernetes_version), null)
    only_critical_addons_enabled = var.system_node_pool.only_critical_addons
    max_pods                     = var.system_node_pool.max_pods
    zones                        = var.system_node_pool.zones
    vnet_subnet_id               = var.system_node_pool.subnet_id
    node_labels                  = var.system_node_pool.labels
    tags                         = var.tags

    auto_scaling_enabled = var.system_node_pool.autoscaling != null
    node_count           = var.system_node_pool.autoscaling == null ? var.system_node_pool.node_count : null
    min_count            = try(var.system_node_pool.autoscaling.min_count, null)
    max_count            = try(var.system_node_pool.autoscaling.max_count, null)

    # Lets the provider move the pool to a new size or disk instead of failing at apply.
    temporary_name_for_rotation = substr("tmp${var.system_node_pool.name}", 0, 12)

    upgrade_settings {
      max_surge                = var.system_node_pool.max_surge
      drain_timeout_in_minutes = var.system_node_pool.drain_timeout_in_minutes
    }
  }

  network_profile {
    network_plugin      = var.network.plugin
    network_plugin_mode = var.network.plugin_mode == "none" ? null : var.network.plugin_mode
    network_data_plane  = var.network.data_plane
    network_policy      = var.network.policy == "none" ? null : var.network.policy
    load_balancer_sku   = var.network.load_balancer_sku
    outbound_type       = var.network.outbound_type
    pod_cidr            = var.network.pod_cidr
    service_cidr        = var.network.service_cidr
    dns_service_ip      = var.network.dns_service_ip
    ip_versions         = var.network.ip_versions
  }

  node_provisioning_profile {
    mode = var.node_provisioning_mode
  }

  dynamic "api_server_access_profile" {
    for_each = local.api_server_profile ? [var.api_server] : []

    content {
      authorized_ip_ranges                = api_server_access_profile.value.authorized_ip_ranges
      subnet_id                           = api_server_access_profile.value.subnet_id
      virtual_network_integration_enabled = api_server_access_profile.value.subnet_id != null
    }
  }

  dynamic "azure_active_directory_role_based_access_control" {
    for_each = var.entra_id == null ? [] : [var.entra_id]

    content {
      tenant_id              = azure_active_directory_role_based_access_control.value.tenant_id
      admin_group_object_ids = azure_active_directory_role_based_access_control.value.admin_group_object_ids
      azure_rbac_enabled     = azure_active_directory_role_based_access_control.value.azure_rbac_enabled
    }
  }

  dynamic "key_vault_secrets_provider" {
    for_each = var.addons.key_vault_secrets_provider == null ? [] : [var.addons.key_vault_secrets_provider]

    content {
      secret_rotation_enabled  = key_vault_secrets_provider.value.secret_rotation_enabled
      secret_rotation_interval = key_vault_secrets_provider.value.secret_rotation_interval
    }
  }

  dynamic "oms_agent" {
    for_each = var.addons.oms_agent == null ? [] : [var.addons.oms_agent]

    content {
      log_analytics_workspace_id      = oms_agent.value.log_analytics_workspace_id
      msi_auth_for_monitoring_enabled = oms_agent.value.msi_auth_for_monitoring_enabled
    }
  }

  lifecycle {
    precondition {
      condition     = !local.local_account_disabled || var.entra_id != null
      error_message = "local_account_disabled needs entra_id: without both, nobody could sign in."
    }
    precondition {
      condition     = var.api_server.subnet_id == null || local.user_assigned
      error_message = "api_server.subnet_id needs identity_ids: the identity has to be allowed to join the subnet before the cluster exists."
    }
  }
}
