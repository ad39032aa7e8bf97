"""Which part of a changed block or list differs, for people. The one place that uses deepdiff."""

from __future__ import annotations

import json
from collections.abc import Iterator
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

    difference = DeepDiff(
        before, after, ignore_order=True, verbose_level=2, view="tree", threshold_to_diff_deeper=0
    )
    kinds = difference.items()
    lines = sorted(
        line for kind, entries in kinds for entry in entries for line in _lines(kind, entry, width)
    )
    return [text for _, text in lines] or ["the same elements, in another order or number"]


def _lines(kind: str, entry: Any, width: int) -> Iterator[tuple[str, str]]:
    """What one difference says, after its place: deepdiff's own order is that of sets."""
    path = entry.path(output_format="list")
    place = to_text(tuple(path))
    room = width - len(place) - len(": removed ")
    if isinstance(path[-1], int):
        # Without order, an element that turned into another is one that went and one that came.
        outer = place[: place.rindex("[")]
        at = f"{outer}: " if outer else ""
        if not kind.endswith("_added"):
            yield place, f"{at}removed {shortened(written(entry.t1), room)}"
        if not kind.endswith("_removed"):
            yield place, f"{at}added {shortened(written(entry.t2), room)}"
    elif kind.endswith("_added"):
        yield place, f"{place}: added {shortened(written(entry.t2), room)}"
    elif not kind.endswith("_removed"):
        old, new = shortened_pair(written(entry.t1), written(entry.t2), room)
        yield place, f"{place}: {old} {ARROW} {new}"
    elif any(isinstance(step, int) for step in path):
        # Plan JSON leaves out of a block what is only known after apply, as if it were not there.
        gone = shortened(written(entry.t1), room)
        yield place, f"{place}: {gone} {ARROW} (none, or known after apply)"
    else:
        yield place, f"{place}: removed {shortened(written(entry.t1), room)}"
