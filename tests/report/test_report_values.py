"""How values are written: short enough, told apart, and taken for nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfsync.report.explain import explained
from tfsync.report.values import (
    change_text,
    printable,
    shortened,
    shortened_pair,
    spelled,
    steps_text,
    written,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("basic", "basic"),
        ("10.0.0.0/16", "10.0.0.0/16"),
        ("1.32.5", "1.32.5"),
        (None, "null"),
        (True, "true"),
        (30, "30"),
        ("", '""'),
        ("1", '"1"'),
        ("true", '"true"'),
        ("null", '"null"'),
        ("two words", '"two words"'),
        ("(sensitive)", '"(sensitive)"'),
        ("a→b", '"a→b"'),
        ("line\nbreak", '"line\\nbreak"'),
        ("\x9b31m", '"\\x9b31m"'),
        (["a", 1], '["a", 1]'),
        ({"ü": None}, '{"ü": null}'),
    ],
)
def test_a_value_is_a_bare_word_only_where_nothing_else_looks_like_it(value: Any, text: str) -> None:
    assert written(value) == text


@settings(deadline=None)
@given(values, values)
def test_different_values_look_different(one: Any, other: Any) -> None:
    if json.dumps(one) != json.dumps(other):
        assert written(one) != written(other)


@settings(deadline=None)
@given(values)
def test_a_value_is_one_printable_line(value: Any) -> None:
    assert written(value).isprintable()


@settings(deadline=None)
@given(st.text())
def test_printable_text_is_printable(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(9, 80))
def test_what_is_shortened_keeps_its_ends_and_fits(text: str, limit: int) -> None:
    short = shortened(text, limit)

    assert len(short) <= limit
    if short != text:
        head, tail = short.split("…", 1) if "…" not in text else (short[:1], short[-1:])
        assert text.startswith(head)
        assert text.endswith(tail)


@settings(deadline=None)
@given(
    st.text(max_size=30),
    st.text(max_size=90),
    st.text(max_size=90),
    st.text(max_size=30),
    st.integers(20, 120),
)
def test_two_sides_of_a_change_fit_and_stay_different(
    start: str, old: str, new: str, end: str, room: int
) -> None:
    before, after = start + old + end, start + new + end
    short = shortened_pair(before, after, room)

    assert sum(map(len, short)) <= room
    assert (short[0] == short[1]) == (before == after)


def test_keys_that_differ_only_in_the_middle_are_told_apart() -> None:
    key = "ssh-rsa " + "A" * 200
    before, after = shortened_pair(f"{key}X{'A' * 200} me", f"{key}Y{'A' * 200} me", 40)

    assert "X" in before
    assert "Y" in after


def test_a_key_and_the_beginning_of_it_are_told_apart() -> None:
    before, after = shortened_pair("0" * 11, "0" * 12, 20)

    assert before != after


def test_a_short_side_leaves_its_room_to_the_other() -> None:
    assert shortened_pair("[]", "x" * 50, 60) == ("[]", "x" * 50)


@settings(deadline=None)
@given(st.text(), st.sampled_from(["ascii", "latin-1", "cp1252", "utf-8"]))
def test_spelled_text_can_be_encoded(text: str, encoding: str) -> None:
    encoded = spelled(f"a → b… {text}", encoding).encode(encoding)

    assert encoded.startswith(b"a -> b..." if encoding in ("ascii", "latin-1") else b"a ")


def test_text_that_the_encoding_has_is_left_alone() -> None:
    assert spelled("a → b…", "utf-8") == "a → b…"


@pytest.mark.parametrize(
    ("read", "through", "text"),
    [
        (True, [], "calico → azure"),
        (True, ["none"], "calico → none → azure"),
        (False, [], "→ azure"),
        (False, ["none"], "→ none → azure"),
    ],
)
def test_the_steps_of_a_write(read: bool, through: list[str], text: str) -> None:
    change = {"before": "calico" if read else None, "through": through, "after": "azure", "sensitive": False}

    assert steps_text(change, read=read, room=60) == text


@pytest.mark.parametrize(
    ("unknown", "text"),
    [(True, "(sensitive) → (known after apply)"), (False, "(sensitive) → (sensitive)")],
)
def test_a_sensitive_change_shows_that_there_is_one(unknown: bool, text: str) -> None:
    item = {"before": None, "after": None, "unknown": unknown, "sensitive": True}

    assert change_text(item, 60) == text


containers = st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3)
few = st.lists(st.integers(0, 30), min_size=1, max_size=6)


class TestExplained:
    @pytest.mark.parametrize(
        ("before", "after", "lines"),
        [
            (["1"], ["1", "2"], ['added "2"']),
            (["a", "b"], ["b"], ["removed a"]),
            (["a", "b"], ["b", "a"], ["the same elements, in another order or number"]),
            ({"a": 1, "b": 2}, {"b": 3, "c": 4}, ["a: removed 1", "b: 2 → 3", "c: added 4"]),
            ([{"n": "a", "v": 1}], [{"n": "a", "v": 2}], ["[0].v: 1 → 2"]),
            ({"l": [1, 2]}, {"l": [1, 2, 3]}, ["l: added 3"]),
            (["a"], ["b"], ["added b", "removed a"]),
            (
                dict.fromkeys("bdf", 1),
                dict.fromkeys("ace", 1),
                ["a: added 1", "b: removed 1", "c: added 1", "d: removed 1", "e: added 1", "f: removed 1"],
            ),
            (
                [{"n": "a", "id": "x", "v": 1}],
                [{"n": "a", "v": 1}],
                ["[0].id: x → (none, or known after apply)"],
            ),
        ],
    )
    def test_names_what_differs(self, before: Any, after: Any, lines: list[str]) -> None:
        assert explained(before, after, width=80) == lines

    @pytest.mark.parametrize(("before", "after"), [([], [1]), (None, {"a": 1}), ("a", "b"), ([1], {"a": 1})])
    def test_says_nothing_where_nothing_can_be_taken_apart(self, before: Any, after: Any) -> None:
        assert explained(before, after, width=80) == []

    def test_does_not_take_huge_values_apart(self) -> None:
        before = [{"name": f"n{number}", "value": "x" * 20} for number in range(1000)]

        assert explained(before, [*before, {"name": "new"}], width=80) == []

    @settings(deadline=None)
    @given(containers, containers)
    def test_any_two_containers_can_be_taken_apart(self, before: Any, after: Any) -> None:
        both_filled = bool(before and after and type(before) is type(after))

        assert bool(explained(before, after, width=80)) == both_filled

    @settings(deadline=None)
    @given(few, few)
    def test_every_element_that_comes_or_goes_is_named(self, before: list[int], after: list[int]) -> None:
        lines = " ".join(explained(before, after, width=80))

        for value in set(before) ^ set(after):
            assert str(value) in lines
