"""When two values of a plan are the same: as the provider reads them, and as far as they were known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tfsync.attributes import MISSING, any_marked, is_empty, lookup

# A planned value with its marks in `after_unknown`.
Planned = tuple[Any, Any]


class Sameness(NamedTuple):
    """How a provider compares. `loose`: it reads null and the zero value alike, as the SDK v2 does."""

    loose: bool

    def agree(self, approved: Planned, planned: Planned) -> bool:
        """Whether a planned value is the approved one, wherever that was known. Each with its marks."""
        (then, then_marks), (now, now_marks) = approved, planned
        if then_marks is True:
            return True
        if now_marks is True:
            return False
        if not any_marked(then_marks) and not any_marked(now_marks):
            return self.alike(then, now)
        if isinstance(then, Mapping) and isinstance(now, Mapping):
            return all(
                self.agree(
                    (lookup(then, (key,)), lookup(then_marks, (key,))),
                    (lookup(now, (key,)), lookup(now_marks, (key,))),
                )
                for key in _keys(then, now, now_marks)
            )
        if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
            # A set: what was unknown and came last has its own place now.
            return not self.unpaired(marked_items(approved), marked_items(planned))
        return False

    def unpaired(self, approved: list[Planned], planned: list[Planned]) -> list[Planned]:
        """The planned elements for which no approved one is left; the known ones are taken first."""
        left = sorted(approved, key=lambda item: (item[1] is True, any_marked(item[1])))
        unpaired = []
        for item in planned:
            place = next((index for index, one in enumerate(left) if self.agree(one, item)), None)
            if place is None:
                unpaired.append(item)
            else:
                del left[place]
        return unpaired

    def alike(self, one: Any, other: Any) -> bool:
        """Whether the provider cannot tell two values apart. 1 and 1.0 are one number; true is none."""
        return bool(self.form(one) == self.form(other))

    def form(self, value: Any) -> Any:
        """A hashable form, the same for values that are alike."""
        # A key that is absent is not null: a label without a value is still a label.
        if self.loose and value is not MISSING and (is_empty(value) or value is False or value == 0):
            return None
        if isinstance(value, Mapping):
            return frozenset((key, self.form(inner)) for key, inner in value.items())
        if isinstance(value, list):
            return tuple(map(self.form, value))
        return (bool, value) if isinstance(value, bool) else value


def _keys(*values: Any) -> set[str]:
    return {key for value in values if isinstance(value, Mapping) for key in value}


def items(value: Any) -> list[Any]:
    """The elements of a list; none where it is null or something else."""
    return value if isinstance(value, list) else []


def marked_items(planned: Planned) -> list[Planned]:
    """The elements, each with its marks in `after_unknown`."""
    values, marks = planned
    return [(value, lookup(marks, (index,))) for index, value in enumerate(items(values))]
