resource "azurerm_kubernetes_cluster_node_pool" "this" {
  for_each = var.node_pools

  name                  = each.key
  kubernetes_cluster_id = azurerm_kubernetes_cluster.this.id

  mode                 = each.value.mode
  vm_size              = each.value.vm_size
  os_sku               = each.value.os_sku
  orchestrator_version = try(coalesce(each.value.kubernetes_version, var.kubernetes_version), null)
  max_pods             = each.value.max_pods
  zones                = each.value.zones
  vnet_subnet_id       = each.value.subnet_id
  node_labels          = each.value.labels
  node_taints          = each.value.taints
  tags                 = var.tags

  auto_scaling_enabled = each.value.autoscaling != null
  node_count           = each.value.autoscaling == null ? each.value.node_count : null
  min_count            = try(each.value.autoscaling.min_count, null)
  max_count            = try(each.value.autoscaling.max_count, null)

  temporary_name_for_rotation = "tmp${each.key}"

  upgrade_settings {
    max_surge                = each.value.max_surge
    drain_timeout_in_minutes = each.value.drain_timeout_in_minutes
  }

  lifecycle {
    precondition {
      # Kubernetes 1.28 and newer: nodes run the control plane's minor version or up to three older ones.
      condition = (
        each.value.kubernetes_version == null || local.cluster_minor == null ? true :
        contains(range(local.cluster_minor - 3, local.cluster_minor + 1), tonumber(split(".", each.value.kubernetes_version)[1]))
      )
      error_message = "Pool ${each.key}: Kubernetes ${coalesce(each.value.kubernetes_version, "-")} does not run under a control plane of ${coalesce(var.kubernetes_version, "-")}: the same minor version, or up to three older, does."
    }
  }
}
