"""Every answer of Azure has a kind, and advice that fits it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsync.azure import errors
from tfsync.azure.errors import ArmFault, parse_error
from tfsync.errors import ArmError


def flat(code: str, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"code": code, "details": None, "message": message, "subcode": "", "target": "", **more}


def nested(code: str, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


PENDING = "Another operation is in progress. Please see https://aka.ms/aks-pending-operation for details."


@pytest.mark.parametrize("shape", [flat, nested])
@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (
            400,
            "PropertyChangeNotAllowed",
            "Changing property 'properties.vmSize' is not allowed.",
            "ChangeNotAllowed",
        ),
        (409, "PropertyChangeNotAllowed", "Compute says so, too", "ChangeNotAllowed"),
        (400, "OIDCIssuerFeatureCannotBeDisabled", "no", "ChangeNotAllowed"),
        (
            400,
            "BadRequest",
            "Changing enablePrivateCluster is not allowed. It can only be set while creating the cluster.",
            "ChangeNotAllowed",
        ),
        (409, "OperationNotAllowed", PENDING, "OperationInProgress"),
        (409, "Conflict", "there is a pending operation on it", "OperationInProgress"),
        (
            409,
            "OperationNotAllowed",
            "The cluster is stopped; no operation in progress is allowed",
            "Refused",
        ),
        (
            409,
            "OperationNotAllowed",
            "Upgrading 1.29 to 1.31 is not allowed: versions cannot be skipped",
            "Refused",
        ),
        (
            409,
            "EtagMismatch",
            "Operation is not allowed: Another operation is in progress",
            "ChangedSinceRead",
        ),
        (412, "PreconditionFailed", "no", "ChangedSinceRead"),
        (412, "Whatever", "no", "ChangedSinceRead"),
        (404, "ResourceNotFound", "no", "NotFound"),
        (404, "Whatever", "no", "NotFound"),
        (429, "Throttled", "no", "Throttled"),
        (429, "Whatever", "no", "Throttled"),
        (403, "AuthorizationFailed", "no", "Forbidden"),
        (403, "LinkedAuthorizationFailed", "no", "Forbidden"),
        (403, "RequestDisallowedByPolicy", "no", "Forbidden"),
        (409, "ScopeLocked", "no", "Forbidden"),
        (400, "ResourceMissingPermissionError", "no", "Forbidden"),
        (403, "Whatever", "no", "Forbidden"),
        (401, "InvalidAuthenticationToken", "no", "NoCredentials"),
        (400, "QuotaExceeded", "no", "Refused"),
        (400, "K8sVersionNotSupported", "no", "Refused"),
        (500, "InternalServerError", "no", "Unreachable"),
        (503, "ServerBusy", "no", "Unreachable"),
    ],
)
def test_an_answer_has_one_kind_in_either_shape(
    shape: Any, status: int, code: str, message: str, kind: str
) -> None:
    fault = parse_error(status, shape(code, message))
    assert type(fault).__name__ == kind
    assert (fault.code, fault.status) == (code, status)
    assert message in fault.message
    assert code in fault.message


def test_the_property_that_does_not_change_is_named() -> None:
    fault = parse_error(400, flat("PropertyChangeNotAllowed", target="properties.dnsPrefix"))
    assert fault.target == "properties.dnsPrefix"


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("ScopeLocked", "lock"),
        ("RequestDisallowedByPolicy", "Policy"),
        ("AuthorizationFailed", "Contributor"),
        ("LinkedAuthorizationFailed", "another resource"),
        ("QuotaExceeded", "quota"),
        ("SubnetIsFull", "subnet"),
        ("PrivateResourcesOverConstrained", "quota"),
        ("KataFeatureFlagNotEnabled", "az feature register"),
        ("OperationNotAllowed", "az aks start"),
    ],
)
def test_the_hint_says_what_to_do(code: str, word: str) -> None:
    assert word in str(parse_error(409, flat(code, "the cluster is stopped")).hint)


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - {"parse_error", "ArmFault", "Refused"}))
def test_every_kind_but_the_open_one_has_advice(name: str) -> None:
    assert getattr(errors, name)("m").hint
    assert issubclass(getattr(errors, name), ArmError)


def test_an_answer_within_an_answer_is_opened() -> None:
    inner = json.dumps(
        {"status": "Failed", "error": {"code": "SubnetIsFull", "message": "no addresses left"}}
    )
    fault = parse_error(409, nested("Conflict", inner))
    assert (fault.code, fault.message) == ("SubnetIsFull", "no addresses left (SubnetIsFull)")


def test_an_envelope_gives_way_to_the_reason_and_its_details() -> None:
    reason = {"code": "PodDrainFailure", "message": "drain failed", "details": [{"message": "budget of web"}]}
    failed = {"status": "Failed", **nested("ResourceOperationFailure", "it failed", details=[reason])}
    fault = parse_error(200, failed)
    assert type(fault) is errors.OperationFailed
    assert fault.message == "drain failed budget of web (PodDrainFailure)"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Throttled", "OperationFailed"),  # Compute inside the operation, not this request
        ("NotFound", "OperationFailed"),  # something that the operation needed
        ("AKSOperationPreempted", "ChangedSinceRead"),
        ("PropertyChangeNotAllowed", "ChangeNotAllowed"),
    ],
)
@pytest.mark.parametrize("ended", ["Failed", "Canceled"])
def test_inside_a_failed_operation_a_code_means_less(ended: str, code: str, kind: str) -> None:
    assert type(parse_error(200, {"status": ended, **nested(code)})).__name__ == kind


def test_a_failed_operation_may_say_nothing() -> None:
    fault = parse_error(200, {"status": "Canceled"})
    assert type(fault) is errors.OperationFailed
    assert "Canceled" in fault.message


@pytest.mark.parametrize("body", [None, b"", b"<html>", b"[]", b'"x"', b'{"error": "x"}', "\x00", {}])
@pytest.mark.parametrize(("status", "kind"), [(404, "NotFound"), (418, "Refused"), (502, "Unreachable")])
def test_an_answer_without_a_reason_is_judged_by_its_status(body: Any, status: int, kind: str) -> None:
    fault = parse_error(status, body)
    assert type(fault).__name__ == kind
    assert str(status) in fault.message


@pytest.mark.parametrize(
    "leak",
    [
        "the token eyJhbGciOiJSUzI1NiJ9.CANARY.sig is expired",
        "Authorization: Bearer CANARY",
        "GET https://x/op?api-version=1&sig=CANARY",
        "client_secret=CANARY&grant_type=client_credentials",
        "helm: password CANARY-2 is too short",
    ],
)
def test_no_message_repeats_a_secret(leak: str) -> None:
    fault = parse_error(400, flat("Bad", leak), secrets=["CANARY-2"])
    assert "CANARY" not in str(fault)
    assert "(hidden)" in fault.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "code", "message", "details", "innererror", "status", "properties", "target"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from([None, 200, 400, 403, 404, 409, 412, 429, 500]), json_values)
def test_any_answer_at_all_becomes_a_fault(status: int | None, body: Any) -> None:
    fault = parse_error(status, json.dumps(body), where="somewhere")
    assert isinstance(fault, ArmFault)
    assert fault.message
    assert str(fault).startswith("somewhere: ")
