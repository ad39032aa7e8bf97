"""The sandbox answers what real azurerm providers asked at least as they were answered, and accepted.

The stand-in that was recorded wrote what it filled in into the request it had logged too, so a create
is replayed as the provider must have sent it: without those values. Where this sandbox knows more than
that stand-in did, `FILLED` says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.recorded import EXCHANGES, Recording, recordings
from tests.sandbox.arm import Client, Reply, connected
from tfsync.sandbox import Sandbox

LRO_HEADERS = ("Azure-AsyncOperation", "Location", "Retry-After")

# Values that are made up for each cluster or at each time.
GENERATED = re.compile(
    r"(eTag|principalId|clientId|objectId|fqdn|azurePortalFQDN|issuerURL|access_token|expires_on"
    r"|startTime|endTime|kubeConfig|kubeconfigs\[0\]\.value|effectiveOutboundIPs\[\d+\]\.id"
    r"|HTTPApplicationRoutingZoneName)$"
)
# What Azure fills and the recorded stand-in left empty (provider-requests, last paragraph).
FILLED = re.compile(
    r"(kubernetesVersion|currentKubernetesVersion|orchestratorVersion|currentOrchestratorVersion"
    r"|podCidrs|serviceCidrs)$"
)

# What the recorded stand-in appended to a create; the provider's own keys come before it, in order.
_APPENDED = (
    "id", "name", "type", "eTag", "identity.principalId", "identity.tenantId",
    "properties.currentKubernetesVersion", "properties.provisioningState", "properties.powerState",
    "properties.fqdn", "properties.azurePortalFQDN", "properties.maxAgentPools",
    "properties.identityProfile", "properties.storageProfile", "properties.oidcIssuerProfile.issuerURL",
    "properties.networkProfile.podCidr", "properties.networkProfile.serviceCidr",
    "properties.networkProfile.dnsServiceIP", "properties.networkProfile.ipFamilies",
    "properties.networkProfile.loadBalancerProfile",
)  # fmt: skip
_APPENDED_TO_POOL = (
    "osDiskSizeGB", "maxPods", "osSKU", "orchestratorVersion", "workloadRuntime",
    "currentOrchestratorVersion", "provisioningState", "powerState", "nodeImageVersion",
)  # fmt: skip


def exchanges(version: str) -> list[dict[str, Any]]:
    lines = (EXCHANGES / f"azurerm-{version}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def as_the_provider_sent(body: dict[str, Any]) -> dict[str, Any]:
    sent = deepcopy(body)
    for path in _APPENDED:
        *parents, last = path.split(".")
        holder = sent
        for step in parents:
            holder = holder.get(step, {})
        holder.pop(last, None)
    for pool in sent["properties"]["agentPoolProfiles"]:
        for key in _APPENDED_TO_POOL:
            pool.pop(key, None)
    sent["properties"]["nodeResourceGroup"] = ""
    return sent


def missing(recorded: Any, answered: Any, path: str = "") -> Iterator[str]:
    """Where the answer lacks something of the recorded one."""
    if GENERATED.search(path):
        if type(recorded) is not type(answered) or not answered:
            yield f"{path}: {answered!r} where {recorded!r} was answered"
    elif FILLED.search(path) and not recorded:
        return
    elif isinstance(recorded, dict) and isinstance(answered, dict):
        for key, value in recorded.items():
            if key not in answered:
                yield f"{path}.{key}: not answered"
            else:
                yield from missing(value, answered[key], f"{path}.{key}")
    elif isinstance(recorded, list) and isinstance(answered, list) and len(recorded) == len(answered):
        for index, value in enumerate(recorded):
            yield from missing(value, answered[index], f"{path}[{index}]")
    elif recorded != answered:
        yield f"{path}: {answered!r} where {recorded!r} was answered"


class Replay:
    """Sends the recorded requests in their order, each operation under the id it has this time."""

    def __init__(self, client: Client, port: int) -> None:
        self.client = client
        self.port = port
        self._operations: dict[str, str] = {}

    def send(self, exchange: dict[str, Any]) -> Reply:
        request, recorded = exchange["request"], exchange["response"]
        path = request["path"]
        body = request["body"]
        for old, new in self._operations.items():
            path = path.replace(old, new)
        if request["method"] == "PUT" and recorded["status"] == 201 and "/managedClusters/exchange?" in path:
            body = as_the_provider_sent(body)
        reply = self.client(request["method"], path, body, headers=request["headers"])
        while "/operations/" in path and recorded["body"]["status"] == "Succeeded":
            if reply.body["status"] != "InProgress":
                break
            reply = self.client(request["method"], path)
        if "Azure-AsyncOperation" in recorded["headers"]:
            old = recorded["headers"]["Azure-AsyncOperation"]
            self._operations[_operation_id(old)] = _operation_id(reply.headers["azure-asyncoperation"])
        return reply

    def expected(self, exchange: dict[str, Any]) -> Any:
        """The recorded answer, on this port and with this time's operation ids."""
        text = json.dumps(exchange["response"])
        text = re.sub(r"https://localhost:\d+", f"https://localhost:{self.port}", text)
        for old, new in self._operations.items():
            text = text.replace(old, new)
        answer = json.loads(text)
        request = exchange["request"]
        if "2023-09-02-preview" in request["path"] and isinstance(answer["body"], dict):
            answer["body"].pop("eTag", None)  # the api-version has none; the stand-in answered one
        if request["method"] == "PUT" and "/agentPools/" in request["path"]:
            answer["body"]["properties"]["provisioningState"] = "Creating"  # as §3.5 has it
        return answer


def _operation_id(url: str) -> str:
    return url.rsplit("/operations/", 1)[1].split("?")[0]


@pytest.mark.parametrize("version", ["3.117.1", "4.81.0", "5.2.0"])
def test_every_recorded_request_is_answered_at_least_as_it_was(version: str, tmp_path: Path) -> None:
    """Also of the second plan: the provider found nothing to do in the recorded answers."""
    with Sandbox(tmp_path, operation_seconds=0.1) as sandbox, connected(sandbox) as client:
        replay = Replay(client, sandbox.port)
        for number, exchange in enumerate(exchanges(version), 1):
            if "step" in exchange:
                continue
            request = exchange["request"]
            where = f"line {number}, {request['method']} {request['path']}"
            reply, expected = replay.send(exchange), replay.expected(exchange)
            assert reply.status == expected["status"], where
            if "/operations/" in request["path"]:
                assert reply.body.keys() >= expected["body"].keys() - {"endTime"}, where
                continue
            for name in LRO_HEADERS:
                assert reply.headers.get(name.lower()) == expected["headers"].get(name), where
            assert list(missing(expected["body"], reply.body)) == [], where
            if expected["body"] is not None:
                assert reply.headers["content-type"].startswith("application/json"), where


# Where Azure says no and the recorded stand-in did not know it.
REFUSED = {
    ("3.117.1", "oidc-disable"): "OIDCIssuerFeatureCannotBeDisabled",
    ("3.117.1", "addon-http-routing-on"): "PropertyChangeNotAllowed",
    ("5.2.0", "addon-http-routing-on"): "PropertyChangeNotAllowed",
}
WRITTEN = [r for r in recordings() if r.updates_in_place and r.provider_writes()]


@pytest.mark.parametrize("recording", WRITTEN, ids=str)
def test_what_a_provider_wrote_by_itself_has_the_recorded_effect(
    recording: Recording, tmp_path: Path
) -> None:
    with Sandbox(tmp_path, operation_seconds=0) as sandbox, connected(sandbox) as client:
        load(sandbox, recording.arm_before())
        refused = REFUSED.get((recording.version, recording.scenario))
        for write in recording.provider_writes():
            reply = client(write["method"], write["path"], write["body"])
            if refused:
                assert (reply.status, reply.code) == (400, refused)
                return
            assert reply.status < 300, reply.body
            if "azure-asyncoperation" in reply.headers:
                assert client.finish(reply)["status"] == "Succeeded"
        for arm_id, body in bodies(recording.arm_after()):
            assert list(missing(body, sandbox.body(arm_id))) == []


def load(sandbox: Sandbox, recorded: dict[str, Any]) -> None:
    """Put the recorded bodies there. Pools are in their cluster."""
    for arm_id, body in bodies(recorded):
        sandbox.replace_body(arm_id, body)


def bodies(recorded: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    each = [recorded] if "properties" in recorded else list(recorded.values())
    for body in each:
        if body["id"].rsplit("/", 2)[1] != "agentPools":
            yield body["id"], body
