"""The vocabulary of rules: what encoders make of values, and the laws that predicates keep."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tfsync.attributes import is_empty
from tfsync.rules.model import Matcher
from tfsync.rules.values import ENCODERS, PREDICATES, at_least, equal, matches, same_id

SUPERSET = PREDICATES["superset_cidr"]
LATER = PREDICATES["later_version"]
SAME_NAME = PREDICATES["same_name"]

SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "A", "b", "none"])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=4)
VERSIONS = st.lists(st.integers(0, 30), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
IDS = st.text("abcABC/", max_size=8).map(lambda tail: f"/subscriptions/x/{tail}")


@st.composite
def networks(draw: st.DrawFn) -> str:
    prefix = draw(st.integers(4, 30))
    address = draw(st.integers(10 << 24, (10 << 24) + 2**20))
    return str(ipaddress.IPv4Network((address, prefix), strict=False))


@st.composite
def inside(draw: st.DrawFn, network: str) -> str:
    """A part of a network, smaller than all of it."""
    whole = ipaddress.IPv4Network(network)
    prefix = draw(st.integers(whole.prefixlen + 1, 32))
    offset = draw(st.integers(0, 2 ** (prefix - whole.prefixlen) - 1)) << (32 - prefix)
    return str(ipaddress.IPv4Network((int(whole.network_address) + offset, prefix)))


@pytest.mark.parametrize(
    ("encoder", "value", "encoded"),
    [
        ("as_is", ["a"], ["a"]),
        ("as_is", None, None),
        ("bool_text", True, "true"),
        ("bool_text", False, "false"),
        ("bool_text", None, "false"),
        ("none_when_empty", "", "none"),
        ("none_when_empty", None, "none"),
        ("none_when_empty", "azure", "azure"),
        ("enabled", True, True),
        ("enabled", None, False),
        ("enabled", [{"x": 1}], True),
        ("enabled", [], False),
    ],
)
def test_an_encoder_speaks_as_arm_listens(encoder: str, value: Any, encoded: Any) -> None:
    assert ENCODERS[encoder](value) == encoded


@given(st.data(), networks())
def test_a_network_holds_its_parts_and_they_do_not_hold_it(data: st.DataObject, network: str) -> None:
    part = data.draw(inside(network))
    assert SUPERSET(part, network)
    assert not SUPERSET(network, part)
    assert not SUPERSET(network, network)


@given(st.data(), networks())
def test_the_part_of_a_part_is_a_part(data: st.DataObject, network: str) -> None:
    assume(ipaddress.IPv4Network(network).prefixlen < 31)
    part = data.draw(inside(network).filter(lambda found: not found.endswith("/32")))
    assert SUPERSET(data.draw(inside(part)), network)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("10.244.0.0/16", "10.245.0.0/16"),
        ("10.244.0.0/16", "10.244.0.0/17"),
        ("10.244.0.0/16", "10.244.0.1/12"),
        ("fd00::/64", "fd00::/56"),
        ("10.0.0.0/16", None),
        (None, "10.0.0.0/16"),
        (["10.0.0.0/16"], ["10.0.0.0/12"]),
        ("x", "y"),
    ],
)
def test_what_holds_nothing_is_no_superset(before: Any, after: Any) -> None:
    assert not SUPERSET(before, after)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_versions_have_an_order(first: str, second: str, third: str) -> None:
    assert not LATER(first, first)
    assert not (LATER(first, second) and LATER(second, first))
    if LATER(first, second) and LATER(second, third):
        assert LATER(first, third)


@pytest.mark.parametrize(
    ("before", "after", "later"),
    [
        ("1.16.2", "1.17.0", True),
        ("1.9.0", "1.10.0", True),
        ("v1.9.0", "v1.10.0", True),
        ("1.16.2", "1.17.0-rc.1", True),
        ("1.17.0-rc.1", "1.17.0", False),
        ("1.17.0", "1.16.2", False),
        ("1.17.0", "latest", False),
        (None, "1.17.0", False),
    ],
)
def test_a_later_version_is_one_whose_numbers_are_higher(before: Any, after: Any, later: bool) -> None:
    assert LATER(before, after) is later


@given(VERSIONS, VERSIONS)
def test_at_least_is_the_other_side_of_later(version: str, minimum: str) -> None:
    assert at_least(version, minimum) != LATER(version, minimum)


@pytest.mark.parametrize("version", ["", "latest", None, "1.x"])
def test_what_is_no_version_is_at_least_nothing(version: Any) -> None:
    assert not at_least(version, "1.0")


def test_a_short_version_is_at_least_its_minor() -> None:
    assert at_least("1.30", "1.30")
    assert at_least("1.30.4", "1.30")
    assert not at_least("1.29.11", "1.30")
    assert at_least(1.31, "1.30")


@given(IDS, IDS)
def test_two_spellings_of_an_id_are_one_from_both_sides(first: str, second: str) -> None:
    assert same_id(first, second) == same_id(second, first)
    assert same_id(first, first.upper())
    assert same_id(first, f"{first}/")


@pytest.mark.parametrize(
    ("before", "after"),
    [("a", "A"), ("", ""), (None, None), ("/subscriptions/x/a", "/subscriptions/x/b"), (1, 1)],
)
def test_what_is_no_id_or_another_one_is_not_the_same(before: Any, after: Any) -> None:
    assert not same_id(before, after)


def test_names_differ_in_more_than_spelling_or_are_one() -> None:
    assert SAME_NAME("My-Group", "my-group")
    assert not SAME_NAME("my-group", "other")
    assert not SAME_NAME("", "")
    assert not SAME_NAME(None, "")


@given(VALUES, VALUES)
def test_equality_is_symmetric(first: Any, second: Any) -> None:
    assert equal(first, second) == equal(second, first)


@given(VALUES, VALUES, VALUES)
def test_equality_is_transitive(first: Any, second: Any, third: Any) -> None:
    if equal(first, second) and equal(second, third):
        assert equal(first, third)


@given(VALUES)
def test_a_value_equals_itself_in_any_case(value: Any) -> None:
    assert equal(value, value)
    if isinstance(value, str):
        assert equal(value, value.upper())


def test_true_is_not_one_and_a_list_is_no_tuple_of_others() -> None:
    assert not equal(True, 1)
    assert not equal(0, False)
    assert equal(1, 1.0)
    assert equal(("IPv4",), ["ipv4"])
    assert not equal(["IPv4"], ["IPv4", "IPv6"])


@given(VALUES)
def test_matchers_split_all_values(value: Any) -> None:
    assert matches(msgspec.UNSET, value)
    assert matches(Matcher(), value)
    assert matches(Matcher(empty=True), value) == is_empty(value)
    assert matches(Matcher(empty=True), value) != matches(Matcher(empty=False), value)
    assert matches(Matcher(one_of=(value,)), value)
    assert not matches(Matcher(one_of=()), value)
    assert matches(Matcher(one_of=(value,), empty=True), value) == is_empty(value)


def test_a_literal_matches_in_any_case() -> None:
    assert matches("basic", "Basic")
    assert not matches("basic", None)
    assert not matches(None, "")
    assert matches(None, None)
