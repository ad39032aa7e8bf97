"""The proof: the residual plan holds nothing that was not approved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.recorded import recordings
from tfsync.converge.prove import prove
from tfsync.converge.unapproved import NOT_KNOWN, NOT_TO_CHANGE, OTHER_VALUE, UNDONE
from tfsync.terraform.plan import Plan, decode_plan

A = "azurerm_kubernetes_cluster.aks"
POOL = "azurerm_kubernetes_cluster_node_pool.apps"
UPDATED = [case for case in recordings() if case.plan().resource_changes]


def entry(
    address: str, actions: list[str], before: Any = None, after: Any = None, **more: Any
) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after, "after_unknown": more.pop("unknown", {})}
    for key in ("replace_paths", "importing", "before_sensitive", "after_sensitive"):
        if key in more:
            change[key] = more.pop(key)
    kind, name = address.split(".")[-2:]
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": change, **more}


def plan(*entries: dict[str, Any], **more: Any) -> Plan:
    return decode_plan(json.dumps({"format_version": "1.2", "resource_changes": entries, **more}).encode())


REPLACED = entry(
    A,
    ["delete", "create"],
    {"sku": "basic", "tags": {}, "policy": False},
    {"sku": "standard", "tags": {"team": "a"}, "policy": None},
    unknown={"id": True, "fqdn": True},
    replace_paths=[["sku"]],
)


def reasons(approved: Plan, residual: Plan, kept: set[str] | None = None) -> list[str]:
    return [str(item) for item in prove(approved, residual, {A} if kept is None else kept)]


@pytest.mark.parametrize("case", UPDATED, ids=str)
def test_every_plan_proves_itself(case: Any) -> None:
    assert prove(case.plan(), case.plan(), ()) == ()


def test_a_clean_plan_is_proved() -> None:
    same = {"sku": "standard"}
    assert reasons(plan(REPLACED), plan(entry(A, ["no-op"], same, same))) == []


def test_what_is_left_of_an_approved_replacement_may_be_an_update() -> None:
    left = entry(A, ["update"], {"sku": "standard", "tags": {}}, {"sku": "standard", "tags": {"team": "a"}})
    assert reasons(plan(REPLACED), plan(left)) == []


def test_a_resource_nobody_approved_stops_everything() -> None:
    assert reasons(plan(REPLACED), plan(entry(POOL, ["update"], {"a": 1}, {"a": 2}))) == [
        f"{POOL}: was not in the approved plan"
    ]


def test_a_kept_cluster_is_not_replaced_after_all() -> None:
    assert reasons(plan(REPLACED), plan(REPLACED)) == [f"{A}: must be kept, but the plan says replace"]
    gone = entry(A, ["create"], None, {"sku": "standard"})
    assert reasons(plan(REPLACED), plan(gone)) == [f"{A}: must be kept, but the plan says create"]


def test_an_update_does_not_grow_into_a_replacement() -> None:
    approved = plan(entry(POOL, ["update"], {"a": 1}, {"a": 2}))
    grown = plan(entry(POOL, ["delete", "create"], {"a": 1}, {"a": 2}, replace_paths=[["a"]]))
    assert reasons(approved, grown) == [f"{POOL}: replace now, update when it was approved"]


def test_another_cause_of_a_replacement_was_not_approved() -> None:
    before, after = {"a": 1, "b": 1}, {"a": 2, "b": 2}
    approved = plan(entry(POOL, ["delete", "create"], before, after, replace_paths=[["a"]]))
    now = plan(entry(POOL, ["delete", "create"], before, after, replace_paths=[["b"]]))
    assert reasons(approved, now) == [f"{POOL}: b: replaces it now, and did not when it was approved"]


def test_a_value_that_was_not_approved_is_not_set() -> None:
    left = entry(A, ["update"], {"tags": {}}, {"tags": {"team": "b"}})
    assert reasons(plan(REPLACED), plan(left)) == [
        f"{A}: tags.team: would be set to another value than approved"
    ]


def test_a_value_that_was_unknown_then_may_be_anything_now() -> None:
    left = entry(A, ["update"], {"fqdn": "a"}, {"fqdn": "b"})
    assert reasons(plan(REPLACED), plan(left)) == []


def test_a_value_that_was_known_then_may_not_be_unknown_now() -> None:
    left = entry(A, ["update"], {"tags": {}}, {}, unknown={"tags": True})
    assert reasons(plan(REPLACED), plan(left)) == [f"{A}: tags: is unknown until apply, and was known before"]


def test_a_delete_needs_an_approved_delete() -> None:
    gone = entry(POOL, ["delete"], {"a": 1}, None)
    assert reasons(plan(gone), plan(gone), set()) == []
    assert reasons(plan(entry(POOL, ["update"], {"a": 1}, {"a": 2})), plan(gone), set()) != []


def test_data_sources_and_nothing_may_differ() -> None:
    data = {**entry("data.x.y", ["read"], None, {"a": 1}), "mode": "data"}
    assert reasons(plan(), plan(data, entry(POOL, ["no-op"], {"a": 1}, {"a": 1}))) == []


# One update: what was approved (before, after, unknown), what is left, and what the proof says.
UPDATES: list[tuple[str, tuple[Any, Any, Any], tuple[Any, Any, Any], list[str]]] = [
    ("reverts another's change", ({"n": 3}, {"n": 3}, {}), ({"n": 9}, {"n": 3}, {}), [f"n: {NOT_TO_CHANGE}"]),
    ("goes on from another value", ({"n": 3}, {"n": 4}, {}), ({"n": 9}, {"n": 4}, {}), []),
    ("refresh made null empty", ({"t": None}, {"t": {"a": "1"}}, {}), ({"t": {}}, {"t": {"a": "1"}}, {}), []),
    (
        "takes another's tag away",
        ({"t": {"a": "1"}}, {"t": {"a": "1", "b": "2"}}, {}),
        ({"t": {"a": "1", "c": ""}}, {"t": {"a": "1", "b": "2"}}, {}),
        [f"t.c: {NOT_TO_CHANGE}"],
    ),
    (
        "clears all tags, another's too",
        ({"t": {"a": "1"}}, {"t": None}, {}),
        ({"t": {"a": "1", "c": "3"}}, {"t": None}, {}),
        [f"t.c: {NOT_TO_CHANGE}"],
    ),
    (
        "takes another's address range out",
        ({"r": ["a"]}, {"r": ["a", "b"]}, {}),
        ({"r": ["a", "c"]}, {"r": ["a", "b"]}, {}),
        [f"r: {UNDONE}"],
    ),
    (
        "puts back what another took out",
        ({"r": ["a", "x"]}, {"r": ["a", "b", "x"]}, {}),
        ({"r": ["a"]}, {"r": ["a", "b", "x"]}, {}),
        [f"r: {UNDONE}"],
    ),
    ("sets another order", ({"r": []}, {"r": ["a", "b"]}, {}), ({"r": ["c"]}, {"r": ["b", "a"]}, {}), ["r"]),
    (
        "adds in another order",
        ({"r": ["a"]}, {"r": ["a", "b"]}, {}),
        ({"r": ["a"]}, {"r": ["b", "a"]}, {}),
        [f"r: {OTHER_VALUE}"],
    ),
    (
        "fewer elements than approved, one unknown then",
        ({"r": []}, {"r": ["m", None]}, {"r": [False, True]}),
        ({"r": []}, {"r": ["m"]}, {}),
        [f"r: {OTHER_VALUE}"],
    ),
    (
        "an element unknown now",
        ({"r": ["q"]}, {"r": ["m", None]}, {}),
        ({"r": ["q"]}, {"r": ["m", None]}, {"r": [False, True]}),
        [f"r: {OTHER_VALUE}"],
    ),
    (
        "what was known is paired first",
        ({"b": []}, {"b": [{"n": 1}, {"n": 1, "id": "x"}]}, {"b": [{"id": True}, {}]}),
        ({"b": []}, {"b": [{"n": 1, "id": "x"}, {"n": 1, "id": "y"}]}, {}),
        [],
    ),
    (
        "puts servers back in order",
        ({"r": ["a", "b"]}, {"r": ["a", "b"]}, {}),
        ({"r": ["b", "a"]}, {"r": ["a", "b"]}, {}),
        [f"r: {NOT_TO_CHANGE}"],
    ),
    (
        "an element of a set is known by now",
        ({"r": []}, {"r": ["m", None]}, {"r": [False, True]}),
        ({"r": []}, {"r": ["b", "m"]}, {}),
        [],
    ),
    (
        "one more element than was unknown",
        ({"r": ["q"]}, {"r": ["m", None]}, {"r": [False, True]}),
        ({"r": ["q"]}, {"r": ["b", "n"]}, {}),
        [f"r: {OTHER_VALUE}"],
    ),
    (
        "a block comes, one leaf of it unknown",
        ({"b": []}, {"b": [{"port": 1}]}, {"b": [{"id": True}]}),
        ({"b": []}, {"b": [{"port": 2}]}, {"b": [{"id": True}]}),
        [f"b[0].port: {OTHER_VALUE}"],
    ),
    (
        "a block comes without what was in it",
        ({"b": []}, {"b": [{"port": 1, "safe": True}]}, {}),
        ({"b": []}, {"b": [{"port": 1, "safe": None}]}, {}),
        [f"b[0].safe: {OTHER_VALUE}"],
    ),
    (
        "a block goes, and with it what the provider computed",
        ({"b": [{"ws": "x", "who": []}]}, {"b": []}, {}),
        ({"b": [{"ws": "x", "who": [{"id": "1"}]}]}, {"b": []}, {}),
        [],
    ),
    (
        "a block comes beside one that the provider has touched",
        ({"b": [{"n": 1, "c": ""}]}, {"b": [{"n": 1, "c": ""}, {"n": 2}]}, {"b": [{}, {"c": True}]}),
        ({"b": [{"n": 1, "c": "x"}]}, {"b": [{"n": 1, "c": "x"}, {"n": 2}]}, {"b": [{}, {"c": True}]}),
        [],
    ),
    (
        "a block comes, and another's goes",
        ({"b": [{"n": 1}]}, {"b": [{"n": 1}, {"n": 2}]}, {}),
        ({"b": [{"n": 1}, {"n": 3}, {"n": 4}]}, {"b": [{"n": 1}, {"n": 2}]}, {}),
        [f"b: {UNDONE}"],
    ),
    (
        "another block comes than approved",
        ({"b": [{"n": 1}]}, {"b": [{"n": 1}, {"n": 2}]}, {}),
        ({"b": [{"n": 1}]}, {"b": [{"n": 1}, {"n": 3}]}, {}),
        [f"b: {OTHER_VALUE}"],
    ),
    ("numbers", ({"n": 0}, {"n": 1}, {}), ({"n": 0}, {"n": 1.0}, {}), []),
    ("true is no number", ({"n": 0}, {"n": 1}, {}), ({"n": 0}, {"n": True}, {}), [f"n: {OTHER_VALUE}"]),
    ("unknown now", ({"n": 0}, {"n": 1}, {}), ({"n": 0}, {}, {"n": True}), [f"n: {NOT_KNOWN}"]),
    ("unknown then", ({"n": 0}, {}, {"n": True}), ({"n": 1}, {"n": 2}, {}), []),
    (
        "unknown then, all around it",
        ({"b": []}, {}, {"b": True}),
        ({"b": [{"n": 1}]}, {"b": [{"n": 2}, {"n": 3}]}, {}),
        [],
    ),
]


@pytest.mark.parametrize(
    ("then", "now", "says"), [row[1:] for row in UPDATES], ids=[row[0] for row in UPDATES]
)
@pytest.mark.parametrize("kind", ["azurerm_kubernetes_cluster", "azapi_resource"])
def test_what_an_update_may_set(kind: str, then: Any, now: Any, says: list[str]) -> None:
    approved = plan(entry(f"{kind}.x", ["update"], then[0], then[1], unknown=then[2]))
    left = plan(entry(f"{kind}.x", ["update"], now[0], now[1], unknown=now[2]))
    found = [text.removeprefix(f"{kind}.x: ") for text in reasons(approved, left, set())]
    assert len(found) == len(says)
    assert all(text.startswith(start) for text, start in zip(found, says, strict=True)), found


@pytest.mark.parametrize("zero", [False, 0, "", [], {}], ids=json.dumps)
def test_null_and_the_zero_value_are_one_to_azurerm_alone(zero: Any) -> None:
    def said(kind: str) -> list[str]:
        approved = plan(entry(f"{kind}.x", ["update"], {"v": "some"}, {"v": None}))
        return reasons(approved, plan(entry(f"{kind}.x", ["update"], {"v": "some"}, {"v": zero})))

    assert said("azurerm_kubernetes_cluster") == []
    assert said("azapi_resource") == [f"azapi_resource.x: v: {OTHER_VALUE}"]
    assert said("random_password") != []


def test_a_value_the_replacement_would_have_kept_may_not_be_put_back() -> None:
    """Approved: replaced for its sku, the tier stays. Somebody has raised the tier since."""
    before, after = {"sku": "basic", "tier": "Free"}, {"sku": "standard", "tier": "Free"}
    approved = plan(entry(A, ["delete", "create"], before, after, replace_paths=[["sku"]]))
    raised = {"sku": "standard", "tier": "Standard"}
    left = entry(A, ["update"], raised, after)
    assert reasons(approved, plan(left)) == [f"{A}: tier: {NOT_TO_CHANGE}"]


def test_a_create_makes_what_was_approved() -> None:
    approved = plan(entry(POOL, ["create"], None, {"size": "A", "zones": ["1"]}, unknown={"id": True}))
    for after, path in (
        ({"size": "B", "zones": ["1"]}, "size"),
        ({"size": None, "zones": ["1"]}, "size"),
        ({"zones": ["1"]}, "size"),
        ({"size": "A", "zones": ["2"]}, "zones[0]"),
        ({"size": "A", "zones": ["1"], "spot": True}, "spot"),
    ):
        left = plan(entry(POOL, ["create"], None, after, unknown={"id": True}))
        assert reasons(approved, left) == [f"{POOL}: {path}: {OTHER_VALUE}"]


def test_a_replacement_makes_what_was_approved_whatever_was_there() -> None:
    def replaced(before: str, after: str) -> Plan:
        values = {"sku": "b", "tier": before}, {"sku": "s", "tier": after}
        return plan(entry(POOL, ["delete", "create"], *values, replace_paths=[["sku"]]))

    assert reasons(replaced("Free", "Free"), replaced("Standard", "Free"), set()) == []
    assert reasons(replaced("Free", "Free"), replaced("Free", "Standard"), set()) == [
        f"{POOL}: tier: {OTHER_VALUE}"
    ]


NAMED = ["no-op", "update", "create", "delete", "forget", "delete create", "create delete", "create forget"]
REPLACE = {"delete create", "create delete"}
PART_OF = {
    "no-op": {*NAMED, "recreate"},
    "update": {"update", *REPLACE},
    "create": {"create", *REPLACE},
    "delete": {"delete"},
    "forget": {"forget"},
    "delete create": REPLACE,
    "create delete": REPLACE,
    "create forget": {"create forget"},
    "": set(),
    "recreate": set(),
    "update recreate": set(),
}


@pytest.mark.parametrize("then", [*NAMED, "recreate"])
@pytest.mark.parametrize("now", PART_OF)
def test_an_action_is_part_of_what_was_approved_or_refused(then: str, now: str) -> None:
    values = {"a": 1}, {"a": 2}
    found = prove(plan(entry(POOL, then.split(), *values)), plan(entry(POOL, now.split(), *values)), ())
    assert (found == ()) is (then in PART_OF[now])


def test_what_is_left_over_of_a_kept_cluster_may_go() -> None:
    leftover = entry(A, ["delete"], {"sku": "basic"}, None, deposed="abcd1234")
    assert reasons(plan(REPLACED, leftover), plan(leftover)) == []
    assert reasons(plan(REPLACED), plan(leftover)) == [f"{A}: was not in the approved plan"]


@pytest.mark.parametrize("actions", [["no-op"], ["update"]])
def test_import_and_move_are_those_that_were_approved(actions: list[str]) -> None:
    def with_(**more: Any) -> Plan:
        return plan(entry(POOL, actions, {"a": 1}, {"a": 2}, **more))

    for more in ({"importing": {"id": "/one"}}, {"previous_address": "azurerm_x.old"}):
        assert reasons(with_(**more), with_(**more)) == []
        assert reasons(with_(**more), with_()) == [], "the refresh has done it"
        assert len(reasons(with_(), with_(**more))) == 1
        assert len(reasons(plan(), with_(**more))) >= 1
    assert len(reasons(with_(importing={"id": "/one"}), with_(importing={"id": "/secret"}))) == 1
    assert "secret" not in str(reasons(with_(importing={"id": "/one"}), with_(importing={"id": "/secret"})))
    assert len(reasons(with_(previous_address="a.b"), with_(previous_address="a.c"))) == 1


def test_a_plan_that_leaves_more_out_than_the_approved_one_proves_nothing() -> None:
    whole, part = plan(complete=True), plan(complete=False)
    assert reasons(part, part) == reasons(part, whole) == []
    assert reasons(whole, part) == [
        "the plan: leaves something out, and left nothing out when it was approved"
    ]
    assert reasons(whole, plan(errored=True)) == ["the plan: failed half-way"]


def test_what_is_put_off_now_was_put_off_then() -> None:
    off = {"deferred_changes": [{"reason": "absent_prereq", "resource_change": entry(POOL, ["create"])}]}
    assert reasons(plan(**off), plan(**off)) == []
    assert reasons(plan(), plan(**off)) == [f"{POOL}: is put off, and was not when it was approved"]


def test_an_action_of_a_provider_is_invoked_only_as_approved() -> None:
    def invoking(value: str) -> Plan:
        return plan(action_invocations=[{"address": "action.a.b", "config_values": {"v": value}}])

    assert reasons(invoking("1"), invoking("1")) == []
    assert reasons(invoking("1"), invoking("canary")) == [
        "action.a.b: would invoke an action that was not approved"
    ]


def test_the_keys_of_a_secret_map_are_not_named() -> None:
    def with_settings(value: str) -> Plan:
        settings = {"settings": {"canary-key": value}}
        return plan(entry(POOL, ["update"], {"settings": {}}, settings, after_sensitive={"settings": True}))

    (text,) = reasons(with_settings("1"), with_settings("canary-value"))
    assert text == f"{POOL}: settings: {OTHER_VALUE}"
