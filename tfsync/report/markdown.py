"""The report as GitHub-flavoured Markdown, for a comment or a step summary: one screen, the rest folded."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tfsync.report.groups import Entry, Group, causes_alike, groups
from tfsync.report.outcome import ending, figures
from tfsync.report.values import change_text, printable, steps_text
from tfsync.report.words import (
    BLOCKED,
    NOT_ASKED,
    UPDATED,
    capitalized,
    counted,
    effects_in_words,
    fate,
    summary_line,
)
from tfsync.triage.verdicts import CASCADE

# A comment on GitHub holds 65536 characters; what is around the report needs some as well.
_ROOM: Final = 50_000
_SHOWN_ROWS: Final = 12
_SHOWN_CAUSES: Final = 5
_SHOWN_CASCADES: Final = 20
_VALUES_ROOM: Final = 80
_CODE: Final = re.compile(r"(`[^`]+`)")


def markdown(document: Mapping[str, Any]) -> str:
    """A heading that says it all, a table of what is in the way or kept, and the reasons to unfold."""
    every = groups(document)
    found = [group for group in every if group.word != UPDATED]
    updated = len(every) - len(found)
    blocks = [f"### {prose(summary_line(document))}"]
    if document["outcome"]:
        blocks.append("\n".join(_outcome(document)))
    if found:
        blocks.append("\n".join(_table(found)))
    room = _ROOM - sum(map(len, blocks))
    for number, group in enumerate(found):
        details = "\n\n".join(_details(group))
        room -= len(details)
        if room < 0:
            blocks.append(f"… and {counted(len(found) - number, 'more resource')}, in the report as JSON.")
            break
        blocks.append(details)
    if updated:
        blocks.append(f"Besides, terraform updates {counted(updated, 'resource')} in place by itself.")
    return "\n\n".join(blocks) + "\n"


def code(text: str) -> str:
    """A code span that survives backticks in it, and the cells of a table around it."""
    text = printable(text)
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    inner = f" {text} " if longest else text
    return f"{fence}{inner}{fence}".replace("|", "\\|")


def prose(text: str) -> str:
    """A sentence: its own code spans are kept, whatever else Markdown would take for markup is escaped."""
    words = " ".join(text.split())
    parts = _CODE.split(words)
    return "".join(code(part[1:-1]) if index % 2 else _plain(part) for index, part in enumerate(parts))


def _plain(text: str) -> str:
    escaped = html.escape(printable(text), quote=False)
    # A zero-width space keeps an @ from calling somebody.
    return re.sub(r"([\\`*\[\]|~#])", r"\\\1", escaped).replace("@", "@\u200b")


def _table(found: Sequence[Group]) -> Iterator[str]:
    yield "| | Resource | Because of |"
    yield "| --- | --- | --- |"
    for group in found[:_SHOWN_ROWS]:
        yield f"| **{group.word}** | {code(group.resource['address'])} | {_because(group)} |"
    if len(found) > _SHOWN_ROWS:
        yield f"| | … and {len(found) - _SHOWN_ROWS} more | |"


def _because(group: Group) -> str:
    causes = [item for item in group.resource["attributes"] if item["verdict"] != CASCADE]
    if not causes:
        return prose(group.resource["reason"] or fate(group.resource).sentence)
    lines = [_change(item) for item in causes[:_SHOWN_CAUSES]]
    if len(causes) > _SHOWN_CAUSES:
        lines.append(f"… and {len(causes) - _SHOWN_CAUSES} more")
    if group.word == BLOCKED:
        lines.append(prose(capitalized(fate(group.resource).sentence)))
    if group.staying:
        lines.append(f"{counted(len(group.staying), 'resource')} would go with it, and stay")
    return "<br>".join(lines)


def _details(group: Group) -> Iterator[str]:
    resource = group.resource
    outcome = fate(resource)
    address = html.escape(printable(resource["address"]))
    yield f"<details><summary>{outcome.word}: <code>{address}</code></summary>"
    yield prose(capitalized(outcome.sentence))
    if resource["reason"] and resource["reason"] != outcome.sentence:
        yield prose(resource["reason"])
    if resource["advice"]:
        yield f"**Advice:** {prose(resource['advice'])}"
    for alike in causes_alike(resource["attributes"]):
        yield from _causes(alike)
    if group.cascades:
        yield "\n".join(_cascades(group))
    if group.writes:
        yield "\n".join(_writes(group))
    yield "</details>"


def _causes(alike: Sequence[Entry]) -> Iterator[str]:
    first = alike[0]
    yield "\n".join(f"- {_change(item)}{_place(item)}" for item in alike)
    yield prose(first["reason"])
    if first["undecided"]:
        yield prose(NOT_ASKED)
    beware = effects_in_words(first["effects"])
    if beware:
        yield f"**Beware:** {prose(beware)}"
    if first["advice"]:
        yield f"**Advice:** {prose(first['advice'])}"
    if first["edit"]:
        fence = "~~~" if "```" in first["edit"] else "```"
        yield f"Write instead{_place(first)}:"
        yield f"{fence}hcl\n{first['edit'].rstrip()}\n{fence}"


def _cascades(group: Group) -> Iterator[str]:
    stay = ", and stay" if len(group.staying) == len(group.cascades) else ""
    yield f"Replaced only because of it{stay}:"
    yield ""
    for entry in group.cascades[:_SHOWN_CASCADES]:
        yield f"- {code(entry['address'])}"
    if len(group.cascades) > _SHOWN_CASCADES:
        yield f"- … and {len(group.cascades) - _SHOWN_CASCADES} more"


def _writes(group: Group) -> Iterator[str]:
    yield "Written to Azure:"
    yield ""
    for write in group.writes:
        for change in write["changes"]:
            values = steps_text(change, read=write["read"], room=_VALUES_ROOM)
            yield f"- {write['method']} {write['api_version']} {code(change['arm_path'])}: {code(values)}"


def _outcome(document: Mapping[str, Any]) -> Iterator[str]:
    outcome = document["outcome"]
    yield prose(f"{capitalized(ending(document))} {figures(outcome)}")
    problems = [f"{code(item['address'])}: {prose(item['message'])}" for item in outcome["failed"]]
    problems += [prose(difference) for difference in outcome["differences"]]
    if problems:
        yield ""
    for problem in problems[:_SHOWN_ROWS]:
        yield f"- {problem}"


def _change(item: Entry) -> str:
    return f"{code(item['path'])}: {code(change_text(item, _VALUES_ROOM))}"


def _place(entry: Entry) -> str:
    position = entry["position"]
    return f" ({code(position['file'])}, line {position['line']})" if position else ""
