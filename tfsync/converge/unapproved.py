"""What a change sets that the approved change of the same object did not set, path by path.

Both changes are walked at once. A path that the residual plan sets must have been set in the approved one
too, and to the same value, or must have been unknown there. Walking, not comparing two results: what
others changed since the approval shows only in what was there before.

No schema is at hand, and the plan tells a set from a list in one way only: terraform writes the elements of
a set in one fixed order, unknown ones last (checked with terraform 1.11.4). So an order that differs counts
as a difference, except where an approved element was not yet known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from tfsync.attributes import Path, Step, any_marked, is_empty, lookup
from tfsync.converge.sameness import Planned, Sameness, items, marked_items

NOT_TO_CHANGE: Final = "would change, and was not to change when it was approved"
OTHER_VALUE: Final = "would be set to another value than approved"
NOT_KNOWN: Final = "is unknown until apply, and was known before"
UNDONE: Final = "would undo what has changed since it was approved"


class Sides(NamedTuple):
    """One value of a change: as it is, as planned, and what of it is only known after apply."""

    before: Any
    after: Any
    unknown: Any

    def at(self, step: Step) -> Sides:
        """The value one step further in; MISSING where there is none."""
        return Sides(*(lookup(value, (step,)) for value in self))

    @property
    def planned(self) -> Planned:
        """What is planned, with its marks."""
        return self.after, self.unknown

    @property
    def planned_parts(self) -> tuple[Any, Any]:
        """What is planned, and its marks where there are any: either may say which parts there are."""
        return self.after, self.unknown if any_marked(self.unknown) else None


class Walk(NamedTuple):
    """The walk over two changes of one object, with the eyes of its provider."""

    same: Sameness

    def differences(
        self, then: Sides, now: Sides, *, made: bool, path: Path = ()
    ) -> Iterator[tuple[Path, str]]:
        """Where `now` sets what `then`, the approved change, did not, each with the reason.

        `made`: both bring the object into being, so that all of it counts, not only what differs from
        before.
        """
        if then.unknown is True:
            return
        if now.unknown is True:
            yield path, NOT_KNOWN
        elif made:
            if not self.same.agree(then.planned, now.planned):
                yield from list(self._inside(then, now, made, path)) or [(path, OTHER_VALUE)]
        elif any_marked(now.unknown) or not self.same.alike(now.before, now.after):
            comes = is_empty(now.before) and is_empty(then.before) and _shape(*now.planned_parts)
            if comes:
                yield from self.differences(then, now, made=True, path=path)
            else:
                yield from self._inside(then, now, made, path)

    def _inside(self, then: Sides, now: Sides, made: bool, path: Path) -> Iterator[tuple[Path, str]]:
        shape = _shape(*now.planned_parts, now.before, then.after if made else None)
        goes = not made and all(map(is_empty, now.planned_parts))
        reason = self._as_a_whole(then, now, made) if shape is None or goes else None
        by_element = shape is list and not made and _by_elements(then, now)
        if by_element:
            reason = reason or self._by_element(then, now)
        if reason:
            yield path, reason
        # A block goes as one, with what the provider computed in it; a map goes key by key.
        elif shape and not by_element and not (goes and path and isinstance(path[-1], int)):
            values = (*now, then.after) if made else now
            for step in _steps(shape, values):
                yield from self.differences(then.at(step), now.at(step), made=made, path=(*path, step))

    def _as_a_whole(self, then: Sides, now: Sides, made: bool) -> str | None:
        if not made and self._untouched(then):
            return NOT_TO_CHANGE
        return None if self.same.agree(then.planned, now.planned) else OTHER_VALUE

    def _by_element(self, then: Sides, now: Sides) -> str | None:
        """What goes must have been to go, and what comes to come: an index says little in a set."""
        if self._untouched(then):
            return NOT_TO_CHANGE
        if not _of_blocks(then, now) and not self.same.agree(then.planned, now.planned):
            return OTHER_VALUE
        lost, approved_lost = self._less(now.before, now.after), self._less(then.before, then.after)
        if lost - approved_lost:
            return UNDONE
        fresh = self.same.unpaired(self._fresh(then), self._fresh(now))
        if not fresh:
            return None
        stayed = {self.same.form(value) for value in items(then.after)}
        return UNDONE if all(self.same.form(value) in stayed for value, _ in fresh) else OTHER_VALUE

    def _less(self, values: Any, others: Any) -> Counter[Any]:
        return Counter(map(self.same.form, items(values))) - Counter(map(self.same.form, items(others)))

    def _fresh(self, sides: Sides) -> list[Planned]:
        """The planned elements that are not there yet, each with its marks."""
        there = Counter(map(self.same.form, items(sides.before)))
        found = []
        for value, marks in marked_items(sides.planned):
            form = self.same.form(value)
            if there[form] and not any_marked(marks):
                there[form] -= 1
            else:
                found.append((value, marks))
        return found

    def _untouched(self, sides: Sides) -> bool:
        return not any_marked(sides.unknown) and self.same.alike(sides.before, sides.after)


def _shape(*values: Any) -> type | None:
    """Whether to walk by key or by index, by the first value that says it; None for a value without parts."""
    for value in values:
        if isinstance(value, Mapping) and value:
            return dict
        if isinstance(value, list) and value:
            return list
        if not is_empty(value):
            return None
    return None


def _steps(shape: type, values: tuple[Any, ...]) -> list[Any]:
    if shape is list:
        return list(range(max(len(items(value)) for value in values)))
    return sorted({key for value in values if isinstance(value, Mapping) for key in value})


def _by_elements(then: Sides, now: Sides) -> bool:
    before, after = len(items(now.before)), len(items(now.after))
    return not _of_blocks(then, now) or (before != after and max(before, after) > 1)


def _of_blocks(then: Sides, now: Sides) -> bool:
    values = (then.before, then.after, now.before, now.after)
    return any(isinstance(item, Mapping | list) for value in values for item in items(value))
