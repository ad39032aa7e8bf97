"""Reading plan JSON: every recording, what newer terraforms may add, and what is no plan at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recorded import RECORDINGS, Recording, recording, recordings
from tfsync.attributes import MISSING, lookup
from tfsync.errors import BadInput, TerraformFailed
from tfsync.terraform.plan import Plan, decode_plan, read_plan
from tfsync.terraform.workspace import Workspace


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_every_recording_is_read_as_it_was_written(recording: Recording) -> None:
    """Compared with the plain JSON, value by value."""
    plan = recording.plan()
    document = json.loads((recording.path / "plan.json").read_bytes())
    assert plan.terraform_version == document["terraform_version"]
    assert [entry.address for entry in plan.resource_changes] == [
        entry["address"] for entry in document["resource_changes"]
    ]
    assert plan.variables == {
        name: entry.get("value") for name, entry in document.get("variables", {}).items()
    }
    assert plan.configuration == document["configuration"]
    for entry, raw in zip(plan.resource_changes, document["resource_changes"], strict=True):
        change, written = entry.change, raw["change"]
        assert (entry.type, entry.action_reason) == (raw["type"], raw.get("action_reason"))
        assert list(change.actions) == written["actions"]
        for name in ("before", "after", "after_unknown", "before_sensitive", "after_sensitive"):
            assert getattr(change, name) == written.get(name), name
        assert [list(path) for path in change.replace_paths] == written.get("replace_paths", [])
        assert change.is_replacement == (set(written["actions"]) == {"delete", "create"})


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_every_replace_path_leads_somewhere(recording: Recording) -> None:
    """In before or after; a block that goes or comes is there in one of them only."""
    for entry in recording.plan().resource_changes:
        for path in entry.change.replace_paths:
            sides = (entry.change.before, entry.change.after, entry.change.after_unknown)
            assert any(lookup(side, path) is not MISSING for side in sides), path


def test_a_cascade_in_full() -> None:
    plan = recording("5.2.0/cascade-lb-sku").plan()
    cluster = plan.by_address["azurerm_kubernetes_cluster.aks"]
    assert cluster.change.is_replacement
    assert cluster.change.destroys
    assert cluster.action_reason == "replace_because_cannot_update"
    assert cluster.change.replace_paths == (("network_profile", 0, "load_balancer_sku"),)
    assert cluster.change.before["network_profile"][0]["load_balancer_sku"] == "basic"
    assert cluster.change.after["network_profile"][0]["load_balancer_sku"] == "standard"
    assert sum(entry.change.destroys for entry in plan.resource_changes) == 5


def test_a_plan_is_frozen() -> None:
    plan = recording("5.2.0/cascade-lb-sku").plan()
    with pytest.raises(AttributeError):
        plan.resource_changes[0].address = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        plan.complete = False  # type: ignore[misc]


def test_values_are_decoded_only_when_asked_for() -> None:
    plan = recording("5.2.0/cascade-lb-sku").plan()
    change = plan.resource_changes[0].change
    assert isinstance(change.raw_before, msgspec.Raw)
    assert "before" not in vars(change)
    assert change.before is change.before


# --- what others add ----------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
UNKNOWN = st.dictionaries(st.text(min_size=1).map(lambda name: f"x_{name}"), JSON, max_size=4)
MINIMAL: dict[str, Any] = {
    "format_version": "1.2",
    "resource_changes": [
        {"address": "a.b", "type": "a", "name": "b", "change": {"actions": ["update"], "before": {"k": 1}}}
    ],
}


@given(UNKNOWN, UNKNOWN, UNKNOWN, st.integers(0, 99))
def test_unknown_keys_are_ignored_at_every_level(
    top: dict[str, Any], middle: dict[str, Any], low: dict[str, Any], minor: int
) -> None:
    entry = MINIMAL["resource_changes"][0]
    document = {
        **top,
        **MINIMAL,
        "format_version": f"1.{minor}",
        "resource_changes": [{**middle, **entry, "change": {**low, **entry["change"]}}],
    }
    assert facts(decode_plan(json.dumps(document).encode())) == facts(
        decode_plan(json.dumps(MINIMAL).encode())
    )


def facts(plan: Plan) -> list[Any]:
    return [
        (entry.address, entry.type, entry.mode, entry.change.actions, entry.change.before, entry.change.after)
        for entry in plan.resource_changes
    ]


@given(JSON)
def test_a_value_of_any_shape_comes_back(value: Any) -> None:
    entry = {"address": "a.b", "type": "a", "name": "b", "change": {"actions": ["update"], "after": value}}
    data = json.dumps({"format_version": "1.2", "resource_changes": [entry]}).encode()
    assert decode_plan(data).resource_changes[0].change.after == value


# --- what is no plan ----------------------------------------------------------------------------------


def refusal(path: Path, data: bytes) -> BadInput:
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        read_plan(path)
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"Terraform will perform the following actions:", "is not complete, valid JSON"),
        (b'{"format_version": "1.2", "resource_changes": [', "is not complete, valid JSON"),
        (b'{"format_version": "1.2", "planned_values": {}} x', "is not complete, valid JSON"),
        (
            b'{"format_version": "1.2", "planned_values": {}, "timestamp": "\xff"}',
            "is not complete, valid JSON",
        ),
        (
            b'{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info"}\n',
            "log of `terraform plan -json`",
        ),
        ('{"format_version": "1.2"}'.encode("utf-16"), "byte order mark"),
        (b"PK\x03\x04\x14\x00\x08", "is a saved plan itself"),
        (b"[]", "is JSON, but no plan"),
        (b'{"a": 1}', "is JSON, but no plan"),
        (b'{"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}', "a state?"),
        (b'{"format_version": "1.0"}', "a state?"),
        (b'{"format_version": "1.2", "resource_changes": [{"address": 1}]}', "is JSON, but no plan"),
        (b'{"format_version": "2.0", "planned_values": {}}', "has format_version 2.0; this tfsync reads 1.x"),
        (b'{"format_version": "2.0", "resource_changes": {"a": 1}}', "has format_version 2.0"),
        (b'{"format_version": "0.2", "planned_values": {}}', "has format_version 0.2"),
        (b'{"format_version": "10.0", "planned_values": {}}', "has format_version 10.0"),
    ],
)
def test_what_is_no_plan_is_refused_with_one_clear_line(tmp_path: Path, data: bytes, message: str) -> None:
    assert message in refusal(tmp_path / "plan.json", data).message


@given(st.data())
def test_a_plan_cut_off_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = (RECORDINGS / "azurerm-5.2.0" / "dns-prefix" / "plan.json").read_bytes().rstrip()
    cut = data.draw(st.integers(0, len(whole) - 1))
    refusal(tmp_path_factory.mktemp("cut") / "plan.json", whole[:cut])


def test_no_file_and_a_directory_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_plan(tmp_path / "none.json")
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read_plan(tmp_path)


# --- what terraform writes on this machine ------------------------------------------------------------


def test_a_plan_that_changes_nothing_is_a_plan(workspace: Callable[..., Workspace]) -> None:
    """Without resources the JSON has no resource_changes; it must not be taken for a state."""
    empty = workspace("locals { a = 1 }")
    empty.plan(Path("p"), quiet=True)
    assert empty.show(Path("p")).resource_changes == ()


def test_a_state_given_as_a_plan_is_refused(workspace: Callable[..., Workspace]) -> None:
    made = workspace('resource "terraform_data" "a" {}')
    made.plan(Path("p"), quiet=True)
    made.apply(Path("p"))
    with pytest.raises(BadInput, match="a state"):
        made.show(Path("terraform.tfstate"))


def test_variables_that_must_be_set_again_for_apply_are_known(workspace: Callable[..., Workspace]) -> None:
    made = workspace(
        'variable "e" {\n  ephemeral = true\n}\nvariable "f" {\n  ephemeral = true\n  default = 1\n}\n'
        'variable "p" {\n  default = 2\n}\nvariable "n" {\n  default = null\n}\n'
    )
    made.plan(Path("p"), arguments=["-var=e=secret"], quiet=True)
    plan = made.show(Path("p"))
    if tuple(map(int, plan.terraform_version.split("-")[0].split(".")[:2])) < (1, 10):
        pytest.skip(f"terraform {plan.terraform_version} has no ephemeral variables")
    assert plan.ephemeral_variables == {"e"}
    assert plan.variables == {"p": 2, "n": None, "f": 1}
    with pytest.raises(TerraformFailed, match="apply failed"):
        made.apply(Path("p"))
    made.apply(Path("p"), arguments=["-var", "e=secret", "-var", "p=9"], ephemeral=plan.ephemeral_variables)
