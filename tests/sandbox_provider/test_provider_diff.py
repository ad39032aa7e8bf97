"""The SDK's semantics, one by one, on a small schema, and the laws that hold for every value."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox_provider.core import propose
from tfsync.sandbox.provider.diff import Diff, Path
from tfsync.sandbox.provider.normalize import normalize
from tfsync.sandbox.provider.schema import (
    BOOL,
    NUMBER,
    STRING,
    STRING_MAP,
    STRING_SET,
    STRINGS,
    Block,
    Schema,
    block,
    computed,
    objects,
    optional,
    optional_computed,
    required,
    select,
)
from tfsync.sandbox.provider.values import UNKNOWN, complete, decode, encode

SCHEMA: Schema = select(
    {
        "name": required(STRING),
        "size": optional(NUMBER, default=3),
        "on": optional(BOOL),
        "place": optional(STRING, normalize=str.lower),
        "sku": optional(STRING, same=lambda old, new: old.lower() == new.lower()),
        "filled": optional_computed(STRING),
        "address": computed(STRING),
        "items": optional(STRINGS),
        "zones": optional(STRING_SET),
        "labels": optional_computed(STRING_MAP),
        "net": block({"plugin": required(STRING), "cidr": optional_computed(STRING)}, computed=True),
        "addon": block(
            {
                "interval": optional(STRING, default="2m"),
                "effective": computed(STRING),
                "identity": computed(objects(id="string")),
            }
        ),
    },
    (1,),
)


def value(**given: Any) -> dict[str, Any]:
    whole: dict[str, Any] = complete(SCHEMA, {"name": "n", **given})
    return whole


def state(**given: Any) -> dict[str, Any]:
    """A value as Azure left it: defaults written out, collections empty instead of null."""
    return value(**{"size": 3, "labels": {}, **given})


def plan(
    prior: dict[str, Any] | None, config: dict[str, Any], *replaces: str
) -> tuple[dict[str, Any], list[Path], bool]:
    diff = Diff(replaces, exists=prior is not None)
    planned = diff.resource(SCHEMA, prior, propose(SCHEMA, prior, config))
    return planned, diff.causes, diff.changed


def test_a_create_takes_defaults_and_leaves_the_computed_unknown() -> None:
    planned, _, _ = plan(None, value())
    assert planned["size"] == 3
    assert planned["on"] is None
    assert planned["filled"] is planned["address"] is planned["labels"] is planned["net"] is UNKNOWN
    assert planned["addon"] == []


def test_null_empty_and_zero_are_no_change() -> None:
    prior = state(on=False, place="", items=[], zones=[], labels={}, filled="x", address="y")
    planned, causes, changed = plan(prior, value(), *SCHEMA)
    assert (planned, causes, changed) == (prior, [], False)


def test_what_azure_filled_stays_when_the_configuration_is_silent() -> None:
    prior = state(filled="x", labels={"a": "1"}, net=[{"plugin": "p", "cidr": "c"}])
    assert plan(prior, value(), *SCHEMA)[0] == prior


def test_a_removed_value_becomes_its_default_or_null() -> None:
    prior = state(size=7, on=True)
    planned, causes, _ = plan(prior, value(), "size", "on")
    assert (planned["size"], planned["on"]) == (3, None)
    assert causes == [("size",), ("on",)]


def test_spelling_that_does_not_matter_is_no_change() -> None:
    prior = state(place="westeurope", sku="Standard")
    assert plan(prior, value(place="WestEurope", sku="standard"), *SCHEMA)[0] == prior


def test_an_unknown_value_replaces_too() -> None:
    planned, causes, _ = plan(state(), value(name=UNKNOWN), "name")
    assert planned["name"] is UNKNOWN
    assert causes == [("name",)]


def test_on_a_block_only_the_number_of_elements_replaces() -> None:
    with_net = state(net=[{"plugin": "p", "cidr": "c"}])
    other = value(net=[{"plugin": "q", "cidr": "c"}])
    assert plan(with_net, other, "net")[1] == []
    assert plan(with_net, other, "net.plugin")[1] == [("net", 0, "plugin")]
    assert plan(state(net=[]), other, "net")[1] == [("net",)]


def test_a_child_replaces_when_its_block_is_added_or_removed() -> None:
    with_addon = state(addon=[{"interval": "5m", "effective": "e", "identity": []}])
    without = state()
    assert plan(without, value(addon=[{"interval": "5m"}]), "addon.interval")[1] == [("addon", 0, "interval")]
    assert plan(with_addon, without, "addon.interval")[1] == [("addon", 0, "interval")]


def test_a_removed_child_at_its_default_does_not_replace() -> None:
    with_addon = state(addon=[{"interval": "2m", "effective": "e", "identity": []}])
    planned, causes, changed = plan(with_addon, value(), "addon.interval")
    assert (planned["addon"], causes, changed) == ([], [], True)


def test_in_a_block_that_an_update_adds_a_computed_list_is_unknown_and_a_string_null() -> None:
    planned, _, _ = plan(state(), value(addon=[{"interval": None}]))
    assert planned["addon"] == [{"interval": "2m", "effective": None, "identity": UNKNOWN}]


def test_a_list_replaces_by_element_and_a_set_as_a_whole() -> None:
    prior = state(items=["a", "b"], zones=["1", "2"])
    config = value(items=["a", "c"], zones=["2", "3"])
    assert plan(prior, config, "items", "zones")[1] == [("items", 1), ("zones",)]
    assert plan(prior, value(items=["a", "b"], zones=["2", "1"]), "items", "zones")[1] == []


def test_an_unknown_block_makes_the_whole_block_unknown() -> None:
    planned, causes, _ = plan(state(net=[]), {**value(), "net": UNKNOWN}, "net")
    assert planned["net"] is UNKNOWN
    assert causes == [("net",)]


texts = st.text(max_size=5) | st.none()
configs = st.fixed_dictionaries(
    {
        "name": st.text(min_size=1, max_size=5),
        "size": st.integers(0, 5) | st.none(),
        "on": st.booleans() | st.none(),
        "sku": texts,
        "filled": texts,
        "items": st.lists(st.text(max_size=3), max_size=3) | st.none(),
        "zones": st.lists(st.text(max_size=3), max_size=3, unique=True) | st.none(),
        "labels": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2) | st.none(),
        "net": st.lists(st.fixed_dictionaries({"plugin": st.text(max_size=3), "cidr": texts}), max_size=1),
        "addon": st.lists(st.fixed_dictionaries({"interval": texts}), max_size=1),
    }
)


def applied(schema: Schema, planned: dict[str, Any]) -> dict[str, Any]:
    """A state after apply: Azure gave something, if only nothing, for whatever it may fill."""
    found = {}
    for name, field in schema.items():
        part = planned[name]
        if isinstance(field, Block):
            part = [] if part is UNKNOWN else [applied(field.schema, one) for one in part]
        elif field.computed and part in (None, UNKNOWN):
            part = field.zero
        found[name] = part
    return found


@given(configs)
def test_a_configuration_that_was_applied_plans_nothing(given_config: dict[str, Any]) -> None:
    config = value(**given_config)
    created = normalize(plan(None, config)[0], propose(SCHEMA, None, config), SCHEMA)
    assert plan(applied(SCHEMA, created), config, *SCHEMA)[1:] == ([], False)


@given(configs, configs)
def test_only_what_may_replace_is_a_cause(old: dict[str, Any], new: dict[str, Any]) -> None:
    prior = value(**old)
    planned, causes, changed = plan(prior, value(**new), "name", "items")
    assert {cause[0] for cause in causes} <= {"name", "items"}
    assert changed or planned == prior


@given(configs)
def test_values_survive_the_wire(given_config: dict[str, Any]) -> None:
    planned = plan(None, value(**given_config))[0]
    assert decode(encode(planned)) == planned


@given(configs)
def test_normalizing_twice_changes_nothing_more(given_config: dict[str, Any]) -> None:
    reference = value(**given_config)
    once = normalize(value(), reference, SCHEMA)
    assert normalize(once, reference, SCHEMA) == once
