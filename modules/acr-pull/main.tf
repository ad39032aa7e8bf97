terraform {
  required_version = ">= 1.3"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.81, < 6"
    }
  }
}

locals {
  # The built-in role AcrPull, by its id, which is the same everywhere: a name would have to be looked up on each plan.
  acr_pull = "7f951dda-4ed3-4680-a7ca-43fe172d538d"

  subscription_id = split("/", var.registry_id)[2]
}

resource "azurerm_role_assignment" "this" {
  scope              = var.registry_id
  role_definition_id = "/subscriptions/${local.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.acr_pull}"
  principal_id       = var.principal_id

  # A kubelet identity is minutes old here and may not have reached every Entra ID replica.
  skip_service_principal_aad_check = true
}
