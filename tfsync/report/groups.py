"""The resources of a document in the order a person reads them, cascades folded under what they follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tfsync.report.words import BLOCKED, DESTROYED, KEPT, REPLACED, UPDATED, fate
from tfsync.triage.verdicts import CASCADE

Entry = Mapping[str, Any]

# What stands in the way comes first, what terraform does anyway comes last.
_ORDER: Final = (BLOCKED, KEPT, REPLACED, DESTROYED, UPDATED)


@dataclass(frozen=True)
class Group:
    """A resource with a cause of its own, what is replaced only because of it, and the writes to it."""

    resource: Entry
    cascades: tuple[Entry, ...]
    writes: tuple[Entry, ...]

    @property
    def word(self) -> str:
        """KEPT, BLOCKED, …: the word for what becomes of the resource."""
        return fate(self.resource).word

    @property
    def staying(self) -> tuple[Entry, ...]:
        """The cascades that live on."""
        return tuple(entry for entry in self.cascades if not entry["destroyed"])


def groups(document: Mapping[str, Any]) -> list[Group]:
    """Every resource of the document once, on its own or among the cascades of another.

    Groups come in the order of what there is to do about them, and in the plan's order within that.
    """
    resources = document["resources"]
    by_address = {entry["address"]: entry for entry in resources if "create" in entry["actions"]}
    roots = [entry for entry in resources if _root_of(entry, by_address) is entry]
    followers: dict[str, list[Entry]] = {}
    for entry in resources:
        root = _root_of(entry, by_address)
        if root is not entry:
            followers.setdefault(root["address"], []).append(entry)
    made = [
        Group(
            entry,
            tuple(followers.pop(entry["address"], ())),
            () if entry["destroyed"] else _writes_to(entry, document["writes"]),
        )
        for entry in roots
    ]
    return sorted(made, key=lambda group: _ORDER.index(group.word))


def _writes_to(entry: Entry, writes: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(write for write in writes if write["address"] == entry["address"])


def _root_of(entry: Entry, by_address: Mapping[str, Entry]) -> Entry:
    """The resource at the end of a chain of cascades: the entry itself where it blocks, or in a ring."""
    last, seen = entry, {entry["address"]}
    while last["verdict"] == CASCADE and not last["blocked"]:
        # Of several roots it follows the one that is lost.
        roots = [*last["goes_with"], *_roots_named(last)]
        following = next((root for root in roots if root in by_address), None)
        if following is None:
            return last
        if following in seen:
            return entry
        seen.add(following)
        last = by_address[following]
    return last


def _roots_named(entry: Entry) -> list[str]:
    named = [root for item in entry["attributes"] if item["verdict"] == CASCADE for root in item["roots"]]
    return [*named, entry["root"]]


def causes_alike(attributes: Iterable[Entry]) -> list[list[Entry]]:
    """Attributes that are explained in the same words, together: Azure often has one reason for several."""
    alike: dict[tuple[Any, ...], list[Entry]] = {}
    for item in attributes:
        key = (
            item["verdict"],
            item["reason"],
            item["advice"],
            item["edit"],
            item["undecided"],
            *item["effects"],
        )
        alike.setdefault(key, []).append(item)
    return list(alike.values())
