"""What a run did, for a terminal: changed, kept, left, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tfsync.report.page import BOLD, GREEN, RED, YELLOW, Page
from tfsync.report.text import put_write
from tfsync.report.values import ELLIPSIS
from tfsync.report.words import counted, summary_parts

_SHOWN: Final = 10
_DONE: Final = {"create": "created", "update": "updated", "delete": "deleted"}


def outcome_text(
    document: Mapping[str, Any], *, color: bool = False, width: int = 80, encoding: str = "utf-8"
) -> str:
    """What became of the plan. Raises KeyError for a document without an outcome in it."""
    outcome = document["outcome"]
    page = Page(color=color, width=width, encoding=encoding)
    written = [write for write in document["writes"] if write["address"] in outcome["written"]]
    if written:
        page.line("Changed in Azure:")
    for write in written:
        page.line(write["address"], indent=2)
        put_write(page, write, indent=4)
    with_it = [address for address in outcome["kept"] if address not in outcome["written"]]
    _put_list(page, "Kept with that:" if written else "Kept:", with_it, style=GREEN)
    _put_failed(page, outcome["failed"])
    _put_list(page, "Not approved, so not applied:", outcome["differences"], style=RED)
    _put_list(page, "Still to change, says the last plan:", outcome["left"], style=YELLOW)
    page.gap()
    if written and outcome["applied"]:
        page.prose(f"Terraform then {_done(outcome['residual'])}.")
    page.prose(figures(outcome))
    page.prose(f"tfsync: {ending(document)}", hang=2, style=BOLD)
    return page.text()


def figures(outcome: Mapping[str, Any]) -> str:
    """`4 requests to ARM, 5 runs of terraform, 12.3 s.`"""
    parts = [
        counted(outcome["arm_requests"], "request") + " to ARM",
        counted(outcome["terraform_invocations"], "run") + " of terraform",
        f"{outcome['seconds']} s",
    ]
    journal = f" Journal: {outcome['journal']}." if outcome["journal"] else ""
    return f"{', '.join(parts)}.{journal}"


def ending(document: Mapping[str, Any]) -> str:
    """How it ended, in one sentence: `0 of 5 destroyed; 1 changed in place, 4 kept with it.`"""
    outcome, summary = document["outcome"], document["summary"]
    if outcome["failed"]:
        number = len({failure["address"] for failure in outcome["failed"]})
        return f"{counted(number, 'resource')} could not be changed, so terraform applied nothing."
    if outcome["differences"]:
        return "what is left is not what was approved, so terraform applied nothing."
    if not outcome["applied"]:
        return "nothing was applied."
    planned = summary["destroys_planned"]
    parts = [f"{summary['destroys_after']} of {planned} destroyed" if planned else "nothing destroyed"]
    parts += [text for text in [summary_parts(document)] if text]
    if outcome["left"]:
        parts.append(f"{counted(len(outcome['left']), 'resource')} still to change")
    elif outcome["written"]:
        # Only then was a plan made afterwards that can say so.
        parts.append("nothing is left to do")
    return "; ".join(parts) + "."


def _done(residual: Mapping[str, int]) -> str:
    done = [f"{_DONE.get(action, action)} {number}" for action, number in residual.items() if number]
    return ", ".join(done) or "had nothing left to do"


def _put_list(page: Page, title: str, lines: Sequence[str], *, style: str) -> None:
    if not lines:
        return
    page.line(title, style=style)
    for line in lines[:_SHOWN]:
        page.prose(line, indent=2, hang=2)
    if len(lines) > _SHOWN:
        page.line(f"{ELLIPSIS} and {len(lines) - _SHOWN} more", indent=2)


def _put_failed(page: Page, failed: Sequence[Mapping[str, str]]) -> None:
    if failed:
        page.line("Not changed:", style=RED)
    for failure in failed:
        page.line(failure["address"], indent=2)
        for line in failure["message"].splitlines():
            page.prose(line, indent=4)
