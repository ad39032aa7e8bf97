"""The report for a terminal: what a platform engineer wants to know in two seconds, then why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tfsync.report.explain import explained
from tfsync.report.findings import policy_lines
from tfsync.report.groups import Entry, Group, causes_alike, groups
from tfsync.report.page import BOLD, DIM, GREEN, RED, YELLOW, Page
from tfsync.report.values import ELLIPSIS, change_text, steps_text
from tfsync.report.words import (
    BLOCKED,
    DESTROYED,
    KEPT,
    NOT_ASKED,
    REPLACED,
    UPDATED,
    counted,
    effects_in_words,
    fate,
    summary_line,
)
from tfsync.triage.verdicts import CASCADE, IN_PLACE

_STYLES: Final = {BLOCKED: RED, KEPT: GREEN, REPLACED: YELLOW, DESTROYED: YELLOW, UPDATED: DIM}
_SHOWN_CAUSES: Final = 5
_SHOWN_DETAILS: Final = 5
_SHOWN_CASCADES: Final = 8
_SHOWN_UPDATES: Final = 5
_SHOWN_LOST: Final = 20


def text(document: Mapping[str, Any], *, color: bool, width: int, encoding: str = "utf-8") -> str:
    """The whole report on a judged plan. The verdicts' lines for policy checks come first, the summary last.

    `width` is in columns; only what must stay in one piece (an address, a policy line, code) may be wider.
    """
    page = Page(color=color, width=width, encoding=encoding)
    for line in policy_lines(document):
        page.line(line)
    page.gap()
    found = groups(document)
    lost = [group for group in found if group.word in (REPLACED, DESTROYED)]
    for group in [group for group in found if group.word in (BLOCKED, KEPT)] + lost[:_SHOWN_LOST]:
        _put_group(page, group)
        page.gap()
    if len(lost) > _SHOWN_LOST:
        page.prose(f"{ELLIPSIS} and {len(lost) - _SHOWN_LOST} more that terraform replaces or destroys.")
        page.gap()
    _put_updates(page, [group.resource for group in found if group.word == UPDATED])
    page.gap()
    page.prose(summary_line(document), hang=2, style=BOLD)
    return page.text()


def _put_group(page: Page, group: Group) -> None:
    resource = group.resource
    page.fitting([resource["address"], *_place(resource)], style=BOLD)
    outcome = fate(resource)
    words = f"{outcome.word} ({resource['verdict']}): {outcome.sentence}"
    page.prose(words, indent=2, style=_STYLES[outcome.word])
    if resource["reason"] and resource["reason"] != outcome.sentence:
        page.prose(resource["reason"], indent=2)
    if resource["advice"]:
        page.prose(f"Advice: {resource['advice']}", indent=2)
    for alike in causes_alike(resource["attributes"]):
        _put_causes(page, alike, blocked=resource["blocked"])
    _put_cascades(page, group)
    for write in group.writes:
        put_write(page, write, indent=2)


def _put_causes(page: Page, alike: Sequence[Entry], *, blocked: bool) -> None:
    for item in alike[:_SHOWN_CAUSES]:
        _put_change(page, item, indent=2)
    _put_rest(page, len(alike) - _SHOWN_CAUSES, indent=2)
    first = alike[0]
    page.prose(first["reason"], indent=4)
    if blocked and first["verdict"] in (IN_PLACE, CASCADE):
        page.prose("This alone would not be in the way.", indent=4)
    if first["undecided"]:
        page.prose(NOT_ASKED, indent=4)
    beware = effects_in_words(first["effects"])
    if beware:
        page.prose(f"Beware: {beware}", indent=4, style=YELLOW)
    if first["advice"]:
        page.prose(f"Advice: {first['advice']}", indent=4)
    if first["edit"]:
        _put_edit(page, first)


def _put_change(page: Page, item: Entry, *, indent: int) -> None:
    inner = page.width - indent - 2
    place = _place(item) if item["verdict"] != CASCADE else []
    page.fitting([f"{item['path']}:", change_text(item, inner), *place], indent=indent)
    if item["sensitive"] or item["unknown"]:
        return
    details = explained(item["before"], item["after"], width=inner - 4)
    for line in details[:_SHOWN_DETAILS]:
        page.prose(line, indent=indent + 4, hang=2)
    _put_rest(page, len(details) - _SHOWN_DETAILS, indent=indent + 4)


def _put_edit(page: Page, item: Entry) -> None:
    """The edit as it is to be written; only a sentence is wrapped, never code."""
    page.fitting(["Write instead", *_place(item)], indent=4)
    lines = item["edit"].splitlines()
    for line in lines:
        if len(lines) == 1 and "=" not in line:
            page.prose(line, indent=6)
        else:
            page.line(line, indent=6)


def _put_cascades(page: Page, group: Group) -> None:
    if not group.cascades:
        return
    number = len(group.cascades)
    are = f"{counted(number, 'resource')} {'is' if number == 1 else 'are'} replaced only because of this one"
    if len(group.staying) == number:
        page.prose(f"{are}, and {'stays' if number == 1 else 'stay'}:", indent=2, style=GREEN)
    else:
        page.prose(f"{are}:", indent=2)
    for entry in group.cascades[:_SHOWN_CASCADES]:
        page.line(entry["address"], indent=4)
    _put_rest(page, number - _SHOWN_CASCADES, indent=4)


def put_write(page: Page, write: Entry, *, indent: int) -> None:
    """One request to ARM: what it sets, and from what."""
    request = f"{write['method']} (api-version {write['api_version']})"
    changes = [
        [
            f"{change['arm_path'].removeprefix('properties.')}:",
            steps_text(change, read=write["read"], room=page.width - indent - 4),
        ]
        for change in write["changes"]
    ]
    if len(changes) == 1 and page.holds([request, *changes[0]], indent=indent):
        page.fitting([request, *changes[0]], indent=indent, style=DIM)
        return
    page.line(request, indent=indent, style=DIM)
    for change in changes:
        page.fitting(change, indent=indent + 2, style=DIM)


def _put_updates(page: Page, resources: Sequence[Entry]) -> None:
    """What terraform does by itself, kept short: its own plan says it all."""
    if not resources:
        return
    page.prose("Terraform updates in place:", style=DIM)
    for resource in resources[:_SHOWN_UPDATES]:
        page.line(resource["address"], indent=2)
        for item in resource["attributes"][:_SHOWN_CAUSES]:
            _put_change(page, item, indent=4)
        _put_rest(page, len(resource["attributes"]) - _SHOWN_CAUSES, indent=4)
    _put_rest(page, len(resources) - _SHOWN_UPDATES, indent=2)


def _put_rest(page: Page, number: int, *, indent: int) -> None:
    if number > 0:
        page.line(f"{ELLIPSIS} and {number} more", indent=indent)


def _place(entry: Entry) -> list[str]:
    """`(main.tf:12)`, where it is known."""
    position = entry["position"]
    return [f"({position['file']}:{position['line']})"] if position else []
