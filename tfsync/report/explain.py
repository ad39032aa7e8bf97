"""Which part of a changed block or list differs, for people. The one place that uses deepdiff."""

from __future__ import annotations

import json
from typing import Any, Final

from tfsync.attributes import to_text
from tfsync.report.values import ARROW, shortened, shortened_pair, written

# deepdiff pairs list elements by likeness, which takes seconds on a list of hundreds of blocks.
_LARGEST: Final = 20_000


def explained(before: Any, after: Any, *, width: int) -> list[str]:
    """One line per difference inside two blocks, lists or maps; none where there is nothing to take apart.

    The order of a list counts for nothing: Terraform's sets come as lists, and the plan does not say which
    they are. Values are shortened so that a line has about `width` characters.
    """
    both_filled = before and after and isinstance(before, list | dict) and type(before) is type(after)
    if not both_filled or len(json.dumps([before, after])) > _LARGEST:
        return []
    from deepdiff import DeepDiff

    difference = DeepDiff(before, after, ignore_order=True, verbose_level=2, view="tree")
    lines = sorted(_line(kind, entry, width) for kind in difference for entry in difference[kind])
    return [text for _, text in lines] or ["the same elements, in another order or number"]


def _line(kind: str, entry: Any, width: int) -> tuple[str, str]:
    """A difference, after its place: deepdiff's own order is that of sets."""
    path = entry.path(output_format="list")
    place = to_text(tuple(path))
    in_list = isinstance(path[-1], int)
    room = width - len(place) - len(": added ")
    if kind.endswith("_added"):
        return place, f"{_named(place, in_list)}added {shortened(written(entry.t2), room)}"
    if not kind.endswith("_removed"):
        old, new = shortened_pair(written(entry.t1), written(entry.t2), room)
        return place, f"{place}: {old} {ARROW} {new}"
    gone = shortened(written(entry.t1), room)
    if in_list or not any(isinstance(step, int) for step in path):
        return place, f"{_named(place, in_list)}removed {gone}"
    # Plan JSON leaves out of a block what is only known after apply, as if it were not there.
    return place, f"{place}: {gone} {ARROW} (none, or known after apply)"


def _named(place: str, in_list: bool) -> str:
    """The index of an element that came or went says nothing where order does not count."""
    outer = place[: place.rindex("[")] if in_list else place
    return f"{outer}: " if outer else ""
