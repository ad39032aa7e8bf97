"""The document: valid against the shipped schema, in the promised order, and without a secret."""

from __future__ import annotations

import copy
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.recorded import Recording, recordings
from tests.report.judging import documented, judged, live_bodies
from tfsync.report import FORMATS, Failure, Run, document, outcome_text, render
from tfsync.rules import builtin_rules
from tfsync.terraform.positions import Position
from tfsync.triage import ArmChange, ArmWrite, AttributeVerdict, ResourceVerdict, Triage, triage

SCHEMA = json.loads((resources.files("tfsync.report") / "schema.json").read_text(encoding="utf-8"))
CLUSTER = "azurerm_kubernetes_cluster.aks"


def strict(schema: Any) -> Any:
    """The schema without room for a key that it does not describe."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if made.get("type") == "object" and "properties" in made:
        made["additionalProperties"] = False
    return made


STRICT = Draft202012Validator(strict(copy.deepcopy(SCHEMA)))


def complaints(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in STRICT.iter_errors(document)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("live", [False, True], ids=["unread", "read"])
@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_documents_of_recordings_are_as_the_schema_says(recording: Recording, live: bool) -> None:
    bodies = live_bodies(recording) if live else {}
    made = documented(triage(recording.plan(), builtin_rules(), live=bodies), live=bodies)

    assert complaints(json.loads(render(made, "json"))) == []


def test_a_run_is_as_the_schema_says() -> None:
    run = Run(
        applied=False,
        kept=(CLUSTER,),
        written=(CLUSTER,),
        failed=(Failure("azurerm_kubernetes_cluster.other", "409 Conflict"),),
        differences=("azurerm_x.y: was not in the approved plan",),
        residual={"update": 1, "create": 0},
        left=("azurerm_x.y",),
        arm_requests=4,
        terraform_invocations=5,
        seconds=12.345,
        journal="2026-01-01-abc",
    )
    made = judged("5.2.0/cascade-lb-sku", run=run)

    assert complaints(json.loads(render(made, "json"))) == []
    assert made["outcome"]["failed"] == [
        {"address": "azurerm_kubernetes_cluster.other", "message": "409 Conflict"}
    ]
    assert made["outcome"]["seconds"] == 12.3
    assert list(made["outcome"]["residual"]) == ["create", "update"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("resources", 0, "attributes", 0, "before"), "a secret"),
        (("writes", 0, "changes", 0, "through"), ["a secret"]),
        (("writes", 0, "changes", 0, "after"), "a secret"),
    ],
)
def test_the_schema_itself_refuses_a_sensitive_value(place: tuple[str | int, ...], value: Any) -> None:
    made = judged("5.2.0/lb-sku-basic-to-standard")
    made["resources"][0]["attributes"][0].update(sensitive=True, before=None, after=None)
    made["writes"][0]["changes"][0].update(sensitive=True, before=None, after=None)
    assert complaints(made) == []

    *way, last = place
    target: Any = made
    for step in way:
        target = target[step]
    target[last] = value

    assert len(complaints(made)) == 1


CONTRACT = {
    "top": "format_version tfsync_version terraform_version providers summary resources writes",
    "summary": "in_place opt_in edit_config phantom cascade requested unavoidable terraform "
    "destroys_planned destroys_after",
    "resource": "address type actions verdict root attributes",
    "attribute": "path verdict rule before after effects reason advice sensitive",
    "write": "address arm_id method api_version changes",
    "change": "arm_path before after",
}


def test_keys_come_in_the_order_of_the_contract() -> None:
    made = judged("5.2.0/lb-sku-basic-to-standard", live=True)
    resource, write = made["resources"][0], made["writes"][0]
    parts = {
        "top": made,
        "summary": made["summary"],
        "resource": resource,
        "attribute": resource["attributes"][0],
        "write": write,
        "change": write["changes"][0],
    }

    for name, keys in CONTRACT.items():
        assert [key for key in parts[name] if key in keys.split()] == keys.split()


def test_providers_are_sorted_whatever_order_the_lock_file_had() -> None:
    made = document(
        Triage((), (), 0), terraform_version="1", providers={"b": "2", "a": "1"}, tfsync_version="0"
    )

    assert list(made["providers"]) == ["a", "b"]


def test_an_attribute_is_what_the_plan_says_in_terraforms_notation() -> None:
    attribute = judged("5.2.0/cascade-lb-sku")["resources"][0]["attributes"][0]

    assert attribute["path"] == "network_profile[0].load_balancer_sku"
    assert (attribute["before"], attribute["after"]) == ("basic", "standard")
    assert attribute["rule"] == "cluster/load-balancer-sku"
    assert attribute["effects"] == ["downtime", "one_way"]


def test_a_write_shows_what_arm_held_before_only_where_arm_was_read() -> None:
    unread = judged("5.2.0/lb-sku-basic-to-standard")["writes"][0]
    read = judged("5.2.0/lb-sku-basic-to-standard", live=True)["writes"][0]

    assert (unread["read"], unread["changes"][0]["before"]) == (False, None)
    assert (read["read"], read["changes"][0]["before"]) == (True, "basic")
    assert read["changes"][0]["after"] == "standard"


def test_a_write_in_steps_shows_what_it_goes_through() -> None:
    (change,) = judged("5.2.0/network-policy-calico-to-azure", live=True)["writes"][0]["changes"]

    assert (change["before"], change["through"], change["after"]) == ("calico", ["none"], "azure")


def test_a_position_is_the_attributes_own_else_that_of_the_block_around_it() -> None:
    path = ("network_profile", 0, "load_balancer_sku")
    resource = Position(Path("main.tf"), 1)
    block = Position(Path("main.tf"), 20)
    own = Position(Path("network") / "main.tf", 22)

    def position(*known: tuple[tuple[str | int, ...], Position]) -> Any:
        positions = {(CLUSTER, at): where for at, where in known}
        return judged("5.2.0/cascade-lb-sku", positions=positions)["resources"][0]["attributes"][0][
            "position"
        ]

    assert position(((), resource), (path[:1], block), (path, own)) == {"file": "network/main.tf", "line": 22}
    assert position(((), resource), (path[:1], block)) == {"file": "main.tf", "line": 20}
    assert position(((), resource)) == {"file": "main.tf", "line": 1}
    assert position() is None


SECRET = "c4n4ry-" + "x" * 40
holding = st.recursive(
    st.sampled_from([SECRET, f"before {SECRET} after", f'{{"key": "{SECRET}"}}']),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(max_size=5), inner, min_size=1)
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(before=holding, after=holding, unknown=st.booleans())
def test_what_is_marked_sensitive_is_in_no_format(before: Any, after: Any, unknown: bool) -> None:
    """Even where triage forgot to leave a sensitive value behind."""
    write = ArmWrite(
        CLUSTER,
        "/id",
        "PUT",
        "2025-10-01",
        (ArmChange("properties.a[0].b", (before, after), sensitive=True),),
    )
    attribute = AttributeVerdict(
        ("a", 0, "b"), "in_place", "why", before=before, after=after, unknown=unknown, sensitive=True
    )
    resource = ResourceVerdict(
        CLUSTER, "azurerm_kubernetes_cluster", ("delete", "create"), "in_place", (attribute,)
    )
    made = documented(
        Triage((resource,), (write,), 1),
        live={CLUSTER: {"properties": {"a": [{"b": before}]}}},
        run=Run(applied=True, written=(CLUSTER,), kept=(CLUSTER,)),
    )

    printed = [render(made, name) for name in FORMATS] + [outcome_text(made)]

    assert [text for text in printed if SECRET in text] == []
    assert "(sensitive)" in printed[0]
    assert complaints(made) == []
