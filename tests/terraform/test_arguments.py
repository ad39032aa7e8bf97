"""Which of a user's terraform arguments go to which command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsync.terraform.arguments import (
    Flag,
    apply_arguments,
    flags,
    refresh_arguments,
    replan_arguments,
    values,
)

USER = [
    *("-out=p", "-var", "a=1", "--var-file=x.tfvars", "-var=b=2", "-target", "module.a[0]", "-replace=a.b"),
    *("-lock-timeout=5m", "-parallelism", "4", "-detailed-exitcode", "-json", "-input=true", "-lock=false"),
    *("-destroy", "-refresh=false", "-no-color", "-compact-warnings", "-auto-approve", "-new-flag=1"),
]


def test_flags_are_taken_apart_as_terraform_does() -> None:
    assert flags(["-var", "a=-1", "--json", "-target=x", "-lock", "word", "-json"]) == (
        Flag("var", "a=-1", ("-var", "a=-1")),
        Flag("json", None, ("--json",)),
        Flag("target", "x", ("-target=x",)),
        Flag("lock", None, ("-lock",)),
        Flag("", "word", ("word",)),
        Flag("", "-json", ("-json",)),
    )


def test_a_value_that_is_missing_is_left_to_terraform() -> None:
    assert flags(["-var"]) == (Flag("var", None, ("-var",)),)


def test_values_of_one_flag_in_order() -> None:
    assert values(["-target=a", "-var=x=1", "--target", "b"], "target") == ("a", "b")
    assert values(["-lock"], "lock") == ()


def test_a_replan_keeps_what_decides_the_content_of_the_plan() -> None:
    assert replan_arguments(USER) == (
        *("-var", "a=1", "--var-file=x.tfvars", "-var=b=2", "-target", "module.a[0]", "-replace=a.b"),
        *("-lock-timeout=5m", "-parallelism", "4", "-lock=false"),
        *("-destroy", "-refresh=false", "-no-color", "-compact-warnings", "-new-flag=1"),
    )


@pytest.mark.parametrize(
    "words",
    [
        ["-out=x"],
        ["-out", "x"],
        ["--out=x"],
        ["-json"],
        ["-detailed-exitcode"],
        ["-generate-config-out", "x.tf"],
    ],
)
def test_a_replan_drops_what_is_for_the_users_own_plan(words: list[str]) -> None:
    assert replan_arguments(["-var=a=1", *words, "-var=b=2"]) == ("-var=a=1", "-var=b=2")


def test_a_refresh_takes_variables_locking_and_looks_only() -> None:
    assert refresh_arguments(USER) == (
        *("-var", "a=1", "--var-file=x.tfvars", "-var=b=2", "-lock-timeout=5m", "-parallelism", "4"),
        *("-lock=false", "-no-color", "-compact-warnings"),
    )


def test_a_saved_plan_takes_no_variables() -> None:
    assert apply_arguments(USER) == (
        *("-lock-timeout=5m", "-parallelism", "4", "-json", "-lock=false", "-no-color", "-compact-warnings"),
    )


def test_ephemeral_variables_are_named_again() -> None:
    given = ["-var", "a=1", "-var=b=2", "-var-file=x", "-target=c"]
    assert apply_arguments(given, ephemeral={"b"}) == ("-var=b=2", "-var-file=x")


WORDS = st.lists(
    st.one_of(
        st.sampled_from(USER),
        st.sampled_from(["-", "--", "-x", "-var-file", "-state", "plan", "-out", "--lock-timeout"]),
        st.text(max_size=4),
    ),
    max_size=8,
)


@given(WORDS)
def test_taking_apart_loses_nothing(words: list[str]) -> None:
    assert [word for flag in flags(words) for word in flag.words] == words


@given(WORDS)
def test_each_choice_is_part_of_what_was_given_and_final(words: list[str]) -> None:
    for choose in (replan_arguments, refresh_arguments, apply_arguments):
        chosen = choose(words)
        rest = iter(words)
        assert all(word in rest for word in chosen), "another order, or new words"
        if "--" not in words and "-" not in words:
            assert choose(chosen) == chosen
