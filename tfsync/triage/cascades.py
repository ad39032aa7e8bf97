"""Values that are only known after apply: who makes them so?

A replaced resource makes everything unknown that refers to it. Terraform replaces those as well, and they are
left alone once their root is kept. An unknown value with another origin is a phantom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from tfsync.attributes import differences, is_marked, to_text
from tfsync.terraform.plan import Plan, ResourceChange
from tfsync.triage.causes import Cause
from tfsync.triage.references import Configuration, Reference, References, without_keys
from tfsync.triage.verdicts import CASCADE, PHANTOM, TERRAFORM, AttributeVerdict

# Shorter values ("2", "aks") are found in many places by accident.
_SHORTEST_TRACE = 12


class Cascades:
    """The replaced resources of a plan, ready to say which of them an unknown value comes from."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @cached_property
    def _configuration(self) -> Configuration:
        return Configuration(self._plan.configuration)

    @cached_property
    def _replaced(self) -> Mapping[str, list[ResourceChange]]:
        """Replaced instances by address without keys."""
        table: dict[str, list[ResourceChange]] = {}
        for entry in self._plan.resource_changes:
            if entry.mode == "managed" and entry.change.is_replacement:
                table.setdefault(without_keys(entry.address), []).append(entry)
        return table

    @cached_property
    def _traces(self) -> Mapping[str, str]:
        """Values of replaced resources that are unknown afterwards, and whose they are."""
        return {
            value: entry.address
            for entries in self._replaced.values()
            for entry in entries
            for path, value in _leaves(entry.change.before)
            if len(value) >= _SHORTEST_TRACE and is_marked(entry.change.after_unknown, path)
        }

    def judge(self, entry: ResourceChange, cause: Cause) -> AttributeVerdict:
        """The verdict on a cause whose new value is only known after apply."""
        references = self._configuration.references(entry.address, cause.path)
        root = self._root(references, cause.before)
        if root is None and (references.undecided or not references.found) and isinstance(cause.before, str):
            root = self._traces.get(cause.before)
        if root is None or root == entry.address:
            return self._phantom(entry, cause, references)
        moved = self._really_changes(root, references)
        if moved is not None:
            reason = f"It refers to {root}.{moved}, which really changes; terraform replaces this afterwards."
            return cause.judged(TERRAFORM, reason, root=root)
        return cause.judged(CASCADE, f"It refers to {root}, which the plan replaces.", root=root)

    def _root(self, references: References, before: Any) -> str | None:
        """The replaced resource behind the references, through data sources that are read during apply."""
        todo, seen = list(references.found), set(references.found)
        while todo:
            reference = todo.pop(0)
            if reference.is_data:
                deeper = self._configuration.data_origin(reference.address)
                fresh = [item for item in deeper.found if item not in seen]
                seen.update(fresh)
                todo += fresh
                continue
            instances = self._replaced.get(reference.address, [])
            if instances:
                return _likeliest(instances, before).address
        return None

    def _really_changes(self, root: str, references: References) -> str | None:
        """The referenced attribute of the root, when its known new value differs from the old one."""
        change = self._plan.by_address[root].change
        changed = [
            path
            for path in differences(change.before, change.after)
            if path in change.replace_paths and not is_marked(change.after_unknown, path)
        ]
        for reference in references.found:
            if reference.address != without_keys(root) or not reference.attribute:
                continue
            for path in changed:
                if f"{to_text(path)}.".startswith((f"{reference.attribute}.", f"{reference.attribute}[")):
                    return reference.attribute
        return None

    def _phantom(self, entry: ResourceChange, cause: Cause, references: References) -> AttributeVerdict:
        name = to_text(cause.path)
        data = [item for item in references.found if item.is_data]
        if data:
            waits = self._configuration.depends_on(data[0].address)
            why = f" because of its depends_on ({', '.join(waits)})" if waits else ""
            reason = f"{name} is only known after apply: {data[0].address} is read during apply{why}."
            advice = (
                f"Let {data[0].address} be read while planning: "
                "take its depends_on away, or apply what it waits for first."
            )
        elif references.found:
            origin = _described(references.found)
            reason = f"{name} is only known after apply: it refers to {origin}."
            advice = f"Apply {references.found[0].address} first (-target); the next plan knows the value."
        else:
            through = f" It goes through {', '.join(references.undecided)}." if references.undecided else ""
            reason = f"{name} is only known after apply, so the plan cannot tell whether it changes.{through}"
            advice = "Apply what the value comes from first (-target), then plan again."
        return cause.judged(PHANTOM, reason, advice=advice)


def _described(references: tuple[Reference, ...]) -> str:
    return ", ".join(
        f"{item.address}.{item.attribute}" if item.attribute else item.address for item in references
    )


def _likeliest(instances: list[ResourceChange], before: Any) -> ResourceChange:
    """Of several instances, the one whose values the old value came from."""
    for entry in instances:
        if isinstance(before, str) and any(value == before for _, value in _leaves(entry.change.before)):
            return entry
    return instances[0]


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    elif isinstance(value, str):
        yield path, value
