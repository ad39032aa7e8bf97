"""The page about rules is true: its example works, and it names every key and word there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from tests.triage.plans import POOL, Json, change, cluster_id, judged, only
from tfsync.rules import RuleBook, load_rules
from tfsync.rules.model import Condition, Matcher, Rule, RuleFile, Transition, Write
from tfsync.rules.values import ENCODERS, PREDICATES
from tfsync.triage import Triage

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.fixture
def book(tmp_path: Path) -> RuleBook:
    """The rules of the page, as a reader would keep them."""
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "platform-team.yaml").write_text(block, encoding="utf-8")
    return load_rules(tmp_path)


def replaced(book: RuleBook, after: str, mode: str, live: Json | None = None) -> Triage:
    before = {"id": f"{cluster_id()}/agentPools/apps", "scale_down_mode": "Delete", "mode": mode}
    entry = change(POOL, before, {"scale_down_mode": after, "mode": mode}, causes=[["scale_down_mode"]])
    return judged(entry, rules=book, live=live)


def test_the_example_changes_a_user_pool_in_place(book: RuleBook) -> None:
    found = replaced(book, "Deallocate", "User")
    (write,) = found.writes
    assert only(found).verdict == "in_place"
    assert only(found).rule == "platform-team/scale-down-mode"
    assert (write.method, write.api_version) == ("PUT", "2025-10-01")
    assert [(change.path, change.values) for change in write.changes] == [
        ("properties.scaleDownMode", ("Deallocate",))
    ]


def test_the_example_says_what_the_page_quotes(book: RuleBook) -> None:
    attribute = only(replaced(book, "Deallocate", "System"))
    (quoted,) = re.findall(r"`unavoidable`: \*(.*?)\*", PAGE, re.DOTALL)
    assert attribute.verdict == "unavoidable"
    assert attribute.reason == " ".join(quoted.split())
    assert attribute.advice == "Ask the platform team."


def test_the_example_asks_azure_before_the_state(book: RuleBook) -> None:
    live = {POOL: {"properties": {"mode": "System"}}}
    assert only(replaced(book, "Deallocate", "User", live)).verdict == "unavoidable"


def test_the_example_ends_with_everything_else(book: RuleBook) -> None:
    assert only(replaced(book, "Hibernate", "User")).advice == "Use Delete or Deallocate."


def test_without_the_example_nothing_is_known_of_it() -> None:
    before = {"id": cluster_id(), "scale_down_mode": "Delete"}
    entry = change(POOL, before, {"scale_down_mode": "Deallocate"}, causes=[["scale_down_mode"]])
    assert only(judged(entry)).rule is None


def named(heading: str) -> set[str]:
    """What the first column of the tables below a heading names."""
    section = re.split(rf"^##+ {heading}$", PAGE, flags=re.MULTILINE)[1]
    section = re.split(r"^##+ ", section, flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def keys(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("The file", RuleFile),
        ("A rule", Rule),
        ("A transition", Transition),
        ("Conditions", Condition),
        ("Writes", Write),
    ],
)
def test_every_key_is_on_the_page_and_no_other(heading: str, kind: type[msgspec.Struct]) -> None:
    assert named(heading) == keys(kind)


def test_every_encoder_and_predicate_is_on_the_page() -> None:
    assert named("Encoders and predicates") == ENCODERS.keys() | PREDICATES.keys()


def test_the_words_that_a_key_can_hold_are_on_the_page() -> None:
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(Transition)}
    words = [
        *fields["verdict"].__args__,
        *fields["maturity"].__args__,
        *fields["effects"].__args__[0].__args__,
    ]
    for word in [*words, *keys(Matcher)]:
        assert f"`{word}`" in PAGE or f"{{{word}:" in PAGE
