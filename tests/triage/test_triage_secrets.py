"""Sensitive values are needed for the write, and are seen nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.triage.plans import CLUSTER, POOL, Json, change, cluster_id, judged
from tests.triage.single import SCALE_SET
from tfsync.triage import ArmChange, Triage

CANARY = "canary-b3c1f0"
KEY: list[str | int] = ["linux_profile", 0, "ssh_key", 0, "key_data"]


def keys(*values: str) -> list[Json]:
    common = {**SCALE_SET, "id": cluster_id()}
    return [{**common, "linux_profile": [{"ssh_key": [{"key_data": value}]}]} for value in values]


MARKED = {"linux_profile": [{"ssh_key": [{"key_data": True}]}]}


def seen(value: Any) -> list[str]:
    """Every text that can be read off a judgement without asking for the values of a write."""
    if isinstance(value, ArmChange):
        return [value.path]
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in seen(item)]
    if isinstance(value, list | tuple | frozenset):
        return [text for item in value for text in seen(item)]
    return seen(vars(value)) if hasattr(value, "__dict__") else []


def hides(found: Triage) -> None:
    assert CANARY not in " ".join(seen(found))
    assert CANARY not in repr(found)
    assert CANARY not in str(found.writes)
    changes = [change for write in found.writes for change in write.changes]
    assert all(change.sensitive for change in changes if CANARY in str(change.values))


@pytest.mark.parametrize("where", ["before_sensitive", "after_sensitive"])
@pytest.mark.parametrize(
    "marks", [MARKED, {"linux_profile": True}, {"linux_profile": [{"ssh_key": True}]}, True]
)
def test_a_secret_that_is_written_is_shown_nowhere(where: str, marks: Any) -> None:
    before, after = keys(f"{CANARY} 1", f"{CANARY} 2")
    found = judged(change(CLUSTER, before, after, causes=[KEY], **{where: marks}), preview=True)
    (attribute,) = found.resources[0].attributes
    assert (attribute.sensitive, attribute.before, attribute.after) == (True, None, None)
    assert [change.values for write in found.writes for change in write.changes] == [(f"{CANARY} 2",)]
    hides(found)


def test_without_marks_the_values_are_shown() -> None:
    before, after = keys("old", "new")
    found = judged(change(CLUSTER, before, after, causes=[KEY]), preview=True)
    (attribute,) = found.resources[0].attributes
    assert (attribute.before, attribute.after) == ("old", "new")
    assert "'new'" in repr(found.writes)


def test_a_secret_beside_the_cause_is_hidden_as_well() -> None:
    """One label is the cause and all are written: a neighbour that must not be shown hides them all."""
    before, after = ({"id": "/subscriptions/x", "node_labels": {"a": value, "b": CANARY}} for value in "12")
    entry = change(
        POOL, before, after, causes=[["node_labels", "a"]], after_sensitive={"node_labels": {"b": True}}
    )
    found = judged(entry)
    assert [attribute.after for attribute in found.resources[0].attributes] == ["2"]
    assert found.writes[0].changes[0].sensitive
    hides(found)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (["dns_prefix"], CANARY, "b"),
        (["something_without_a_rule"], CANARY, "b"),
        (["disk_encryption_set_id"], f"/subscriptions/{CANARY}", f"/subscriptions/{CANARY.upper()}"),
        (["windows_profile"], [{"admin_password": CANARY}], []),
    ],
)
def test_no_verdict_shows_a_secret(path: list[str | int], before: Any, after: Any) -> None:
    entry = change(
        CLUSTER,
        {"id": cluster_id(), path[0]: before},  # type: ignore[dict-item]
        {path[0]: after},  # type: ignore[dict-item]
        causes=[path],
        before_sensitive={path[0]: [{"admin_password": True}] if isinstance(before, list) else True},
    )
    hides(judged(entry))


def test_a_secret_that_is_only_known_after_apply_is_no_exception() -> None:
    entry = change(
        CLUSTER,
        {"id": cluster_id(), "dns_prefix": CANARY},
        {},
        causes=[["dns_prefix"]],
        unknown={"dns_prefix": True},
        before_sensitive={"dns_prefix": True},
    )
    hides(judged(entry))


def test_an_update_shows_no_secret_either() -> None:
    before, after = (
        {"id": cluster_id(), "windows_profile": [{"admin_password": f"{CANARY} {n}"}]} for n in "12"
    )
    entry = change(
        CLUSTER,
        before,
        after,
        actions=["update"],
        after_sensitive={"windows_profile": [{"admin_password": True}]},
    )
    found = judged(entry)
    assert [attribute.sensitive for attribute in found.resources[0].attributes] == [True]
    hides(found)
