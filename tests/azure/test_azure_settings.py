"""Which way to sign in follows from which variables and provider attributes, as in azurerm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsync.azure.settings import Method, Settings, from_environment
from tfsync.azure.variables import VARIABLES
from tfsync.errors import BadInput

WHO = {"ARM_TENANT_ID": "tenant", "ARM_CLIENT_ID": "client"}
CERTIFICATE = {"ARM_CLIENT_CERTIFICATE_PATH": "/c.pfx"}
SECRET = {"ARM_CLIENT_SECRET": "s3cret"}
TOKEN = {"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "jwt"}
GITHUB = {
    "ARM_USE_OIDC": "true",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://ci.invalid/token",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer",
}
MSI = {"ARM_USE_MSI": "true"}
CLI = {"ARM_USE_CLI": "true"}


@pytest.mark.parametrize(
    ("env", "method"),
    [
        ({}, Method.DEFAULT),
        ({"ARM_TENANT_ID": "t", "ARM_SUBSCRIPTION_ID": "s"}, Method.DEFAULT),
        (CLI, Method.CLI),
        (MSI, Method.MANAGED_IDENTITY),
        ({**MSI, "ARM_CLIENT_ID": "user-assigned"}, Method.MANAGED_IDENTITY),
        ({**WHO, **GITHUB}, Method.OIDC_REQUEST),
        ({**WHO, **TOKEN}, Method.OIDC),
        ({**WHO, "ARM_USE_OIDC": "1", "ARM_OIDC_TOKEN_FILE_PATH": "/t"}, Method.OIDC),
        ({**WHO, **SECRET}, Method.SECRET),
        ({**WHO, "ARM_CLIENT_SECRET_FILE_PATH": "/s"}, Method.SECRET),
        ({**WHO, **CERTIFICATE}, Method.CERTIFICATE),
        ({**WHO, "ARM_CLIENT_CERTIFICATE": "AAAA"}, Method.CERTIFICATE),
        ({"ARM_TENANT_ID": "t", "ARM_CLIENT_ID_FILE_PATH": "/i", **SECRET}, Method.SECRET),
    ],
)
def test_each_way_to_sign_in_has_its_variables(env: Mapping[str, str], method: Method) -> None:
    assert from_environment(env).method is method


@pytest.mark.parametrize(
    ("stronger", "weaker", "method"),
    [
        (CERTIFICATE, SECRET, Method.CERTIFICATE),
        (SECRET, TOKEN, Method.SECRET),
        (TOKEN, GITHUB, Method.OIDC),
        (GITHUB, MSI, Method.OIDC_REQUEST),
        (MSI, CLI, Method.MANAGED_IDENTITY),
    ],
)
def test_the_order_is_azurerms(
    stronger: Mapping[str, str], weaker: Mapping[str, str], method: Method
) -> None:
    assert from_environment({**WHO, **weaker, **stronger}).method is method


def test_the_provider_block_wins_over_the_environment() -> None:
    env = {**WHO, **SECRET, "ARM_SUBSCRIPTION_ID": "from-env", "ARM_USE_CLI": "true"}
    settings = from_environment(
        env, {"subscription_id": "from-block", "client_id": "other", "use_msi": False}
    )
    assert (settings.subscription_id, settings.client_id) == ("from-block", "other")
    assert settings.tenant_id == "tenant"


def test_an_empty_text_in_the_provider_block_hides_the_variable() -> None:
    assert from_environment({**WHO, **SECRET, **CLI}, {"client_secret": ""}).method is Method.CLI


def test_an_empty_variable_is_none() -> None:
    assert from_environment({**WHO, **SECRET, "ARM_CLIENT_CERTIFICATE_PATH": ""}).method is Method.SECRET


@pytest.mark.parametrize(
    ("env", "url", "token"),
    [
        ({"ARM_OIDC_REQUEST_URL": "u", "ARM_OIDC_REQUEST_TOKEN": "t"}, "u", "t"),
        ({"SYSTEM_OIDCREQUESTURI": "u", "SYSTEM_ACCESSTOKEN": "t"}, "u", "t"),
        (
            {
                "ARM_OIDC_REQUEST_URL": "u",
                "ACTIONS_ID_TOKEN_REQUEST_URL": "v",
                "SYSTEM_OIDCREQUESTURI": "w",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
            },
            "u",
            "t",
        ),
    ],
)
def test_ci_systems_name_the_token_request_in_their_own_ways(
    env: Mapping[str, str], url: str, token: str
) -> None:
    settings = from_environment({**WHO, "ARM_USE_OIDC": "true", **env})
    assert settings.method is Method.OIDC_REQUEST
    assert (settings.oidc_request_url, settings.oidc_request_token) == (url, token)


def test_a_pod_with_workload_identity_needs_nothing_else() -> None:
    pod = {
        "ARM_USE_AKS_WORKLOAD_IDENTITY": "true",
        "AZURE_TENANT_ID": "t",
        "AZURE_CLIENT_ID": "c",
        "AZURE_FEDERATED_TOKEN_FILE": "/var/run/token",
    }
    settings = from_environment(pod)
    assert settings.method is Method.WORKLOAD_IDENTITY
    assert (settings.tenant_id, settings.client_id, settings.oidc_token_files) == (
        "t",
        "c",
        ("/var/run/token",),
    )


def test_a_pod_that_is_told_two_clients_is_refused_without_naming_them() -> None:
    pod = {"ARM_USE_AKS_WORKLOAD_IDENTITY": "true", "ARM_CLIENT_ID": "one", "AZURE_CLIENT_ID": "two"}
    with pytest.raises(BadInput) as caught:
        from_environment(pod)
    assert "ARM_CLIENT_ID and AZURE_CLIENT_ID" in str(caught.value)
    assert "one" not in str(caught.value).replace("one of them", "")


@pytest.mark.parametrize("word", ["yes", "TrUe", "2", "on"])
def test_a_flag_that_terraform_would_not_take_is_refused(word: str) -> None:
    with pytest.raises(BadInput, match="ARM_USE_OIDC: must be true or false"):
        from_environment({"ARM_USE_OIDC": word})


@pytest.mark.parametrize("word", ["1", "t", "T", "TRUE", "true", "True"])
def test_the_words_for_true_are_gos(word: str) -> None:
    assert from_environment({"ARM_USE_MSI": word}).method is Method.MANAGED_IDENTITY


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "Set ARM_TENANT_ID"),
        ({"ARM_CLIENT_ID": "x-1"}, "ARM_CLIENT_ID is set, but none of"),
        (SECRET, "ARM_CLIENT_SECRET is set, but ARM_TENANT_ID and ARM_CLIENT_ID is not"),
        ({**WHO, "ARM_USE_OIDC": "true"}, "there is no token"),
        ({**WHO, "ARM_OIDC_TOKEN": "x-2"}, "ARM_OIDC_TOKEN is set, but ARM_USE_OIDC is not true"),
        (GITHUB, "ACTIONS_ID_TOKEN_REQUEST_URL is set, but ARM_TENANT_ID and ARM_CLIENT_ID is not"),
    ],
)
def test_halves_are_refused_by_name_where_azurerm_has_nothing_left(env: Mapping[str, str], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_environment({**env, "ARM_USE_CLI": "false"})
    assert said in str(caught.value)
    for value in env.values():
        assert value == "true" or value not in str(caught.value)


def test_halves_fall_back_to_the_azure_cli_as_in_azurerm_and_are_remembered() -> None:
    settings = from_environment(SECRET)
    assert settings.method is Method.CLI
    assert settings.incomplete == ("ARM_CLIENT_SECRET is set, but ARM_TENANT_ID and ARM_CLIENT_ID is not.",)


def test_an_unknown_cloud_is_refused_unless_a_metadata_host_knows_it() -> None:
    with pytest.raises(BadInput, match="ARM_ENVIRONMENT: no Azure cloud"):
        from_environment({"ARM_ENVIRONMENT": "mars"})
    assert from_environment({"ARM_ENVIRONMENT": "mars", "ARM_METADATA_HOSTNAME": "h"}).environment == "mars"


@pytest.mark.parametrize(
    ("env", "file"),
    [
        ({"SSL_CERT_FILE": "/go.pem", "REQUESTS_CA_BUNDLE": "/py.pem"}, "/go.pem"),
        ({"REQUESTS_CA_BUNDLE": "/py.pem"}, "/py.pem"),
        ({}, None),
    ],
)
def test_the_authorities_that_terraform_trusts_come_first(env: Mapping[str, str], file: str | None) -> None:
    assert from_environment(env).ca_file == file


@pytest.mark.parametrize("known", ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"])
def test_an_identity_endpoint_that_the_library_finds_is_left_to_it(known: str) -> None:
    env = {**MSI, "ARM_MSI_ENDPOINT": "http://localhost:1/msi"}
    assert from_environment(env).msi_endpoint == "http://localhost:1/msi"
    assert from_environment({**env, known: "http://localhost:1/msi"}).msi_endpoint is None


def test_a_password_keeps_its_blanks_and_a_secret_does_not() -> None:
    settings = from_environment({"ARM_CLIENT_CERTIFICATE_PASSWORD": " p ", "ARM_CLIENT_SECRET": " s\n"})
    assert (settings.certificate_password, settings.client_secret) == (" p ", "s")


SECRETS = (
    "client_secret",
    "client_certificate",
    "client_certificate_password",
    "oidc_token",
    "oidc_request_token",
)


def test_no_secret_is_in_the_repr() -> None:
    provider: dict[str, Any] = {name: f"CANARY-{name}" for name in SECRETS}
    settings = from_environment(WHO, provider)
    assert settings.client_secret == "CANARY-client_secret"
    assert "CANARY" not in repr(settings)


@given(
    st.dictionaries(
        st.sampled_from([name for names in VARIABLES.values() for name in names]),
        st.one_of(st.sampled_from(["true", "false", "", "public"]), st.just("CANARY-value")),
    )
)
def test_any_environment_gives_settings_or_a_message_without_a_value(env: dict[str, str]) -> None:
    said = _settings_or_message(env)
    assert "CANARY" not in (" ".join(said.incomplete) if isinstance(said, Settings) else said)


def _settings_or_message(env: dict[str, str]) -> Settings | str:
    try:
        return from_environment(env)
    except BadInput as error:
        return str(error)
