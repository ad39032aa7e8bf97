"""Each way to sign in, with the real identity library; where loopback can be the other side, to the token."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.azure.loopback import CLIENT, SECRET, SUBSCRIPTION, TENANT, TOKEN, Answer, Loopback, pkcs12
from tfsync.azure.clouds import resolve
from tfsync.azure.credentials import credential
from tfsync.azure.errors import NoCredentials, Unreachable
from tfsync.azure.settings import from_environment
from tfsync.errors import BadInput

TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
JWT = "eyJhbGciOiJub25lIn0.CANARY-assertion.c2ln"


@pytest.fixture
def made(env: dict[str, str]) -> Iterator[Callable[..., Any]]:
    """Credentials from an environment, closed when the test ends."""
    credentials = []

    def make(**more: str) -> Any:
        settings = from_environment({**env, **more})
        credentials.append(credential(settings, resolve(settings)))
        return credentials[-1]

    yield make
    for one in credentials:
        close = getattr(one, "close", None)
        if close:
            close()


def token(credential: Any, azure: Loopback) -> str:
    return str(credential.get_token(f"{azure.url}/.default").token)


def assertion_sent(azure: Loopback) -> str:
    form = azure.requests("POST", TOKEN_PATH)[-1].form
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return form["client_assertion"]


def test_a_client_secret_gets_a_token(made: Callable[..., Any], azure: Loopback) -> None:
    signed_in = made(ARM_CLIENT_ID=CLIENT, ARM_CLIENT_SECRET=SECRET)
    assert type(signed_in).__name__ == "ClientSecretCredential"
    assert token(signed_in, azure) == TOKEN
    (asked,) = azure.requests("POST", TOKEN_PATH)
    assert asked.form["grant_type"] == "client_credentials"
    assert (asked.form["client_id"], asked.form["client_secret"]) == (CLIENT, SECRET)
    assert asked.form["scope"].split()[0] == f"{azure.url}/.default"


def test_id_and_secret_may_come_from_files(made: Callable[..., Any], azure: Loopback, tmp_path: Path) -> None:
    (tmp_path / "id").write_text(f"{CLIENT}\n")
    (tmp_path / "secret").write_text(f" {SECRET}\n")
    signed_in = made(
        ARM_CLIENT_ID_FILE_PATH=str(tmp_path / "id"), ARM_CLIENT_SECRET_FILE_PATH=str(tmp_path / "secret")
    )
    assert token(signed_in, azure) == TOKEN
    form = azure.requests("POST", TOKEN_PATH)[0].form
    assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)


def test_a_file_that_says_otherwise_is_refused_by_name(made: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("CANARY-other")
    with pytest.raises(BadInput, match="client secret in this file differs") as caught:
        made(
            ARM_CLIENT_ID=CLIENT,
            ARM_CLIENT_SECRET=SECRET,
            ARM_CLIENT_SECRET_FILE_PATH=str(tmp_path / "secret"),
        )
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("variable", ["ARM_CLIENT_SECRET_FILE_PATH", "ARM_CLIENT_CERTIFICATE_PATH"])
def test_a_file_that_is_not_there_is_refused(made: Callable[..., Any], variable: str, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(BadInput, match=missing):
        made(ARM_CLIENT_ID=CLIENT, **{variable: missing})


@pytest.mark.parametrize("password", [None, "CANARY pass"])
@pytest.mark.parametrize("inline", [True, False])
def test_a_client_certificate_gets_a_token(
    made: Callable[..., Any], azure: Loopback, tmp_path: Path, inline: bool, password: str | None
) -> None:
    content = pkcs12(password)
    (tmp_path / "client.pfx").write_bytes(content)
    more = {"ARM_CLIENT_CERTIFICATE_PASSWORD": password} if password else {}
    if inline:
        more["ARM_CLIENT_CERTIFICATE"] = base64.b64encode(content).decode()
    else:
        more["ARM_CLIENT_CERTIFICATE_PATH"] = str(tmp_path / "client.pfx")
    signed_in = made(ARM_CLIENT_ID=CLIENT, **more)
    assert type(signed_in).__name__ == "CertificateCredential"
    assert token(signed_in, azure) == TOKEN
    claims = assertion_sent(azure).split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (decoded["iss"], decoded["aud"]) == (CLIENT, f"{azure.url}{TOKEN_PATH}")


@pytest.mark.parametrize("wrong", ["%%%", base64.b64encode(b"no bundle").decode()])
def test_an_inline_certificate_that_is_none_is_refused_without_repeating_it(
    made: Callable[..., Any], wrong: str
) -> None:
    with pytest.raises(BadInput) as caught:
        made(ARM_CLIENT_ID=CLIENT, ARM_CLIENT_CERTIFICATE=wrong)
    assert wrong not in str(caught.value)


def test_a_certificate_with_another_password_is_refused(made: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "client.pfx").write_bytes(pkcs12("right"))
    with pytest.raises(BadInput, match="client certificate") as caught:
        made(
            ARM_CLIENT_ID=CLIENT,
            ARM_CLIENT_CERTIFICATE_PATH=str(tmp_path / "client.pfx"),
            ARM_CLIENT_CERTIFICATE_PASSWORD="CANARY-wrong",
        )
    assert "CANARY" not in str(caught.value)


def test_an_oidc_token_is_exchanged(made: Callable[..., Any], azure: Loopback) -> None:
    signed_in = made(ARM_CLIENT_ID=CLIENT, ARM_USE_OIDC="true", ARM_OIDC_TOKEN=JWT)
    assert type(signed_in).__name__ == "ClientAssertionCredential"
    assert token(signed_in, azure) == TOKEN
    assert assertion_sent(azure) == JWT


def test_an_oidc_token_file_is_read_each_time(
    made: Callable[..., Any], azure: Loopback, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{JWT}\n")
    signed_in = made(ARM_CLIENT_ID=CLIENT, ARM_USE_OIDC="true", ARM_OIDC_TOKEN_FILE_PATH=str(file))
    token(signed_in, azure)
    assert assertion_sent(azure) == JWT
    file.write_text("renewed.by.ci")
    signed_in.get_token("https://another.scope/.default")  # the first one's token is still good
    assert assertion_sent(azure) == "renewed.by.ci"


def test_a_token_and_a_file_that_differ_are_refused(made: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "token").write_text("other.token.x")
    with pytest.raises(BadInput, match="OIDC token in this file differs"):
        made(
            ARM_CLIENT_ID=CLIENT,
            ARM_USE_OIDC="true",
            ARM_OIDC_TOKEN=JWT,
            ARM_OIDC_TOKEN_FILE_PATH=str(tmp_path / "token"),
        )


def test_github_is_asked_for_a_token_as_azurerm_asks(made: Callable[..., Any], azure: Loopback) -> None:
    azure.on("GET", "/ci/token", Answer(200, {"count": 1, "value": JWT}))
    signed_in = made(
        ARM_CLIENT_ID=CLIENT,
        ARM_USE_OIDC="true",
        ACTIONS_ID_TOKEN_REQUEST_URL=f"{azure.url}/ci/token?api-version=2.0",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN="CANARY-bearer",
    )
    assert token(signed_in, azure) == TOKEN
    assert assertion_sent(azure) == JWT
    (asked,) = azure.requests("GET", "/ci/token")
    assert asked.query == {"api-version": ["2.0"], "audience": ["api://AzureADTokenExchange"]}
    assert asked.headers["Authorization"] == "Bearer CANARY-bearer"


def test_azure_pipelines_are_asked_for_a_token_as_azurerm_asks(
    made: Callable[..., Any], azure: Loopback
) -> None:
    azure.on("POST", "/ado/token", Answer(200, {"oidcToken": JWT}))
    signed_in = made(
        ARM_CLIENT_ID=CLIENT,
        ARM_USE_OIDC="true",
        SYSTEM_OIDCREQUESTURI=f"{azure.url}/ado/token",
        SYSTEM_ACCESSTOKEN="CANARY-bearer",
        ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID="connection-1",
    )
    assert token(signed_in, azure) == TOKEN
    (asked,) = azure.requests("POST", "/ado/token")
    assert asked.query == {"api-version": ["7.1"], "serviceConnectionId": ["connection-1"]}
    assert asked.headers["Authorization"] == "Bearer CANARY-bearer"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(403, {"message": "CANARY-reason"}), Unreachable),
        (Answer(200, {}), NoCredentials),
        (Answer(200, []), NoCredentials),
    ],
)
def test_a_ci_system_that_gives_no_token_is_named_and_not_quoted(
    made: Callable[..., Any], azure: Loopback, answer: Answer, kind: type[Exception]
) -> None:
    azure.on("GET", "/ci/token", answer)
    signed_in = made(
        ARM_CLIENT_ID=CLIENT,
        ARM_USE_OIDC="true",
        ARM_OIDC_REQUEST_URL=f"{azure.url}/ci/token",
        ARM_OIDC_REQUEST_TOKEN="CANARY-bearer",
    )
    with pytest.raises(kind, match=azure.host) as caught:
        token(signed_in, azure)
    assert "CANARY" not in str(caught.value)


def test_a_token_is_never_asked_for_without_tls(made: Callable[..., Any], azure: Loopback) -> None:
    signed_in = made(
        ARM_CLIENT_ID=CLIENT,
        ARM_USE_OIDC="true",
        ARM_OIDC_REQUEST_URL="http://localhost/ci/token",
        ARM_OIDC_REQUEST_TOKEN="CANARY-bearer",
    )
    with pytest.raises(BadInput, match="only https"):
        token(signed_in, azure)


def test_a_pod_with_workload_identity_gets_a_token(
    made: Callable[..., Any], azure: Loopback, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(JWT)
    signed_in = made(
        ARM_USE_AKS_WORKLOAD_IDENTITY="true",
        AZURE_CLIENT_ID=CLIENT,
        AZURE_TENANT_ID=TENANT,
        AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "token"),
    )
    assert type(signed_in).__name__ == "WorkloadIdentityCredential"
    assert token(signed_in, azure) == TOKEN
    assert assertion_sent(azure) == JWT


def test_a_managed_identity_is_the_librarys_even_in_a_pod_with_workload_identity(
    made: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    for name in ("IDENTITY_ENDPOINT", "MSI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.setenv(name, str(tmp_path))
    with caplog.at_level("INFO"):
        signed_in = made(ARM_USE_MSI="true", ARM_CLIENT_ID=CLIENT)
    assert type(signed_in).__name__ == "ManagedIdentityCredential"
    assert f"will use IMDS with client_id: {CLIENT}" in caplog.text


def test_a_managed_identity_has_an_address_of_its_own_where_one_is_set(
    made: Callable[..., Any], azure: Loopback
) -> None:
    answer = {"access_token": TOKEN, "expires_in": "3599", "token_type": "Bearer"}
    azure.on("GET", "/msi/token", Answer(200, answer))
    signed_in = made(ARM_USE_MSI="true", ARM_CLIENT_ID=CLIENT, ARM_MSI_ENDPOINT=f"{azure.url}/msi/token")
    assert token(signed_in, azure) == TOKEN
    (asked,) = azure.requests("GET", "/msi/token")
    assert asked.query == {"api-version": ["2018-02-01"], "resource": [azure.url], "client_id": [CLIENT]}
    assert asked.headers["Metadata"] == "true"


@pytest.mark.parametrize(
    "endpoint", ["http://identity.invalid/t", "ftp://localhost/t", "localhost", "http:///t"]
)
def test_an_identity_address_that_would_leave_the_machine_without_tls_is_refused(
    made: Callable[..., Any], endpoint: str
) -> None:
    with pytest.raises(BadInput, match="ARM_MSI_ENDPOINT"):
        made(ARM_USE_MSI="true", ARM_MSI_ENDPOINT=endpoint)


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `az` that answers as the real one does and notes its arguments."""
    answer = json.dumps({"accessToken": TOKEN, "expires_on": 4102444800, "tokenType": "Bearer"})
    script = tmp_path / "az"
    script.write_text(f"#!/bin/sh\necho \"$@\" >> '{tmp_path}/asked'\necho '{answer}'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "asked"


def test_the_azure_cli_is_asked_for_the_tenant_and_the_cloud(
    made: Callable[..., Any], azure: Loopback, az: Path
) -> None:
    signed_in = made(ARM_USE_CLI="true")
    assert type(signed_in).__name__ == "AzureCliCredential"
    assert token(signed_in, azure) == TOKEN
    asked = az.read_text()
    assert f"--tenant {TENANT}" in asked
    assert azure.url in asked


def test_without_a_tenant_the_azure_cli_takes_that_of_the_subscription(
    made: Callable[..., Any], azure: Loopback, az: Path
) -> None:
    token(made(ARM_USE_CLI="true", ARM_TENANT_ID=""), azure)
    assert f"--subscription {SUBSCRIPTION}" in az.read_text()
    assert "--tenant" not in az.read_text()


def test_with_nothing_set_the_azure_cli_comes_first_as_in_azurerm(
    made: Callable[..., Any], azure: Loopback, az: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What DefaultAzureCredential would take before the CLI.
    for name, value in {"CLIENT_ID": CLIENT, "TENANT_ID": TENANT, "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    assert token(made(), azure) == TOKEN
    assert az.exists()
    assert azure.requests("POST") == []


def test_with_nothing_set_and_no_azure_cli_the_default_chain_is_asked(
    made: Callable[..., Any], azure: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, value in {"CLIENT_ID": CLIENT, "TENANT_ID": TENANT, "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    assert token(made(), azure) == TOKEN
    assert azure.requests("POST", TOKEN_PATH)[0].form["client_secret"] == SECRET


def test_no_way_to_sign_in_is_one_clear_error(
    env: dict[str, str],
    make_arm: Callable[..., Any],
    azure: Loopback,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    arm = make_arm({"ARM_CLIENT_SECRET": "", "ARM_USE_CLI": "true"})
    with pytest.raises(NoCredentials) as caught:
        arm.get(CLUSTER, "2025-10-01")
    text = str(caught.value)
    assert "cannot sign in to Azure by Azure CLI" in text
    assert "ARM_CLIENT_ID is set, but none of ARM_CLIENT_SECRET" in text
    assert "az login" in text
    assert arm.requests == 0


def test_a_value_that_the_library_refuses_is_bad_input(made: Callable[..., Any]) -> None:
    with pytest.raises(BadInput, match="cannot sign in by client secret"):
        made(ARM_TENANT_ID="not a tenant/", ARM_CLIENT_ID=CLIENT, ARM_CLIENT_SECRET=SECRET)
