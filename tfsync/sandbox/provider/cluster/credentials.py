"""The kubeconfig of a cluster: sensitive, and read anew with every refresh."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from tfsync.sandbox.provider.arm import Arm
from tfsync.sandbox.provider.schema import STRING, Attribute, Fields, computed, objects, since, until
from tfsync.sandbox.provider.versions import Version

_CONFIG: Final = objects(
    client_certificate="string",
    client_key="string",
    cluster_ca_certificate="string",
    host="string",
    password="string",  # noqa: S106 (a type, not a password)
    username="string",
)


def _configs() -> tuple[Attribute, ...]:
    # azurerm 2 marks only the raw text as sensitive: recordings of 2.36.0.
    return until("2.99.0", computed(_CONFIG)), since("3.0.0", computed(_CONFIG, sensitive=True))  # type: ignore[return-value]


FIELDS: Final[Mapping[str, Fields]] = {
    "kube_config": _configs(),
    "kube_config_raw": computed(STRING, sensitive=True),
    "kube_admin_config": _configs(),
    "kube_admin_config_raw": computed(STRING, sensitive=True),
}


def read(arm: Arm, cluster_id: str, version: Version) -> dict[str, Any]:
    """The four attributes. There are no admin credentials in the sandbox."""
    if version < (3,):
        path = f"{cluster_id}/accessProfiles/clusterUser/listCredential"
        encoded = arm.post(path, "2020-09-01").get("properties", {}).get("kubeConfig") or ""
    else:
        from tfsync.sandbox.provider.cluster.resource import api_version

        found = arm.post(f"{cluster_id}/listClusterUserCredential", api_version(version)).get("kubeconfigs")
        encoded = found[0]["value"] if found else ""
    raw = base64.b64decode(encoded).decode()
    return {
        "kube_config": _parse(raw),
        "kube_config_raw": raw,
        "kube_admin_config": [],
        "kube_admin_config_raw": "",
    }


def _parse(raw: str) -> list[dict[str, str]]:
    import yaml

    config = yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}  # noqa: S506
    clusters, users = config.get("clusters") or [], config.get("users") or []
    if not clusters or not users:
        return []
    cluster, user = clusters[0]["cluster"], users[0]["user"]
    return [
        {
            "client_certificate": user.get("client-certificate-data") or "",
            "client_key": user.get("client-key-data") or "",
            "cluster_ca_certificate": cluster.get("certificate-authority-data") or "",
            "host": cluster.get("server") or "",
            "password": user.get("token") or user.get("password") or "",
            "username": users[0].get("name") or "",
        }
    ]
