variable "name" {
  description = "Name of the cluster."
  type        = string
  default     = "quickstart"
}

variable "location" {
  description = "Azure region."
  type        = string
  default     = "westeurope"
}

variable "resource_group_name" {
  description = "Resource group to make for the cluster."
  type        = string
  default     = "quickstart"
}

variable "container_registry_id" {
  description = "ARM id of the registry the nodes pull from."
  type        = string
}

variable "kubernetes_version" {
  description = "Kubernetes version of the cluster and its pools. Null leaves it to Azure."
  type        = string
  default     = null
}

variable "load_balancer_sku" {
  description = "SKU of the cluster's load balancer. The provider replaces the cluster for a change; Azure moves basic to standard in place."
  type        = string
  default     = "standard"
}

variable "ip_versions" {
  description = "IP families of the cluster. The provider replaces the cluster for a change; Azure adds IPv6 in place."
  type        = list(string)
  default     = ["IPv4"]
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = { environment = "quickstart" }
}
