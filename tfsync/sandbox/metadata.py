"""GET /metadata/endpoints: what makes a client take the sandbox for a cloud of its own."""

from __future__ import annotations

from tfsync.sandbox.cloud import Cloud
from tfsync.sandbox.wire import Answer, Body, Request

# The name of the only cloud in the older list, to be given in ARM_ENVIRONMENT; azurerm 2 looks it up
# there, and must not find the name of a public cloud. It is the name that the recorded exchanges have.
ENVIRONMENT_NAME = "lab"

_ITSELF = (
    "portal", "media", "graphAudience", "graph", "resourceManager", "vmImageAliasDoc",
    "activeDirectoryDataLake", "sqlManagement", "microsoftGraphResourceId", "appInsightsResourceId",
    "appInsightsTelemetryChannelResourceId", "attestationResourceId", "synapseAnalyticsResourceId",
    "logAnalyticsResourceId", "ossrDbmsResourceId", "gallery",
)  # fmt: skip
_SUFFIXES = {
    # No service stands behind these two, and none is asked for.
    "azureDataLakeStoreFileSystem": "x",
    "azureDataLakeAnalyticsCatalogAndJob": "x",
    "acrLoginServer": "azurecr.io",
    "sqlServerHostname": "database.windows.net",
    "keyVaultDns": "vault.azure.net",
    "storage": "core.windows.net",
    "azureFrontDoorEndpointSuffix": "azurefd.net",
    "storageSyncEndpointSuffix": "afs.azure.net",
    "mhsmDns": "managedhsm.azure.net",
    "mysqlServerEndpoint": "mysql.database.azure.com",
    "postgresqlServerEndpoint": "postgres.database.azure.com",
    "mariadbServerEndpoint": "mariadb.database.azure.com",
    "synapseAnalytics": "dev.azuresynapse.net",
    "attestationEndpoint": "attest.azure.net",
}


def endpoints(cloud: Cloud, request: Request) -> Answer:
    """One cloud for 2022-09-01 and later; a list of clouds for 2018-01-01 and 2020-06-01 (azurerm 2)."""
    if request.api_version.since("2022-09-01"):
        return Answer(200, _cloud(request.origin, "AzureCloud"))
    return Answer(200, [_cloud(request.origin, ENVIRONMENT_NAME)])


def _cloud(origin: str, name: str) -> Body:
    return {
        **dict.fromkeys(_ITSELF, origin),
        "authentication": {
            "loginEndpoint": origin,
            "audiences": [origin, "https://management.azure.com"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "name": name,
        "suffixes": _SUFFIXES,
        "batch": "https://batch.core.windows.net/",
    }
