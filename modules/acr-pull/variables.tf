variable "registry_id" {
  description = "ARM id of the container registry."
  type        = string

  validation {
    condition     = can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.ContainerRegistry/registries/[^/]+$", var.registry_id))
    error_message = "The ARM id of a registry: /subscriptions/…/providers/Microsoft.ContainerRegistry/registries/NAME."
  }
}

variable "principal_id" {
  description = "Object id of who may pull: the cluster's kubelet identity, `module.aks.kubelet_identity.object_id`."
  type        = string
}
