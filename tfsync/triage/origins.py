"""Who makes a value unknown until apply: which replaced resources, and what else.

References are followed through modules, data sources and resources that are updated on the way. What a plan
does not tell, the expressions of local values, is bridged by the old value: whose was it?
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tfsync.attributes import Path, any_marked, differences, is_empty, is_marked, lookup
from tfsync.terraform.plan import Plan, ResourceChange
from tfsync.triage.references import Configuration, Reference, References, without_keys

# Shorter values ("2", "aks") are found in many places by accident.
_SHORTEST_TRACE = 12
_STEP = re.compile(r'([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')
_MODULE_KEYS = re.compile(r'module\.([\w-]+)(\[(?:\d+|"(?:[^"\\]|\\.)*")\])?')


@dataclass(frozen=True)
class Origins:
    """Addresses of replaced resources, and references that stay unknown even when those are kept."""

    roots: tuple[str, ...] = ()
    others: tuple[Reference, ...] = ()

    def __add__(self, more: Origins) -> Origins:
        roots = dict.fromkeys((*self.roots, *more.roots))
        others = dict.fromkeys((*self.others, *more.others))
        return Origins(tuple(roots), tuple(others))


class Tracer:
    """Follows unknown values of one plan back to where they come from."""

    def __init__(self, plan: Plan, configuration: Configuration) -> None:
        self._plan = plan
        self._configuration = configuration

    def origins(self, entry: ResourceChange, references: References, before: Any) -> Origins:
        """Who makes the value behind the references unknown; `before` is what the value was."""
        found = self._follow(entry, references, before, frozenset())
        if not found.roots and (references.undecided or not references.found) and isinstance(before, str):
            owner = self._owners.get(before)
            if owner is not None and owner != entry.address:
                return found + Origins((owner,))
        return found

    def moved(self, entry: ResourceChange, references: References) -> str | None:
        """A referenced attribute whose new value is known and differs, as `address.attribute`."""
        for reference in references.found:
            path = _path(reference.attribute)
            if reference.is_data or not path:
                continue
            for source in self._instances(entry, reference):
                change = source.change
                old, new = lookup(change.before, path), lookup(change.after, path)
                if not _unknown_at(change.after_unknown, path) and not _same(old, new):
                    return f"{source.address}.{reference.attribute}"
        return None

    def _follow(
        self, entry: ResourceChange, references: References, before: Any, seen: frozenset[Reference]
    ) -> Origins:
        found = Origins()
        for reference in references.found:
            if reference not in seen:
                found += self._origin(entry, reference, before, seen | {reference})
        return found

    def _origin(
        self, entry: ResourceChange, reference: Reference, before: Any, seen: frozenset[Reference]
    ) -> Origins:
        if reference.is_data:
            return self._data_origin(entry, reference, before, seen)
        path = _path(reference.attribute)
        makers = [
            source
            for source in self._instances(entry, reference)
            if _unknown_at(source.change.after_unknown, path)
        ]
        if not makers:
            return Origins()
        maker = _likeliest(makers, entry, before)
        if maker.change.is_replacement:
            return Origins((maker.address,))
        if maker.change.actions == ("update",):
            deeper = self._follow(maker, self._configuration.arguments(maker.address), before, seen)
            if deeper.roots or deeper.others:
                return deeper
        return Origins((), (reference,))

    def _data_origin(
        self, entry: ResourceChange, reference: Reference, before: Any, seen: frozenset[Reference]
    ) -> Origins:
        """A data source is read during apply for an unknown argument, or for what it waits for."""
        found = self._follow(entry, self._configuration.arguments(reference.address), before, seen)
        waiting = [
            source
            for awaited in self._configuration.waits_for(reference.address).found
            for source in self._instances(entry, awaited)
            if source.change.actions not in (("no-op",), ("read",))
        ]
        roots = tuple(source.address for source in waiting if source.change.is_replacement)
        found += Origins(roots)
        lasting = any(_lasts(source) for source in waiting)
        if lasting or (not found.roots and not found.others and self._is_read_late(reference)):
            found += Origins((), (reference,))
        return found

    def _is_read_late(self, reference: Reference) -> bool:
        return any(source.mode == "data" for source in self._by_address.get(reference.address, ()))

    def _instances(self, entry: ResourceChange, reference: Reference) -> list[ResourceChange]:
        """The planned changes a reference can mean, as seen from where `entry` stands."""
        if reference.address.split(".")[-2] == "module":
            prefix = f"{reference.address}."
            inside = (found for name, found in self._by_address.items() if name.startswith(prefix))
            candidates = [source for found in inside for source in found if source.mode == "managed"]
        else:
            candidates = self._by_address.get(reference.address, [])
        return [source for source in candidates if _in_one_module(entry.address, source.address)]

    @cached_property
    def _by_address(self) -> Mapping[str, list[ResourceChange]]:
        """The planned changes by address without keys, but for what earlier replacements left over."""
        table: dict[str, list[ResourceChange]] = {}
        for source in self._plan.resource_changes:
            if source.deposed is None:
                table.setdefault(without_keys(source.address), []).append(source)
        return table

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        """Values that only one replaced resource computes, and that are unknown afterwards."""
        owners: dict[str, set[str]] = {}
        for source in self._plan.resource_changes:
            if source.mode != "managed" or source.deposed or not source.change.is_replacement:
                continue
            for path, value in _leaves(source.change.before):
                known = not is_marked(source.change.after_unknown, path)
                if known or len(value) < _SHORTEST_TRACE or self._configuration.is_set(source.address, path):
                    continue
                owners.setdefault(value, set()).add(source.address)
        return {value: addresses.pop() for value, addresses in owners.items() if len(addresses) == 1}


def _path(attribute: str) -> Path:
    return tuple(int(index) if index else name or key for name, index, key in _STEP.findall(attribute))


def _unknown_at(marks: Any, path: Path) -> bool:
    return is_marked(marks, path) or any_marked(lookup(marks, path))


def _lasts(source: ResourceChange) -> bool:
    """Whether a change is still to be made when all replaced resources are kept.

    The plan of a replacement shows as removed what Azure fills in by default, so there only a value that is
    set to another one counts.
    """
    change = source.change
    if change.actions != ("update",) and not change.is_replacement:
        return True
    for path in differences(change.before, change.after):
        is_cause = any(path[: len(cause)] == cause for cause in change.replace_paths)
        if is_cause or _unknown_at(change.after_unknown, path):
            continue
        old, new = lookup(change.before, path), lookup(change.after, path)
        if not _same(old, new) and not (change.is_replacement and is_empty(new)):
            return True
    return False


def _same(old: Any, new: Any) -> bool:
    """Equal as the provider's SDK sees it: null, empty, false and 0 are one."""
    zero = [is_empty(value) or value is False or value == 0 for value in (old, new)]
    return all(zero) or bool(old == new)


def _in_one_module(address: str, other: str) -> bool:
    """Whether two addresses agree in the instances of the module calls that they share."""
    for (call, key), (other_call, other_key) in zip(
        _MODULE_KEYS.findall(address), _MODULE_KEYS.findall(other), strict=False
    ):
        if call != other_call:
            return True
        if key != other_key:
            return False
    return True


def _likeliest(makers: Sequence[ResourceChange], entry: ResourceChange, before: Any) -> ResourceChange:
    """Of several instances, the one the old value came from; else the one with the same key."""
    if len(makers) == 1:
        return makers[0]
    for maker in makers:
        if isinstance(before, str) and any(value == before for _, value in _leaves(maker.change.before)):
            return maker
    same_key = (maker for maker in makers if entry.index is not None and maker.index == entry.index)
    replaced = (maker for maker in makers if maker.change.is_replacement)
    return next(same_key, None) or next(replaced, None) or makers[0]


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    elif isinstance(value, str):
        yield path, value
