"""What the network and a busy service do, and what is repeated because of it: never more than is safe."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.azure.conftest import Waited
from tests.azure.loopback import SUBSCRIPTION, TENANT, Answer, CertificateAuthority, Loopback
from tfsync.azure import Arm
from tfsync.azure.errors import (
    ChangedSinceRead,
    Forbidden,
    NoCredentials,
    Refused,
    ResponseLost,
    Throttled,
    Unreachable,
)
from tfsync.errors import BadInput

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
EXTENSION = f"{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/flux"
API = "2025-10-01"
DONE = Answer(200, {"properties": {"provisioningState": "Succeeded"}})
CHANGED = Answer(412, {"code": "PreconditionFailed", "message": "The eTag does not match."})


def error(status: int, code: str, message: str = "no", **headers: str) -> Answer:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": {"code": code, "message": message}}, headers)


def puts(azure: Loopback) -> int:
    return len(azure.requests("PUT"))


def test_throttling_waits_as_long_as_azure_asks_and_says_so(
    arm: Arm, azure: Loopback, waited: Waited
) -> None:
    azure.on("PUT", CLUSTER, error(429, "Throttled", Retry_After="7"), DONE)
    arm.put(CLUSTER, API, {}, etag="e")
    assert waited.slept == [7]
    assert waited.said == ["throttled, retry in 7 s"]
    assert (puts(azure), arm.requests) == (2, 2)


def test_throttling_ends_after_a_few_tries(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", CLUSTER, error(429, "Throttled", Retry_After="9"))
    with pytest.raises(Throttled) as caught:
        arm.get(CLUSTER, API)
    assert caught.value.retry_after == 9
    assert len(azure.requests("GET", CLUSTER)) == 6


def test_a_wait_longer_than_the_time_limit_is_not_begun(
    make_arm: Callable[..., Arm], azure: Loopback, waited: Waited
) -> None:
    azure.on("GET", CLUSTER, error(429, "Throttled", Retry_After="3600"))
    with pytest.raises(Throttled):
        make_arm(timeout=60).get(CLUSTER, API)
    assert waited.slept == []


def test_throttling_while_an_operation_is_polled_is_waited_out(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, Answer(200, {}, {"Azure-AsyncOperation": "{url}/operations/1"}))
    azure.on("GET", "/operations/1", error(429, "Throttled"), Answer(200, {"status": "Succeeded"}))
    arm.put(CLUSTER, API, {}, etag="e")
    assert puts(azure) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(arm: Arm, azure: Loopback, waited: Waited, status: int) -> None:
    azure.on("PUT", CLUSTER, error(status, "ServerBusy"), DONE)
    arm.put(CLUSTER, API, {}, etag="e")
    assert puts(azure) == 2
    assert waited.said == [f"Azure answered {status}, retry in 1 s"]


def test_a_server_that_stays_in_trouble_is_unreachable(arm: Arm, azure: Loopback) -> None:
    azure.on("GET", CLUSTER, error(503, "ServerBusy", "come back later"))
    with pytest.raises(Unreachable, match="come back later"):
        arm.get(CLUSTER, API)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_without_if_match_a_write_that_may_have_been_done_is_not_repeated(
    arm: Arm, azure: Loopback, status: int
) -> None:
    azure.on("PUT", CLUSTER, error(status, "InternalServerError"))
    with pytest.raises(Unreachable):
        arm.put(CLUSTER, API, {}, etag=None)
    assert puts(azure) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_without_if_match_a_write_that_was_turned_away_is_repeated(
    arm: Arm, azure: Loopback, status: int
) -> None:
    azure.on("PUT", CLUSTER, error(status, "Throttled"), DONE)
    arm.put(CLUSTER, API, {}, etag=None)
    assert puts(azure) == 2


def test_a_write_whose_connection_breaks_is_repeated_under_if_match(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, Answer(reset=True), DONE)
    arm.put(CLUSTER, API, {"same": "body"}, etag="e")
    first, second = azure.requests("PUT")
    assert (first.raw, first.headers["If-Match"]) == (second.raw, second.headers["If-Match"])


def test_when_the_broken_write_had_been_done_the_repetition_says_changed(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, Answer(reset=True), CHANGED)
    with pytest.raises(ChangedSinceRead):
        arm.put(CLUSTER, API, {}, etag="e")


def test_without_if_match_a_broken_write_is_left_open(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, Answer(reset=True), DONE)
    with pytest.raises(ResponseLost):
        arm.put(CLUSTER, API, {}, etag=None)
    assert puts(azure) == 1


def test_a_write_whose_answer_breaks_off_is_left_open(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, Answer(200, {"properties": {}}, broken=True))
    with pytest.raises(ResponseLost):
        arm.put(CLUSTER, API, {}, etag="e")


def test_a_broken_patch_is_left_open(arm: Arm, azure: Loopback) -> None:
    azure.on("PATCH", EXTENSION, Answer(reset=True))
    with pytest.raises(ResponseLost):
        arm.patch(EXTENSION, API, {"properties": {}})
    assert len(azure.requests("PATCH")) == 1


def test_a_connection_that_keeps_breaking_ends(arm: Arm, azure: Loopback, waited: Waited) -> None:
    azure.on("GET", CLUSTER, Answer(reset=True))
    with pytest.raises(Unreachable):
        arm.get(CLUSTER, API)
    assert len(azure.requests("GET", CLUSTER)) == 4
    assert waited.said == ["no answer, retry in 0 s", "no answer, retry in 2 s", "no answer, retry in 3 s"]


def test_a_short_outage_during_an_operation_does_not_end_it(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, Answer(200, {}, {"Azure-AsyncOperation": "{url}/operations/1"}))
    outage = [Answer(reset=True)] * 6
    azure.on("GET", "/operations/1", *outage, Answer(200, {"status": "Succeeded"}))
    arm.put(CLUSTER, API, {}, etag="e")
    assert puts(azure) == 1


@pytest.mark.parametrize("answer", [Answer(reset=True), error(503, "ServerBusy"), error(429, "Throttled")])
def test_an_operation_that_is_lost_from_sight_leaves_the_write_open(
    arm: Arm, azure: Loopback, answer: Answer
) -> None:
    azure.on("PUT", CLUSTER, Answer(200, {}, {"Azure-AsyncOperation": "{url}/operations/1"}))
    azure.on("GET", "/operations/1", answer)
    with pytest.raises(ResponseLost, match="was accepted"):
        arm.put(CLUSTER, API, {}, etag="e")
    assert puts(azure) == 1


@pytest.mark.parametrize(
    "answer",
    [
        CHANGED,
        Answer(412, None, {"Retry-After": "1"}),
        error(409, "EtagMismatch", "Another operation is in progress", Retry_After="1"),
        error(412, "PreconditionFailed"),
    ],
)
def test_a_lost_race_is_never_repeated(arm: Arm, azure: Loopback, answer: Answer, waited: Waited) -> None:
    azure.on("PUT", CLUSTER, answer)
    with pytest.raises(ChangedSinceRead):
        arm.put(CLUSTER, API, {}, etag="e")
    assert (puts(azure), waited.slept) == (1, [])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(403, "AuthorizationFailed"), Forbidden),
        (error(403, "RequestDisallowedByPolicy"), Forbidden),
        (error(409, "ScopeLocked", Retry_After="1"), Forbidden),
        (error(409, "QuotaExceeded", Retry_After="1"), Refused),
        (error(409, "OperationNotAllowed", "the cluster is stopped", Retry_After="1"), Refused),
        (error(400, "ValidationError"), Refused),
    ],
)
def test_what_waiting_does_not_change_is_not_waited_for(
    arm: Arm, azure: Loopback, answer: Answer, kind: type[Exception], waited: Waited
) -> None:
    azure.on("PUT", CLUSTER, answer)
    with pytest.raises(kind):
        arm.put(CLUSTER, API, {}, etag="e")
    assert (puts(azure), waited.slept) == (1, [])


def test_nobody_listening_is_unreachable(
    make_arm: Callable[..., Arm], azure: Loopback, waited: Waited
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"localhost:{unused.getsockname()[1]}"
        azure.on(
            "GET",
            "/metadata/endpoints",
            Answer(200, {**azure.metadata(), "resourceManager": f"https://{host}"}),
        )
        with pytest.raises(Unreachable, match=f"{host} cannot be reached"):
            make_arm().get(CLUSTER, API)
    assert waited.said[0] == "no connection, retry in 0 s"


def test_a_write_that_reaches_nobody_was_not_done(make_arm: Callable[..., Arm], azure: Loopback) -> None:
    nowhere = {**azure.metadata(), "resourceManager": "https://tfsync-test.invalid"}
    azure.on("GET", "/metadata/endpoints", Answer(200, nowhere))
    with pytest.raises(Unreachable) as caught:
        make_arm().put(CLUSTER, API, {}, etag=None)
    assert not isinstance(caught.value, ResponseLost)


def test_a_tls_connection_that_breaks_is_no_proof_that_nothing_was_sent() -> None:
    import ssl

    from azure.core.exceptions import ServiceRequestError
    from urllib3.exceptions import NewConnectionError

    from tfsync.azure.pipeline import certificate_refused, never_sent

    def as_azure_core_wraps(cause: Exception) -> ServiceRequestError:
        return ServiceRequestError(cause, error=OSError(cause))

    assert not never_sent(as_azure_core_wraps(ssl.SSLError("bad record mac")))
    assert never_sent(as_azure_core_wraps(NewConnectionError(None, "refused")))  # type: ignore[arg-type]
    untrusted = as_azure_core_wraps(ssl.SSLCertVerificationError("self-signed"))
    assert never_sent(untrusted)
    assert certificate_refused(untrusted)


def test_an_untrusted_certificate_is_named_and_not_tried_again(
    make_arm: Callable[..., Arm],
    azure: Loopback,
    authority: CertificateAuthority,
    tmp_path: Path,
    waited: Waited,
) -> None:
    stranger = Loopback(CertificateAuthority(tmp_path))
    try:
        azure.on(
            "GET", "/metadata/endpoints", Answer(200, {**azure.metadata(), "resourceManager": stranger.url})
        )
        with pytest.raises(Unreachable, match="is not trusted") as caught:
            make_arm().get(CLUSTER, API)
    finally:
        stranger.close()
    assert "SSL_CERT_FILE" in str(caught.value)
    assert waited.slept == []
    assert stranger.asked == []


def test_a_missing_bundle_is_bad_input(make_arm: Callable[..., Arm], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="SSL_CERT_FILE"):
        make_arm({"SSL_CERT_FILE": str(tmp_path / "none.pem")}).get(CLUSTER, API)


@pytest.mark.parametrize("page", [b"<html>please sign in</html>", b"[]", b""])
def test_a_page_of_a_proxy_is_no_answer(arm: Arm, azure: Loopback, page: bytes) -> None:
    azure.on("GET", CLUSTER, Answer(200, page))
    with pytest.raises(Unreachable, match="not a resource in JSON"):
        arm.get(CLUSTER, API)


def test_a_write_that_is_answered_by_a_page_is_left_open(arm: Arm, azure: Loopback) -> None:
    azure.on("PUT", CLUSTER, Answer(200, b"<html>please sign in</html>"), Answer(202, {}))
    for _ in range(2):
        with pytest.raises(ResponseLost):
            arm.put(CLUSTER, API, {}, etag="e")


@pytest.mark.parametrize("nonsense", ["soon", "-1", "0", ""])
def test_a_retry_after_that_says_nothing_is_none(
    arm: Arm, azure: Loopback, waited: Waited, nonsense: str
) -> None:
    azure.on("GET", CLUSTER, error(429, "Throttled", Retry_After=nonsense), DONE)
    arm.get(CLUSTER, API)
    assert waited.slept == [1]


def test_a_refused_secret_is_said_without_it(make_arm: Callable[..., Arm], azure: Loopback) -> None:
    refused = {
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret provided.",
    }
    azure.on("POST", f"/{TENANT}/oauth2/v2.0/token", Answer(401, refused))
    with pytest.raises(NoCredentials, match="AADSTS7000215") as caught:
        make_arm().get(CLUSTER, API)
    assert "CANARY" not in str(caught.value)
    assert "by client secret" in str(caught.value)


def test_a_login_host_in_trouble_is_no_credentials(
    make_arm: Callable[..., Arm], azure: Loopback, waited: Waited
) -> None:
    broken = {**azure.metadata()}
    broken["authentication"] = {**broken["authentication"], "loginEndpoint": "https://tfsync-test.invalid"}
    azure.on("GET", "/metadata/endpoints", Answer(200, broken))
    with pytest.raises(NoCredentials):
        make_arm().get(CLUSTER, API)
    assert waited.slept == [], "what the identity library has tried is not tried once more"


def test_a_token_that_arm_does_not_take_is_no_credentials(arm: Arm, azure: Loopback) -> None:
    azure.on(
        "GET", CLUSTER, error(401, "InvalidAuthenticationTokenTenant", "The token is of the wrong tenant.")
    )
    with pytest.raises(NoCredentials, match="wrong tenant"):
        arm.get(CLUSTER, API)


def test_secrets_of_a_write_that_azure_repeats_are_hidden(arm: Arm, azure: Loopback) -> None:
    body: dict[str, Any] = {"properties": {"configurationProtectedSettings": {"token": "CANARY-setting"}}}
    azure.on("PATCH", EXTENSION, error(400, "InvalidSettings", "token=CANARY-setting is not valid"))
    with pytest.raises(Refused, match=r"token=\(hidden\) is not valid") as caught:
        arm.patch(EXTENSION, API, body)
    assert "CANARY" not in repr(caught.value)
