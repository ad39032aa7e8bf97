"""azurerm_kubernetes_cluster: one room per part of Azure's managed cluster, schema and mapping together.

Every room has `FIELDS` (the schema, with the provider versions in which each field exists), `expand`
(configuration to Azure) and `flatten` (Azure to state). What is not in a room is not in the schema: a
configuration that uses it gets Terraform's own "Unsupported argument".
"""
