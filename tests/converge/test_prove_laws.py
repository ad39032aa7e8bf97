"""Laws of the proof, whatever the plans are."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.recorded import recordings
from tests.triage.test_triage_odd_plans import entries
from tfsync.attributes import Path, is_marked
from tfsync.converge.prove import prove
from tfsync.terraform.plan import Plan, decode_plan

Json = dict[str, Any]
TYPES = ["azurerm_kubernetes_cluster", "azapi_resource"]
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b", "c"])
NAMES = st.sampled_from(["name", "tags", "zones", "block", "sku"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)
RECORDED = [case.plan() for case in recordings() if case.plan().resource_changes]


def plan(*found: Json) -> Plan:
    return decode_plan(json.dumps({"format_version": "1.2", "resource_changes": found}).encode())


def change(kind: str, actions: list[str], before: Any, after: Any, unknown: Any = None) -> Json:
    return {
        "address": f"{kind}.x",
        "type": kind,
        "name": "x",
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {}},
    }


def leaves(value: Any, path: Path = ()) -> list[Path]:
    """The paths of all scalars."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, inner in enumerate(value) for leaf in leaves(inner, (*path, index))]
    return [path]


def with_leaf(value: Any, path: Path, leaf: Any) -> Any:
    changed = copy.deepcopy(value)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = leaf
    return changed


@st.composite
def marks(draw: st.DrawFn, value: Any) -> Any:
    """`after_unknown` of a value: the same shape, some of it unknown."""
    if draw(st.integers(0, 5)) == 0:
        return True
    if isinstance(value, dict):
        return {key: draw(marks(inner)) for key, inner in value.items()}
    if isinstance(value, list):
        return [draw(marks(inner)) for inner in value]
    return False


@st.composite
def known_part(draw: st.DrawFn, value: Any) -> tuple[Any, Any]:
    """A planned object as the JSON has it: what is unknown is left out, or null in a list; and its marks."""
    unknown = {key: draw(marks(inner)) for key, inner in value.items()}
    return _without(value, unknown), unknown


def _without(value: Any, unknown: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without(inner, unknown[key]) for key, inner in value.items() if unknown[key] is not True
        }
    if isinstance(value, list):
        return [
            None if mark is True else _without(inner, mark)
            for inner, mark in zip(value, unknown, strict=True)
        ]
    return value


@given(st.data(), st.sampled_from(TYPES), OBJECTS, OBJECTS)
def test_a_plan_proves_itself(data: st.DataObject, kind: str, before: Any, planned: Any) -> None:
    after, unknown = data.draw(known_part(planned))
    for actions, old in (["update"], before), (["create"], None), (["delete", "create"], before):
        same = plan(change(kind, actions, old, after, unknown))
        assert prove(same, same, ()) == ()


@given(st.data(), st.sampled_from(TYPES), OBJECTS)
def test_another_value_in_a_create_is_found_and_named(data: st.DataObject, kind: str, planned: Any) -> None:
    """One unknown leaf hides itself and nothing else."""
    after, unknown = data.draw(known_part(planned))
    known = [path for path in leaves(after) if path and not is_marked(unknown, path)]
    assume(known)
    path = data.draw(st.sampled_from(known))
    other = with_leaf(after, path, "another value")
    made = data.draw(st.sampled_from([["create"], ["delete", "create"]]))
    approved = plan(change(kind, made, None, after, unknown))
    found = prove(approved, plan(change(kind, made, None, other, unknown)), ())
    assert [item.path for item in found] == [path]


@given(st.data(), st.sampled_from(TYPES), OBJECTS, OBJECTS)
def test_another_value_in_an_update_is_found(data: st.DataObject, kind: str, before: Any, after: Any) -> None:
    """The path named is the leaf, or the list or block around it that comes or goes as one."""
    known = [path for path in leaves(after) if path]
    assume(known)
    path = data.draw(st.sampled_from(known))
    other = with_leaf(after, path, "another value")
    approved = plan(change(kind, ["update"], before, after))
    found = prove(approved, plan(change(kind, ["update"], before, other)), ())
    assert any(item.path == path[: len(item.path)] for item in found)


@given(st.data(), st.sampled_from(TYPES), OBJECTS)
def test_what_was_not_to_change_may_not_change(data: st.DataObject, kind: str, wanted: Any) -> None:
    """Others changed one leaf since the approval; the residual would put it back."""
    known = [path for path in leaves(wanted) if path]
    assume(known)
    path = data.draw(st.sampled_from(known))
    drifted = with_leaf(wanted, path, "set by somebody")
    for actions, before in (["update"], {**wanted, "new": 0}), (["delete", "create"], {**wanted, "new": 0}):
        approved = plan(change(kind, actions, before, {**wanted, "new": 1}))
        left = plan(change(kind, ["update"], {**drifted, "new": 0}, {**wanted, "new": 1}))
        (difference,) = prove(approved, left, ())
        assert difference.path == path[: len(difference.path)] != ()


@given(st.data(), st.sampled_from(TYPES), OBJECTS, OBJECTS)
def test_doing_less_keeps_the_proof(data: st.DataObject, kind: str, before: Any, after: Any) -> None:
    """Every attribute that is as planned already, and every entry that is gone, leaves less to prove."""
    done = data.draw(st.sets(st.sampled_from(sorted(after))))
    now = {key: after.get(key) if key in done else before.get(key) for key in before | after}
    approved = plan(change(kind, ["delete", "create"], before, after))
    assert prove(approved, plan(change(kind, ["update"], now, after)), {f"{kind}.x"}) == ()
    assert prove(approved, plan(change(kind, ["no-op"], after, after)), {f"{kind}.x"}) == ()
    assert prove(approved, plan(), {f"{kind}.x"}) == ()


@given(st.sampled_from(RECORDED), st.data())
def test_a_part_of_a_recorded_plan_is_proved_by_it(recorded: Plan, data: st.DataObject) -> None:
    assert prove(recorded, recorded, ()) == ()
    entry = data.draw(st.sampled_from(recorded.resource_changes))
    document = {
        "address": entry.address,
        "type": entry.type,
        "name": entry.name,
        "mode": entry.mode,
        "change": {
            "actions": list(entry.change.actions),
            "before": entry.change.before,
            "after": entry.change.after,
            "after_unknown": entry.change.after_unknown,
            "replace_paths": entry.change.replace_paths,
        },
    }
    assert prove(recorded, plan(document), ()) == ()


@given(st.lists(entries(), max_size=4), st.lists(entries(), max_size=4))
def test_odd_plans_get_an_answer_and_never_a_traceback(approved: list[Json], residual: list[Json]) -> None:
    found = prove(plan(*approved), plan(*residual), {"azurerm_kubernetes_cluster.a"})
    assert all(str(item) for item in found)
    acted = {(item["address"], item.get("deposed")) for item in approved}
    for item in residual:
        moves = item["change"].get("actions") not in (["no-op"], ["read"]) and item.get("mode") != "data"
        if moves and (item["address"], item.get("deposed")) not in acted:
            assert any(one.address == item["address"] for one in found)
