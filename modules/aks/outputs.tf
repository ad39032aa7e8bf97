output "id" {
  description = "ARM id of the cluster."
  value       = azurerm_kubernetes_cluster.this.id
}

output "name" {
  description = "Name of the cluster."
  value       = azurerm_kubernetes_cluster.this.name
}

output "fqdn" {
  description = "Host name of the API server."
  value       = azurerm_kubernetes_cluster.this.fqdn
}

output "node_resource_group" {
  description = "Resource group in which Azure keeps the nodes."
  value       = azurerm_kubernetes_cluster.this.node_resource_group
}

output "node_pools" {
  description = "ARM id of each application pool, by name."
  value       = { for name, pool in azurerm_kubernetes_cluster_node_pool.this : name => pool.id }
}

output "principal_id" {
  description = "Object id of the cluster's own system-assigned identity; null with identity_ids."
  value       = local.user_assigned ? null : azurerm_kubernetes_cluster.this.identity[0].principal_id
}

output "kubelet_identity" {
  description = "The identity the nodes pull images with: client_id, object_id, user_assigned_identity_id."
  value       = azurerm_kubernetes_cluster.this.kubelet_identity[0]
}

output "oidc_issuer_url" {
  description = "Issuer for federated credentials of workload identities."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "api_server" {
  description = "For the kubernetes and helm providers: host, and cluster_ca_certificate in base64. Holds no credential; sensitive because the provider marks the whole kubeconfig so."
  sensitive   = true
  value = {
    host                   = azurerm_kubernetes_cluster.this.kube_config[0].host
    cluster_ca_certificate = azurerm_kubernetes_cluster.this.kube_config[0].cluster_ca_certificate
  }
}

output "kubelogin_server_id" {
  description = "What `kubelogin get-token --server-id` wants: Microsoft's application for every AKS API server with Entra ID."
  value       = "6dae42f8-4368-4678-94ff-3960e28e3630"
}
