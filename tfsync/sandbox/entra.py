"""The login side: OAuth tokens, OpenID discovery, and the old directory graph that azurerm 2 asks.

Nothing is checked. Any client id with any secret, certificate or federated token gets a token, and no
call looks at one: the sandbox holds nothing worth guarding, and listens on loopback only.
"""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import urlsplit

from tfsync.sandbox.cloud import CLIENT_ID, OBJECT_ID, Cloud
from tfsync.sandbox.wire import Answer, Body, Request

LIFETIME_SECONDS = 24 * 60 * 60


def token(cloud: Cloud, request: Request) -> Answer:
    """POST /{tenant}/oauth2/v2.0/token, and without the v2.0 as azurerm 2 does."""
    form: Body = request.body if isinstance(request.body, dict) else {}
    now = int(time.time())
    resource = form.get("resource") or str(form.get("scope") or "").split(" ")[0].removesuffix("/.default")
    audience = resource or request.origin
    tenant = request.params["tenant"]
    claims = {
        "aud": audience,
        "iss": f"{request.origin}/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME_SECONDS,
        "oid": OBJECT_ID,
        "sub": OBJECT_ID,
        "tid": tenant,
        "appid": form.get("client_id") or CLIENT_ID,
        "idtyp": "app",
    }
    body = {
        "token_type": "Bearer",
        "expires_in": LIFETIME_SECONDS,
        "ext_expires_in": LIFETIME_SECONDS,
        "expires_on": str(now + LIFETIME_SECONDS),
        "not_before": "0",
        "resource": audience,
        "access_token": _jwt(claims),
    }
    return Answer(200, body)


def configuration(cloud: Cloud, request: Request) -> Answer:
    """GET /{tenant}/v2.0/.well-known/openid-configuration, which msal reads before it asks for a token."""
    base = f"{request.origin}/{request.params['tenant']}"
    body = {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
    }
    return Answer(200, body)


def instances(cloud: Cloud, request: Request) -> Answer:
    """GET /common/discovery/instance: the sandbox's host is an authority of its own."""
    host = urlsplit(request.origin).netloc
    body = {
        "tenant_discovery_endpoint": f"{request.origin}/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }
    return Answer(200, body)


def service_principals(cloud: Cloud, request: Request) -> Answer:
    """GET /{tenant}/servicePrincipals of the old graph: azurerm 2 wants its own object id."""
    body = {"value": [{"objectType": "ServicePrincipal", "objectId": OBJECT_ID, "appId": CLIENT_ID}]}
    return Answer(200, body)


def _jwt(claims: Body) -> str:
    """An unsigned token that parses."""
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "c2ln"])
