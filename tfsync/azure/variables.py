"""One value per attribute of the azurerm provider: from its block, or from the environment it defaults to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tfsync.errors import BadInput

# Provider attribute → the environment variables it defaults to, the first that is set wins.
VARIABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "subscription_id": ("ARM_SUBSCRIPTION_ID",),
        "tenant_id": ("ARM_TENANT_ID",),
        "client_id": ("ARM_CLIENT_ID",),
        "client_id_file_path": ("ARM_CLIENT_ID_FILE_PATH",),
        "environment": ("ARM_ENVIRONMENT",),
        "metadata_host": ("ARM_METADATA_HOSTNAME",),
        "client_certificate": ("ARM_CLIENT_CERTIFICATE",),
        "client_certificate_path": ("ARM_CLIENT_CERTIFICATE_PATH",),
        "client_certificate_password": ("ARM_CLIENT_CERTIFICATE_PASSWORD",),
        "client_secret": ("ARM_CLIENT_SECRET",),
        "client_secret_file_path": ("ARM_CLIENT_SECRET_FILE_PATH",),
        # GitHub Actions sets ACTIONS_…, Azure Pipelines sets SYSTEM_….
        "oidc_request_url": ("ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"),
        "oidc_request_token": (
            "ARM_OIDC_REQUEST_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "SYSTEM_ACCESSTOKEN",
        ),
        "oidc_token": ("ARM_OIDC_TOKEN",),
        "oidc_token_file_path": ("ARM_OIDC_TOKEN_FILE_PATH",),
        "ado_pipeline_service_connection_id": (
            "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
            "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
        ),
        "use_oidc": ("ARM_USE_OIDC",),
        "use_msi": ("ARM_USE_MSI",),
        "msi_endpoint": ("ARM_MSI_ENDPOINT",),
        "use_cli": ("ARM_USE_CLI",),
        "use_aks_workload_identity": ("ARM_USE_AKS_WORKLOAD_IDENTITY",),
    }
)

# The words Go's strconv.ParseBool takes, which is what turns a variable into azurerm's booleans.
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


class Given:
    """One value per provider attribute, from the provider block or else from the environment."""

    def __init__(self, env: Mapping[str, str], provider: Mapping[str, Any]) -> None:
        self._env = env
        self._provider = provider

    def _raw(self, attribute: str) -> tuple[Any, str]:
        """The value and a printable name of the place it is from."""
        variables = VARIABLES[attribute]
        if (value := self._provider.get(attribute)) is not None:
            return value, f"{attribute} in the provider block"
        for variable in variables:
            if self._env.get(variable):
                return self._env[variable], variable
        return None, variables[0]

    def name(self, attribute: str) -> str:
        """Where the value came from, or where one would set it."""
        return self._raw(attribute)[1]

    def text(self, attribute: str) -> str | None:
        value, name = self._raw(attribute)
        if value is not None and not isinstance(value, str):
            raise BadInput("must be a text", where=name)
        # azurerm trims ids, secrets and tokens; a password may begin with a blank.
        keep = attribute == "client_certificate_password"
        return ((value or "") if keep else (value or "").strip()) or None

    def flag(self, attribute: str, *, default: bool) -> bool:
        value, name = self._raw(attribute)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if value in _TRUE or value in _FALSE:
            return value in _TRUE
        raise BadInput("must be true or false", where=name)

    def present(self, *attributes: str) -> list[str]:
        """Printable names of those attributes that have a value."""
        return [self.name(attribute) for attribute in attributes if self.text(attribute)]
