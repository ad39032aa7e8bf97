"""Recorded plans told in other words: other names, modules, keys, another order, more that is unknown.

Whatever does not change what a plan means changes neither a verdict nor a write, apart from the addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recorded import recording, recordings
from tfsync.rules import builtin_rules
from tfsync.terraform.plan import decode_plan
from tfsync.triage import Permissions, Triage, triage

Json = dict[str, Any]
Rename = Callable[[str], str]
REPLACING = [
    str(one) for one in recordings() if any(entry.change.destroys for entry in one.plan().resource_changes)
]
CASCADE = "5.2.0/cascade-lb-sku"


@dataclass(frozen=True)
class Told:
    """A plan in other words, and what its addresses are called in them."""

    document: Json
    renamed: Rename


@cache
def _text(name: str) -> bytes:
    return (recording(name).path / "plan.json").read_bytes()


def document(name: str) -> Json:
    loaded: Json = json.loads(_text(name))
    return loaded


def judged(told: Json) -> Triage:
    plan = decode_plan(json.dumps(told).encode())
    return triage(plan, builtin_rules(), permissions=Permissions(preview=True))


def essence(found: Triage, renamed: Rename = lambda address: address) -> Json:
    """A judgement without its order and its words, as if its addresses were `renamed`."""

    def address(text: str | None) -> str | None:
        return None if text is None else renamed(text)

    return {
        str(address(item.address)): (
            (item.verdict, item.destroyed, item.blocked, address(item.root), item.arm_id),
            sorted(
                (repr(part.path), part.verdict, part.rule or "", _text_of(part.before), _text_of(part.after))
                for part in item.attributes
                if item.verdict != "terraform"
            ),
            [
                (write.arm_id, write.method, write.api_version, write.changes, write.omit)
                for write in found.writes
                if write.address == item.address
            ],
        )
        for item in found.resources
    }


def _text_of(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def with_other_names(told: Json, name: str) -> Told:
    """Every resource gets another name, wherever it is spoken of."""
    types = {entry["type"] for entry in told["resource_changes"]}
    pattern = re.compile(rf"\b({'|'.join(types)})\.(\w+)")

    def renamed(text: str) -> str:
        return pattern.sub(lambda found: f"{found[1]}.{name}_{found[2]}", text)

    return Told(json.loads(renamed(json.dumps(told))), renamed)


def in_a_module(told: Json, key: str) -> Told:
    """The whole root module becomes a module that a new root calls, with its variables passed through."""
    call = f"module.stack{key}"
    inner = told["configuration"]["root_module"]
    variables = inner.get("variables", {})
    expressions = {name: {"references": [f"var.{name}"]} for name in variables}
    outside = {
        "module_calls": {"stack": {"module": inner, "expressions": expressions}},
        "variables": variables,
    }
    changes = [
        {**entry, "address": f"{call}.{entry['address']}", "module_address": call}
        for entry in told["resource_changes"]
    ]
    configuration = {**told["configuration"], "root_module": outside}
    return Told(
        {**told, "resource_changes": changes, "configuration": configuration}, lambda text: f"{call}.{text}"
    )


def with_instance_keys(told: Json, key: int | str, *, dynamic: bool) -> Told:
    """Clusters are counted; the others refer to theirs by its key, or by an index that is worked out."""
    step = f"[{json.dumps(key)}]"
    pattern = re.compile(r"^(azurerm_kubernetes_cluster\.\w+)(.*)$")

    def renamed(text: str) -> str:
        return pattern.sub(rf"\g<1>{step}\g<2>", text)

    def referred(names: list[str]) -> list[str]:
        whole = [found[1] for name in names if (found := pattern.match(name))]
        if not whole:
            return names
        return [whole[0], "each.key"] if dynamic else [*map(renamed, names), whole[0]]

    def rewritten(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: referred(inner) if name == "references" else rewritten(inner)
                for name, inner in value.items()
            }
        return [rewritten(inner) for inner in value] if isinstance(value, list) else value

    changes = [
        {**entry, "address": renamed(entry["address"]), "index": key}
        if pattern.match(entry["address"])
        else entry
        for entry in told["resource_changes"]
    ]
    return Told(
        {**told, "resource_changes": changes, "configuration": rewritten(told["configuration"])}, renamed
    )


def shuffled(told: Json, seed: int) -> Told:
    """Keys, resources and causes in another order; lists with a meaning keep theirs."""
    random = Random(seed)

    def keys(value: Any) -> Any:
        if isinstance(value, dict):
            names = list(value)
            random.shuffle(names)
            return {name: keys(value[name]) for name in names}
        return [keys(inner) for inner in value] if isinstance(value, list) else value

    again: Json = keys(told)
    random.shuffle(again["resource_changes"])
    for entry in again["resource_changes"]:
        random.shuffle(entry["change"].get("replace_paths", []))
    return Told(again, lambda text: text)


def with_more_of_everything(told: Json, name: str) -> Told:
    """A later terraform and a later provider: keys and computed attributes that nobody here has heard of."""
    again = {**told, name: {"resources": [None]}}
    again["resource_changes"] = [
        {
            **entry,
            name: [1],
            "change": {
                **entry["change"],
                name: None,
                "before": {**entry["change"]["before"], name: "old"},
                "after_unknown": {**entry["change"]["after_unknown"], name: True},
            },
        }
        for entry in told["resource_changes"]
        if entry["change"]["before"] is not None
    ]
    root = told["configuration"]["root_module"]
    root = {**root, name: 1, "resources": [{**entry, name: {}} for entry in root.get("resources", [])]}
    again["configuration"] = {**told["configuration"], name: [], "root_module": root}
    return Told(again, lambda text: text)


NAMES = st.from_regex(r"x_[a-z]{1,6}", fullmatch=True)
KEYS = st.integers(0, 3) | st.sampled_from(["a", "b c", 'say "hi"', "x.y", "[0]"])
PLANS = st.sampled_from(REPLACING) | st.just(CASCADE)


def test_there_is_something_to_tell() -> None:
    assert len(REPLACING) > 50
    assert CASCADE in REPLACING


@settings(deadline=None, max_examples=25)
@given(PLANS, NAMES)
def test_names_mean_nothing(name: str, other: str) -> None:
    told = with_other_names(document(name), other)
    assert essence(judged(told.document)) == essence(judged(document(name)), told.renamed)


@settings(deadline=None, max_examples=25)
@given(PLANS, st.just("") | KEYS.map(lambda key: f"[{json.dumps(key)}]"))
def test_modules_mean_nothing(name: str, key: str) -> None:
    told = in_a_module(document(name), key)
    assert essence(judged(told.document)) == essence(judged(document(name)), told.renamed)


@settings(deadline=None, max_examples=25)
@given(PLANS, KEYS, st.booleans())
def test_instance_keys_mean_nothing(name: str, key: int | str, dynamic: bool) -> None:
    told = with_instance_keys(document(name), key, dynamic=dynamic)
    assert essence(judged(told.document)) == essence(judged(document(name)), told.renamed)


@settings(deadline=None, max_examples=25)
@given(PLANS, st.integers(0, 2**32))
def test_order_means_nothing(name: str, seed: int) -> None:
    told = shuffled(document(name), seed)
    assert essence(judged(told.document)) == essence(judged(document(name)))


@settings(deadline=None, max_examples=25)
@given(PLANS, NAMES)
def test_what_is_new_to_us_means_nothing(name: str, key: str) -> None:
    told = with_more_of_everything(document(name), key)
    assert essence(judged(told.document)) == essence(judged(document(name)))


@settings(deadline=None, max_examples=25)
@given(PLANS, NAMES, KEYS, KEYS, st.integers(0, 2**32))
def test_all_of_it_at_once_means_nothing(
    name: str, other: str, key: int | str, module_key: int | str, seed: int
) -> None:
    told = with_more_of_everything(document(name), other).document
    steps: list[Rename] = []
    retellings: list[Callable[[Json], Told]] = [
        lambda found: with_other_names(found, other),
        lambda found: with_instance_keys(found, key, dynamic=False),
        lambda found: in_a_module(found, f"[{json.dumps(module_key)}]"),
        lambda found: shuffled(found, seed),
    ]
    for retell in retellings:
        step = retell(told)
        told, steps = step.document, [*steps, step.renamed]

    def renamed(text: str) -> str:
        for one in steps:
            text = one(text)
        return text

    assert essence(judged(told)) == essence(judged(document(name)), renamed)


@pytest.mark.parametrize("name", REPLACING)
def test_a_provider_from_a_mirror_is_the_same_provider(name: str) -> None:
    """Rules match by resource type: forks and private mirrors count."""
    told = document(name)
    for entry in told["resource_changes"]:
        entry["provider_name"] = "mirror.example/platform/azurerm"
    assert essence(judged(told)) == essence(judged(document(name)))


def test_two_copies_of_a_plan_in_two_modules_do_not_meet() -> None:
    """Each pool hangs on the cluster of its own module, although everything else about them is the same."""
    told = document(CASCADE)
    here, there = in_a_module(told, '["a"]'), in_a_module(told, '["b"]')
    both = {
        **here.document,
        "resource_changes": here.document["resource_changes"] + there.document["resource_changes"],
    }
    expected = essence(judged(told), here.renamed) | essence(judged(told), there.renamed)
    assert essence(judged(both)) == expected
