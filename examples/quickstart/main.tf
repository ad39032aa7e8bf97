resource "azurerm_resource_group" "this" {
  name     = var.resource_group_name
  location = var.location
  tags     = var.tags
}

module "aks" {
  source = "../../modules/aks"

  name                = var.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  kubernetes_version  = var.kubernetes_version
  tags                = var.tags

  system_node_pool = {
    vm_size    = "Standard_D2s_v5"
    node_count = 2
  }

  node_pools = {
    apps = {
      vm_size = "Standard_D4s_v5"
      labels  = { workload = "apps" }
    }
    batch = {
      vm_size = "Standard_D4s_v5"
      labels  = { workload = "batch" }
      taints  = ["workload=batch:NoSchedule"]
    }
  }

  network = {
    load_balancer_sku = var.load_balancer_sku
    ip_versions       = var.ip_versions
  }
}

# The nodes pull images from the registry.
module "acr_pull" {
  source = "../../modules/acr-pull"

  registry_id  = var.container_registry_id
  principal_id = module.aks.kubelet_identity.object_id
}

resource "azurerm_kubernetes_cluster_extension" "flux" {
  name           = "flux"
  cluster_id     = module.aks.id
  extension_type = "microsoft.flux"

  # Flux does not tolerate the system pool's taint: it needs an application pool to run on.
  depends_on = [module.aks]
}
