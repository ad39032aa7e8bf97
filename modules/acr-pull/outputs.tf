output "id" {
  description = "ARM id of the role assignment."
  value       = azurerm_role_assignment.this.id
}
