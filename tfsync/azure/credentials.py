"""The one credential of a run, made by azure-identity from the settings."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsync.azure.assertions import agreed, from_request, from_token
from tfsync.azure.settings import Method
from tfsync.azure.trust import ca_bundle
from tfsync.errors import BadInput

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from tfsync.azure.clouds import Cloud
    from tfsync.azure.settings import Settings

# `az account get-access-token` starts a Python of its own; the default of ten seconds is short.
_CLI_SECONDS = 60


def credential(settings: Settings, cloud: Cloud) -> TokenCredential:
    """The credential that the settings select; it asks for no token yet.

    Raises BadInput for a file that cannot be used, or a value that the identity library does not take.
    """
    ca = ca_bundle(settings)
    # A custom cloud's login host is not in Microsoft's list of them, so the check against that list is off.
    options = {
        "authority": cloud.authority,
        "connection_verify": ca,
        "disable_instance_discovery": cloud.custom,
    }
    try:
        if settings.method is Method.CLI:
            return _azure_cli(settings)
        if settings.method is Method.DEFAULT:
            return _default(settings, options)
        client_id = agreed(settings.client_id, settings.client_id_file, "client id")
        if settings.method is Method.MANAGED_IDENTITY:
            return _managed_identity(settings, client_id, ca)
        return _service_principal(settings, client_id or "", ca, options)
    except ValueError:
        # Their text may repeat the value.
        raise BadInput(
            f"cannot sign in by {settings.method.value}: a value is not what it should be",
            hint="Check the tenant id, the client id, and the certificate with its password.",
        ) from None


def _service_principal(
    settings: Settings, client_id: str, ca: str | bool, options: dict[str, Any]
) -> TokenCredential:
    from azure import identity

    tenant_id = settings.tenant_id or ""
    match settings.method:
        case Method.CERTIFICATE:
            return identity.CertificateCredential(
                tenant_id,
                client_id,
                password=settings.certificate_password,
                **_certificate(settings),
                **options,
            )
        case Method.SECRET:
            secret = agreed(settings.client_secret, settings.client_secret_file, "client secret")
            return identity.ClientSecretCredential(tenant_id, client_id, secret or "", **options)
        case Method.WORKLOAD_IDENTITY:
            return identity.WorkloadIdentityCredential(
                tenant_id=tenant_id,
                client_id=client_id,
                token_file_path=settings.oidc_token_files[-1],
                **options,
            )
        case Method.OIDC:
            source = from_token(settings)
        case _:
            source = from_request(settings, ca)
    return identity.ClientAssertionCredential(tenant_id, client_id, source, **options)


def _certificate(settings: Settings) -> dict[str, Any]:
    """Where the PKCS#12 bundle is; the inline one wins over the file, as in azurerm."""
    if not settings.certificate:
        if not Path(settings.certificate_file or "").is_file():
            raise BadInput("cannot read the client certificate", where=settings.certificate_file)
        return {"certificate_path": settings.certificate_file}
    try:
        return {"certificate_data": base64.b64decode(settings.certificate, validate=True)}
    except binascii.Error:
        raise BadInput(
            "must be the base64 text of a PKCS#12 bundle", where="ARM_CLIENT_CERTIFICATE"
        ) from None


def _azure_cli(settings: Settings) -> TokenCredential:
    from azure.identity import AzureCliCredential

    # Without a tenant azurerm takes the one of the subscription, not the one that `az` has as its default
    # (AzureCliSubscriptionIDHint in its framework/config.go). `az` takes one of the two, not both.
    subscription = None if settings.tenant_id else settings.subscription_id
    return AzureCliCredential(
        tenant_id=settings.tenant_id or "", subscription=subscription, process_timeout=_CLI_SECONDS
    )


def _default(settings: Settings, options: dict[str, Any]) -> TokenCredential:
    """What azurerm uses when nothing is set comes first, then everything else that azure-identity finds.

    DefaultAzureCredential alone would take a machine's managed identity before the person who signed in
    with `az login`: another identity than the one that terraform uses.
    """
    from azure.identity import ChainedTokenCredential, DefaultAzureCredential

    return ChainedTokenCredential(_azure_cli(settings), DefaultAzureCredential(**options))


def _managed_identity(settings: Settings, client_id: str | None, ca: str | bool) -> TokenCredential:
    if settings.msi_endpoint:
        from tfsync.azure.managed_identity import EndpointIdentity

        return EndpointIdentity(settings.msi_endpoint, client_id, ca)
    from azure.identity import ManagedIdentityCredential

    # Without this keyword it would use the pod's federated identity where there is one; azurerm, told to use
    # a managed identity, does not.
    return ManagedIdentityCredential(client_id=client_id, _exclude_workload_identity_credential=True)
