"""The kubeconfig of a cluster that does not exist: it parses, it stays the same, and it opens nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

from tfsync.sandbox.wire import Body


def encoded(cluster: Body, user: str) -> str:
    """The kubeconfig for `clusterUser` or `clusterAdmin`, in base64 as ARM gives it."""
    name = cluster["name"]
    account = f"{user}_{name}"
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": f"https://{cluster['properties']['fqdn']}:443",
                    "certificate-authority-data": _base64("a certificate authority"),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": account}}],
        "current-context": name,
        "preferences": {},
        "users": [
            {
                "name": account,
                "user": {
                    "client-certificate-data": _base64("a client certificate"),
                    "client-key-data": _base64("a client key"),
                    "token": "a-token",
                },
            }
        ],
    }
    return _base64(json.dumps(config))  # JSON is YAML


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
