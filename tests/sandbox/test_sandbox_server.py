"""The front door: TLS, routing, errors in both shapes, the request log, restarts, several clients."""

from __future__ import annotations

import json
import os
import shlex
import socket
import ssl
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.arm import CLUSTER, CURRENT, GROUP, SUBSCRIPTION, Client, cluster, connected
from tfsync.errors import BadInput
from tfsync.sandbox import Sandbox, serve


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# TLS and files


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_its_certificate_is_good_for_every_name_of_the_loopback(sandbox: Sandbox, host: str) -> None:
    with connected(sandbox, host=host) as arm:
        assert arm("GET", "/metadata/endpoints", version="2022-09-01").status == 200


def test_its_certificates_pass_the_strictest_check(sandbox: Sandbox) -> None:
    tls = ssl.create_default_context(cafile=str(sandbox.ca_bundle))
    tls.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", sandbox.port)) as plain,
        tls.wrap_socket(plain, server_hostname="::1") as secured,
    ):
        assert secured.version() in ("TLSv1.2", "TLSv1.3")


def test_the_bundle_holds_the_system_s_authorities_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "system.pem"
    system.write_text("the system's authorities\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    with Sandbox(tmp_path / "sandbox") as sandbox:
        text = sandbox.ca_bundle.read_text()
        own = (sandbox.directory / "tls" / "ca.pem").read_text()
    assert text.startswith("the system's authorities\n")
    assert text.endswith(own)


def test_its_own_bundle_of_the_last_start_is_not_taken_for_the_system_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(tmp_path) as sandbox:
        before = sandbox.ca_bundle.read_text().count("BEGIN CERTIFICATE")
        monkeypatch.setenv("SSL_CERT_FILE", str(sandbox.ca_bundle))
    with Sandbox(tmp_path) as sandbox:
        assert sandbox.ca_bundle.read_text().count("BEGIN CERTIFICATE") == before


def test_a_client_that_does_not_trust_it_does_no_harm(
    sandbox: Sandbox, arm: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port)) as plain:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with pytest.raises(ssl.SSLCertVerificationError):
            tls.wrap_socket(plain, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", sandbox.port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        plain.recv(100)
    assert arm("GET", CLUSTER, version=CURRENT).status == 404
    assert capfd.readouterr() == ("", "")


def test_what_may_hold_secrets_is_for_its_owner_only(sandbox: Sandbox, arm: Client) -> None:
    arm("PUT", GROUP, {"location": "eastus"}, version="2023-07-01")
    files = [path for path in sandbox.directory.rglob("*") if path.is_file() and path.name != "lock"]
    assert {path.name for path in files} == {
        "state.json", "requests.jsonl", "env.sh", "ca.pem", "bundle.pem", "server.pem", "server.key",
    }  # fmt: skip
    assert {mode(path) for path in files} == {0o600}
    assert mode(sandbox.directory) == 0o700


def test_env_sh_exports_what_points_a_provider_here(sandbox: Sandbox) -> None:
    script = f". {shlex.quote(str(sandbox.directory / 'env.sh'))} && env -0"
    shown = subprocess.run(
        ["/bin/sh", "-c", script], env={}, capture_output=True, check=True, text=True
    ).stdout
    exported = dict(line.split("=", 1) for line in shown.split("\0") if "=" in line)
    wanted = {
        "ARM_METADATA_HOSTNAME": f"localhost:{sandbox.port}",
        "ARM_CLIENT_ID": "33333333-3333-3333-3333-333333333333",
        "ARM_CLIENT_SECRET": exported["ARM_CLIENT_SECRET"],
        "ARM_TENANT_ID": "11111111-1111-1111-1111-111111111111",
        "ARM_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000",
        "SSL_CERT_FILE": str(sandbox.ca_bundle),
    }
    assert wanted == {name: value for name, value in exported.items() if name.startswith(("ARM_", "SSL_"))}
    assert sandbox.environment() == wanted
    assert "# export ARM_ENVIRONMENT=lab" in (sandbox.directory / "env.sh").read_text()


# Requests that it does not serve


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        (
            "GET",
            f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Unknown/things/a",
            404,
            "ResourceNotFound",
        ),
        ("GET", "/nothing", 404, "ResourceNotFound"),
        ("POST", CLUSTER, 405, "MethodNotAllowed"),
    ],
)
def test_what_it_does_not_know_is_refused_as_the_gateway_does(
    arm: Client, method: str, path: str, status: int, code: str
) -> None:
    reply = arm(method, path, version=CURRENT)
    assert reply.status == status
    assert reply.body["error"]["code"] == code
    assert reply.headers["x-ms-failure-cause"] == "gateway"


@pytest.mark.parametrize(
    ("version", "code"), [("", "MissingApiVersionParameter"), ("new", "InvalidApiVersionParameter")]
)
def test_a_request_needs_an_api_version(arm: Client, version: str, code: str) -> None:
    for path in (CLUSTER, GROUP, f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/a"):
        reply = arm("GET", path, version=version)
        assert (reply.status, reply.code) == (400, code)


def test_a_body_that_is_no_json_is_refused(arm: Client) -> None:
    reply = arm("PUT", CLUSTER, "{", version=CURRENT)
    assert (reply.status, reply.code) == (400, "InvalidRequestContent")


def test_a_request_without_a_length_is_refused(sandbox: Sandbox) -> None:
    with connected(sandbox) as arm:
        reply = arm("PUT", CLUSTER, None, version=CURRENT, headers={"Transfer-Encoding": "chunked"})
    assert (reply.status, reply.code) == (411, "LengthRequired")


def test_a_bug_of_its_own_is_told_and_shown(
    sandbox: Sandbox, arm: Client, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tfsync.sandbox.routes.dispatch", lambda cloud, request: 1 / 0)
    reply = arm("GET", CLUSTER, version=CURRENT)
    assert (reply.status, reply.code) == (500, "SandboxFailed")
    arm.close()
    monkeypatch.undo()
    with connected(sandbox) as other:
        assert other("GET", CLUSTER, version=CURRENT).status == 404
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_refusal_of_the_resource_provider_is_flat(arm: Client) -> None:
    arm("PUT", CLUSTER, cluster(), version=CURRENT)
    refused = arm("PUT", CLUSTER, cluster(dnsPrefix="other"), version=CURRENT)
    assert refused.body == {
        "code": "PropertyChangeNotAllowed",
        "details": None,
        "message": "Changing property 'properties.dnsPrefix' is not allowed.",
        "subcode": "",
        "target": "properties.dnsPrefix",
    }


# The request log


def test_every_request_is_logged_before_its_answer_leaves(sandbox: Sandbox, arm: Client) -> None:
    arm("PUT", CLUSTER, cluster(), version=CURRENT, headers={"If-None-Match": "*"})
    arm("GET", "/nothing?a=b")
    log = (sandbox.directory / "requests.jsonl").read_text()
    first, second = map(json.loads, log.splitlines())
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "method": "PUT",
        "path": f"{CLUSTER}?api-version={CURRENT}",
        "body": cluster(),
        "if_match": None,
        "if_none_match": "*",
        "status": 201,
    }
    assert (second["method"], second["path"], second["body"], second["status"]) == (
        "GET",
        "/nothing?a=b",
        None,
        404,
    )
    assert [line["path"] for line in sandbox.requests()] == [first["path"], second["path"]]


def test_no_secret_reaches_a_file(sandbox: Sandbox, arm: Client) -> None:
    arm(
        "POST",
        "/tenant/oauth2/v2.0/token",
        "grant_type=client_credentials&client_secret=S3cret!&client_assertion=S3cret!&client_id=me",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    body = cluster(
        windowsProfile={"adminUsername": "azureuser", "adminPassword": "S3cret!"},
        servicePrincipalProfile={"clientId": "x", "secret": "S3cret!"},
        addonProfiles={
            "azureKeyvaultSecretsProvider": {"enabled": True, "config": {"enableSecretRotation": "true"}}
        },
    )
    arm("PUT", CLUSTER, body, version=CURRENT)
    extension = f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/flux"
    settings = {"extensionType": "microsoft.flux", "configurationProtectedSettings": {"a": "S3cret!"}}
    arm("PUT", extension, {"properties": settings}, version="2024-11-01")
    arm(
        "PATCH",
        extension,
        {"properties": {"configurationProtectedSettings": {"a": "S3cret!"}}},
        version="2024-11-01",
    )
    written = {path: path.read_text() for path in sandbox.directory.rglob("*") if path.is_file()}
    for path, text in written.items():
        assert "S3cret!" not in text, path
        assert "never-logged" not in text, path
    token, put, *_ = sandbox.requests()
    assert token["body"]["client_id"] == "me"
    assert put["body"]["properties"]["windowsProfile"] == {
        "adminUsername": "azureuser",
        "adminPassword": "***",
    }
    config = put["body"]["properties"]["addonProfiles"]["azureKeyvaultSecretsProvider"]["config"]
    assert config == {"enableSecretRotation": "true"}


# Restarts, directories, ports


def test_a_restart_keeps_everything_operations_included(tmp_path: Path) -> None:
    with Sandbox(tmp_path, faults=["slow:seconds=0.3"]) as first, connected(first) as arm:
        reply = arm("PUT", CLUSTER, cluster(), version=CURRENT)
        operation = "/" + reply.headers["azure-asyncoperation"].split("/", 3)[3]
        port = first.port
    with Sandbox(tmp_path, port=port) as second, connected(second) as arm:
        assert second.port == port
        while arm("GET", operation).body["status"] == "InProgress":
            pass
        body = arm("GET", CLUSTER, version=CURRENT).body
        assert body == {
            **reply.body,
            "properties": {**reply.body["properties"], "provisioningState": "Succeeded"},
        }
        assert second.requests()[0]["method"] == "PUT"


def test_a_port_that_is_taken_is_one_clear_error(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"cannot listen on port {sandbox.port}") as refused:
        Sandbox(tmp_path / "other", port=sandbox.port).__enter__()
    assert "--port" in (refused.value.hint or "")
    with Sandbox(tmp_path / "other"):  # nothing of the failed start stands in the way
        pass


def test_a_directory_in_use_is_one_clear_error(sandbox: Sandbox) -> None:
    with pytest.raises(BadInput, match="another sandbox is running"):
        Sandbox(sandbox.directory).__enter__()


def test_a_directory_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot write there") as refused:
        Sandbox(tmp_path / "file" / "sandbox").__enter__()
    assert refused.value.where == str(tmp_path / "file" / "sandbox")


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 99, "resources": {}, "operations": {}}'])
def test_a_state_it_did_not_write_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(BadInput, match="not a state that this version"):
        Sandbox(tmp_path).__enter__()


def test_missing_packages_are_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)
    with pytest.raises(BadInput, match="packages that are not installed") as refused:
        Sandbox(tmp_path).__enter__()
    assert "tfsync[sandbox]" in (refused.value.hint or "")


def test_serve_runs_until_it_is_interrupted(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    def ready(sandbox: Sandbox) -> None:
        assert (tmp_path / "env.sh").exists()
        with connected(sandbox) as arm:
            seen.append(arm("GET", "/metadata/endpoints", version="2022-09-01").body)
        threading.Timer(0.2, os.kill, (os.getpid(), 2)).start()

    serve(tmp_path, 0, (), ready)
    assert seen[0]["name"] == "AzureCloud"


# Several clients


def test_two_clients_write_two_clusters_at_once_and_neither_is_lost(sandbox: Sandbox) -> None:
    failures: list[object] = []

    def write(name: str) -> None:
        with connected(sandbox) as arm:
            for count in range(20):
                body = cluster(agentPoolProfiles=[{"name": "system", "count": count}])
                reply = arm("PUT", f"{CLUSTER}-{name}", body, version=CURRENT)
                if reply.status >= 300:
                    failures.append(reply)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for name in ("one", "two"):
        assert sandbox.body(f"{CLUSTER}-{name}")["properties"]["agentPoolProfiles"][0]["count"] == 19


def test_of_two_clients_with_the_same_etag_one_wins(sandbox: Sandbox, arm: Client) -> None:
    etag = arm("PUT", CLUSTER, cluster(), version=CURRENT).body["eTag"]
    start = threading.Barrier(2)
    statuses: list[int] = []

    def write() -> None:
        with connected(sandbox) as mine:
            mine("GET", CLUSTER, version=CURRENT)
            start.wait()
            body = {"location": "eastus"}
            statuses.append(mine("PUT", CLUSTER, body, version=CURRENT, headers={"If-Match": etag}).status)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412]


# The door for tests


def test_a_body_can_be_changed_behind_every_client_s_back(sandbox: Sandbox, arm: Client) -> None:
    before = arm("PUT", CLUSTER, cluster(), version=CURRENT).body
    pool = sandbox.body(f"{CLUSTER}/agentPools/apps")
    pool["properties"]["count"] = 8
    sandbox.replace_body(f"{CLUSTER}/agentPools/apps", pool)
    body = sandbox.body(CLUSTER)
    body["properties"]["dnsPrefix"] = "changed"
    sandbox.replace_body(CLUSTER, body)
    after = arm("GET", CLUSTER, version=CURRENT).body
    assert after["eTag"] != before["eTag"]
    assert after["properties"]["dnsPrefix"] == "changed"
    assert after["properties"]["agentPoolProfiles"][1]["count"] == 8
    sandbox.remove(CLUSTER)
    assert arm("GET", CLUSTER, version=CURRENT).status == 404
    with pytest.raises(KeyError):
        sandbox.body(CLUSTER)
