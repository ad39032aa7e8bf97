"""Paths to attributes: how they are written, what they find, and what two values differ in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsync.attributes import (
    MISSING,
    Path,
    any_marked,
    differences,
    is_empty,
    is_marked,
    lookup,
    lookup_schema,
    schema_path,
    to_text,
)

NAMES = st.from_regex(r"[a-z][a-z_]{0,5}", fullmatch=True)
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=3)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
PATHS = st.lists(NAMES | st.integers(0, 3), max_size=4).map(tuple)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("name",), "name"),
        (("network_profile", 0, "load_balancer_sku"), "network_profile[0].load_balancer_sku"),
        (("tags", "cost center"), 'tags["cost center"]'),
        (("tags", "a.b"), 'tags["a.b"]'),
        (("tags", ""), 'tags[""]'),
        (("tags", "9lives"), 'tags["9lives"]'),
        (("tags", 'a"b'), 'tags["a\\"b"]'),
        (("tags", "Küche"), "tags.Küche"),
    ],
)
def test_a_path_reads_as_terraform_writes_it(path: Path, text: str) -> None:
    assert to_text(path) == text


@given(PATHS, PATHS)
def test_different_paths_read_differently(first: Path, second: Path) -> None:
    assert (to_text(first) == to_text(second)) == (first == second)


def test_a_schema_path_has_no_indices() -> None:
    assert (
        schema_path(("network_profile", 0, "load_balancer_profile", 0))
        == "network_profile.load_balancer_profile"
    )


def _paths(value: Any, path: Path = ()) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in _paths(inner, (*path, key)))]


@given(JSON)
def test_every_place_in_a_value_is_found(value: Any) -> None:
    for path in _paths(value):
        found = value
        for step in path:
            found = found[step]
        assert lookup(value, path) is found


@given(JSON, PATHS)
def test_what_is_not_there_is_missing_and_no_error(value: Any, path: Path) -> None:
    assert (lookup(value, path) is MISSING) == (path not in _paths(value))


@pytest.mark.parametrize(
    ("value", "path", "found"),
    [
        ({"network_profile": [{"pod_cidr": "10.0.0.0/8"}]}, "network_profile.pod_cidr", "10.0.0.0/8"),
        ({"network_profile": []}, "network_profile.pod_cidr", MISSING),
        ({"network_profile": [{"pod_cidr": "a"}, {"pod_cidr": "b"}]}, "network_profile.pod_cidr", MISSING),
        ({"network_profile": None}, "network_profile.pod_cidr", MISSING),
        ({"zones": ["1", "2"]}, "zones", ["1", "2"]),
        ({"pod_cidr": None}, "pod_cidr", None),
        (None, "name", MISSING),
    ],
)
def test_a_schema_path_steps_into_single_blocks(value: Any, path: str, found: Any) -> None:
    assert lookup_schema(value, path) == found


@pytest.mark.parametrize(
    ("marks", "path", "marked"),
    [
        (True, ("a", 0, "b"), True),
        ({"a": True}, ("a", 0, "b"), True),
        ({"a": [{"b": True}]}, ("a", 0, "b"), True),
        ({"a": [{"b": True}]}, ("a",), False),
        ({"a": [{"b": True}]}, ("a", 1, "b"), False),
        ({"a": [{}]}, ("a", 0, "b"), False),
        ({}, ("a",), False),
        (None, ("a",), False),
        (False, (), False),
    ],
)
def test_a_mark_holds_for_all_inside(marks: Any, path: Path, marked: bool) -> None:
    assert is_marked(marks, path) is marked


@given(JSON)
def test_a_mark_on_a_place_is_a_mark_inside_the_whole(marks: Any) -> None:
    assert any_marked(marks) == any(is_marked(marks, path) for path in _paths(marks))


@given(JSON)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert list(differences(value, json.loads(json.dumps(value)))) == []


@given(JSON, JSON)
def test_differences_are_the_same_from_both_sides(first: Any, second: Any) -> None:
    assert list(differences(first, second)) == list(differences(second, first))


@given(JSON, JSON)
def test_each_difference_points_to_two_values_that_differ(first: Any, second: Any) -> None:
    for path in differences(first, second):
        assert json.dumps(lookup(first, path), default=repr) != json.dumps(lookup(second, path), default=repr)


@pytest.mark.parametrize(
    ("first", "second", "paths"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [("b",)]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [("a", 0, "b")]),
        ({"a": [1]}, {"a": [1, 2]}, [("a",)]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [("a",)]),
        ({"a": None}, {}, []),
        ({"a": None}, {"a": ""}, [("a",)]),
    ],
)
def test_differences_go_as_deep_as_both_have_one_shape(first: Any, second: Any, paths: list[Path]) -> None:
    assert list(differences(first, second)) == paths


@pytest.mark.parametrize("value", [None, "", [], {}, MISSING])
def test_what_the_provider_does_not_tell_from_nothing_is_empty(value: Any) -> None:
    assert is_empty(value)


@pytest.mark.parametrize("value", [0, False, " ", [None], {"a": None}])
def test_zero_and_false_are_values(value: Any) -> None:
    assert not is_empty(value)


def test_missing_is_false_and_says_its_name() -> None:
    assert not MISSING
    assert repr(MISSING) == "MISSING"
