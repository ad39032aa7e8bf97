output "cluster_id" {
  description = "ARM id of the cluster."
  value       = module.aks.id
}

output "kubelet_object_id" {
  description = "Object id of the identity the nodes pull images with."
  value       = module.aks.kubelet_identity.object_id
}

output "oidc_issuer_url" {
  description = "Issuer for federated credentials of workload identities."
  value       = module.aks.oidc_issuer_url
}
