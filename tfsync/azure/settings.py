"""How to reach Azure Resource Manager and as whom, from what Terraform users have set already.

The names, their precedence and the order in which a way to sign in is picked are azurerm's own. Read in its
source (hashicorp/terraform-provider-azurerm, internal/provider/provider.go and framework/config.go;
hashicorp/go-azure-sdk, sdk/auth): a value in the provider block wins over the environment, an empty variable
counts as unset, and the first of these that is complete is used: client certificate, client secret, OIDC
token, OIDC request URL, managed identity, Azure CLI.

Nothing here touches the disk or the network. Files are read when the credential is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from tfsync.azure.clouds import PUBLIC_CLOUDS
from tfsync.azure.provider_block import provider_constants
from tfsync.azure.variables import Given
from tfsync.errors import BadInput

__all__ = ["Method", "Settings", "from_environment", "provider_constants"]

# terraform is a Go program and reads SSL_CERT_FILE; the other two are what Python's requests reads.
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_INSTANCE_METADATA = "http://169.254.169.254/metadata/identity/oauth2/token"

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Method(Enum):
    """The way to sign in that the settings select."""

    CERTIFICATE = "client certificate"
    SECRET = "client secret"  # noqa: S105 (the name of a method, not a secret)
    OIDC = "OIDC token"
    WORKLOAD_IDENTITY = "AKS workload identity"
    OIDC_REQUEST = "OIDC token from a request URL"
    MANAGED_IDENTITY = "managed identity"
    CLI = "Azure CLI"
    DEFAULT = "Azure CLI, else DefaultAzureCredential"


@dataclass(frozen=True)
class Settings:
    """How to reach and sign in to Azure Resource Manager. Its repr shows no secret.

    `incomplete` says, without values, which half-set ways to sign in were passed over: the first thing to
    look at when signing in fails.
    """

    method: Method = Method.DEFAULT
    subscription_id: str | None = None
    tenant_id: str | None = None
    client_id: str | None = None
    client_id_file: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    client_secret_file: str | None = None
    certificate: str | None = field(default=None, repr=False)  # base64 of a PKCS#12 bundle, key included
    certificate_file: str | None = None
    certificate_password: str | None = field(default=None, repr=False)
    oidc_token: str | None = field(default=None, repr=False)
    oidc_token_files: tuple[str, ...] = ()
    oidc_request_url: str | None = None
    oidc_request_token: str | None = field(default=None, repr=False)
    service_connection_id: str | None = None
    msi_endpoint: str | None = None
    environment: str = "public"
    metadata_host: str | None = None
    ca_file: str | None = None
    incomplete: tuple[str, ...] = ()


def from_environment(env: Mapping[str, str], provider: Mapping[str, Any] = _NOTHING) -> Settings:
    """Settings from the ARM_* variables and the constant values of the azurerm provider block.

    Raises BadInput, naming variables and never their values, where azurerm would refuse: two answers to one
    question, a flag that is no boolean, an unknown cloud, or no way left to sign in.
    """
    given = Given(env, provider)
    aks = given.flag("use_aks_workload_identity", default=False)
    tenant_id, client_id, token_files = given.text("tenant_id"), given.text("client_id"), []
    if path := given.text("oidc_token_file_path"):
        token_files.append(path)
    if aks:
        # The webhook of AKS workload identity puts these three into the pod (getTenantId, getClientId and
        # getOidcToken in azurerm's internal/provider/helpers.go).
        tenant_id = _agreed(tenant_id, env.get("AZURE_TENANT_ID"), given.name("tenant_id"), "AZURE_TENANT_ID")
        client_id = _agreed(client_id, env.get("AZURE_CLIENT_ID"), given.name("client_id"), "AZURE_CLIENT_ID")
        if path := env.get("AZURE_FEDERATED_TOKEN_FILE"):
            token_files.append(path)

    method, incomplete = _method(given, tenant_id, client_id, token_files, aks=aks)
    return Settings(
        method=method,
        subscription_id=given.text("subscription_id"),
        tenant_id=tenant_id,
        client_id=client_id,
        client_id_file=given.text("client_id_file_path"),
        client_secret=given.text("client_secret"),
        client_secret_file=given.text("client_secret_file_path"),
        certificate=given.text("client_certificate"),
        certificate_file=given.text("client_certificate_path"),
        certificate_password=given.text("client_certificate_password"),
        oidc_token=given.text("oidc_token"),
        oidc_token_files=tuple(token_files),
        oidc_request_url=given.text("oidc_request_url"),
        oidc_request_token=given.text("oidc_request_token"),
        service_connection_id=given.text("ado_pipeline_service_connection_id"),
        msi_endpoint=_msi_endpoint(given, env),
        environment=_environment(given),
        metadata_host=given.text("metadata_host"),
        ca_file=next((env[name] for name in _CA_VARIABLES if env.get(name)), None),
        incomplete=incomplete,
    )


def _method(
    given: Given, tenant_id: str | None, client_id: str | None, token_files: list[str], *, aks: bool
) -> tuple[Method, tuple[str, ...]]:
    """The first complete way to sign in, in azurerm's order, and what is set but leads nowhere."""
    known = bool(tenant_id and (client_id or given.text("client_id_file_path")))
    oidc = given.flag("use_oidc", default=False) or aks
    token = given.text("oidc_token")
    certificate = given.present("client_certificate", "client_certificate_path")
    secret = given.present("client_secret", "client_secret_file_path")
    request = given.text("oidc_request_url") and given.text("oidc_request_token")
    if known and certificate:
        return Method.CERTIFICATE, ()
    if known and secret:
        return Method.SECRET, ()
    if known and oidc and (token or token_files):
        only_aks = aks and not token and not given.text("oidc_token_file_path")
        return (Method.WORKLOAD_IDENTITY if only_aks else Method.OIDC), ()
    if known and oidc and request:
        return Method.OIDC_REQUEST, ()

    if given.flag("use_msi", default=False):
        # A client id without a proof is complete here: it names a user-assigned identity.
        return Method.MANAGED_IDENTITY, ()
    incomplete = _incomplete(given, tenant_id, client_id, oidc=oidc)
    if not given.flag("use_cli", default=True):
        raise BadInput(
            "no way to sign in to Azure is complete, and the Azure CLI is switched off by "
            f"{given.name('use_cli')}",
            hint=" ".join(incomplete)
            or "Set ARM_TENANT_ID, ARM_CLIENT_ID and one of ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH "
            "or ARM_USE_OIDC. What the provider block computes is not visible in a plan.",
        )
    # With nothing set azurerm takes the Azure CLI. With halves set it does the same, and so does tfsync:
    # any other identity would not be the one that Terraform uses.
    explicit = given.flag("use_cli", default=False)
    return (Method.CLI if explicit or incomplete else Method.DEFAULT), incomplete


def _incomplete(given: Given, tenant_id: str | None, client_id: str | None, *, oidc: bool) -> tuple[str, ...]:
    """What is half set, one sentence each, without a value."""
    found = []
    proofs = given.present(
        "client_certificate",
        "client_certificate_path",
        "client_secret",
        "client_secret_file_path",
        "oidc_token",
        "oidc_token_file_path",
    )
    owner = client_id or given.text("client_id_file_path")
    missing = [name for name, value in (("ARM_TENANT_ID", tenant_id), ("ARM_CLIENT_ID", owner)) if not value]
    if proofs and missing:
        found.append(f"{proofs[0]} is set, but {' and '.join(missing)} is not.")
    if owner and not proofs and not oidc:
        found.append(
            f"{given.name('client_id')} is set, but none of ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH, "
            "ARM_USE_OIDC and ARM_USE_MSI is."
        )
    if proofs and all("oidc" in name.lower() for name in proofs) and not oidc:
        found.append(f"{proofs[0]} is set, but ARM_USE_OIDC is not true.")
    if oidc and not given.present("oidc_token", "oidc_token_file_path"):
        url, token = given.present("oidc_request_url"), given.present("oidc_request_token")
        if not url or not token:
            found.append(
                "OIDC is asked for, but there is no token: set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or "
                "both ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN."
            )
        elif missing:
            found.append(f"{url[0]} is set, but {' and '.join(missing)} is not.")
    return tuple(found)


def _agreed(value: str | None, other: str | None, name: str, other_name: str) -> str | None:
    if value and other and value != other:
        raise BadInput(
            f"{name} and {other_name} name two different things",
            hint="Remove one of them, or switch ARM_USE_AKS_WORKLOAD_IDENTITY off.",
        )
    return value or other or None


def _msi_endpoint(given: Given, env: Mapping[str, str]) -> str | None:
    """ARM_MSI_ENDPOINT, unless azure-identity goes there by itself (and knows the service's header, too)."""
    endpoint = given.text("msi_endpoint")
    known = (_INSTANCE_METADATA, env.get("IDENTITY_ENDPOINT"), env.get("MSI_ENDPOINT"))
    return None if endpoint in known else endpoint


def _environment(given: Given) -> str:
    """The cloud's name. With a metadata host any name will do: the host says what the cloud is."""
    name = (given.text("environment") or "public").lower()
    if not given.text("metadata_host") and name not in PUBLIC_CLOUDS:
        raise BadInput(
            "no Azure cloud has this name",
            where=given.name("environment"),
            hint="Use public, usgovernment or china, or set ARM_METADATA_HOSTNAME for a cloud of your own.",
        )
    return name
