"""No token, no secret and no body reaches a log at any level, and importing the room imports no SDK."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.azure.loopback import SUBSCRIPTION, TENANT, Answer, Loopback
from tfsync.azure import Arm
from tfsync.azure.errors import ArmFault

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
EXTENSION = f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/flux"
API = "2025-10-01"
BODY: dict[str, Any] = {"properties": {"windowsProfile": {"adminPassword": "CANARY-password"}}}


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All loggers at the finest level, as a user's -vv and a careless library may have them."""
    caplog.set_level(logging.NOTSET)
    for name in ("azure", "azure.core.pipeline.policies.http_logging_policy", "msal", "urllib3", "requests"):
        caplog.set_level(logging.NOTSET, logger=name)
    return caplog


@pytest.mark.parametrize(
    "more",
    [
        {},
        {
            "ARM_CLIENT_SECRET": "",
            "ARM_USE_OIDC": "true",
            "ARM_OIDC_TOKEN": "eyJhbGciOiJub25lIn0.CANARY-oidc.x",
        },
    ],
)
def test_no_log_has_a_token_a_secret_a_signature_or_a_body(
    make_arm: Callable[..., Arm],
    azure: Loopback,
    everything_logged: pytest.LogCaptureFixture,
    more: dict[str, str],
) -> None:
    signed = "{url}/operations/1?api-version=2016-03-30&t=1&c=CANARY-c&s=CANARY-s&h=CANARY-h"
    azure.on("GET", CLUSTER, Answer(200, BODY))
    azure.on("PUT", CLUSTER, Answer(429, BODY), Answer(200, BODY, {"Azure-AsyncOperation": signed}))
    azure.on("GET", "/operations/1", Answer(200, {"status": "Succeeded", "properties": BODY}))
    azure.on("PATCH", EXTENSION, Answer(400, {"error": {"code": "Bad", "message": "CANARY-password is bad"}}))
    arm = make_arm(more)
    arm.get(CLUSTER, API)
    arm.put(CLUSTER, API, BODY, etag="e")
    with pytest.raises(ArmFault) as caught:
        arm.patch(EXTENSION, API, BODY)
    assert len(azure.requests("POST", f"/{TENANT}/oauth2/v2.0/token")) == 1
    logged = everything_logged.text + "".join(str(record.__dict__) for record in everything_logged.records)
    assert "Request URL" in logged, "the SDK did log"
    for text in (logged, str(caught.value), repr(caught.value), repr(arm), repr(vars(arm))):
        assert "CANARY" not in text


def test_a_refused_sign_in_leaves_no_secret_in_a_log(
    make_arm: Callable[..., Arm], azure: Loopback, everything_logged: pytest.LogCaptureFixture
) -> None:
    refused = {"error": "invalid_client", "error_description": "AADSTS7000215: no", "trace": "t"}
    azure.on("POST", f"/{TENANT}/oauth2/v2.0/token", Answer(401, refused))
    with pytest.raises(ArmFault):
        make_arm().get(CLUSTER, API)
    assert azure.requests("GET", CLUSTER) == []
    assert "CANARY" not in everything_logged.text


@pytest.mark.parametrize("module", ["tfsync.azure", "tfsync.azure.errors", "tfsync.azure.credentials"])
def test_importing_the_room_imports_no_sdk(module: str) -> None:
    heavy = {"azure", "msal", "requests", "urllib3", "cryptography"}
    code = f"import sys, {module}; print(sorted({{m.split('.')[0] for m in sys.modules}} & {heavy!r}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_an_arm_that_sends_nothing_imports_no_sdk() -> None:
    code = (
        "import sys; from tfsync.azure import Arm, from_environment;"
        "arm = Arm(from_environment({})); arm.close(); print(arm.requests, 'azure.core' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "0 False"


def test_no_source_in_the_room_switches_tls_verification_off() -> None:
    for source in (Path(__file__).parents[2] / "tfsync" / "azure").glob("*.py"):
        text = source.read_text()
        assert "connection_verify=False" not in text
        assert "verify=False" not in text
        assert "enforce_https" not in text
