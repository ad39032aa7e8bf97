"""What tfsync tells: one document of plain JSON values, and from it every format for people and machines.

Pure: values in, strings out. Nothing here prints, reads a file or looks at a clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tfsync.report.document import Failure, Run, document
from tfsync.report.github import github
from tfsync.report.markdown import markdown
from tfsync.report.outcome import outcome_text
from tfsync.report.sarif import sarif
from tfsync.report.text import text
from tfsync.report.values import spelled

FORMATS: Final = ("text", "json", "markdown", "sarif", "github")

__all__ = ["FORMATS", "Failure", "Run", "document", "outcome_text", "render"]


def render(
    document: Mapping[str, Any],
    format: str,  # noqa: A002  the name of the option
    *,
    color: bool = False,
    width: int = 80,
    encoding: str = "utf-8",
) -> str:
    """The document in one of FORMATS, ending in exactly one newline.

    JSON and SARIF are plain ASCII, and the same bytes for the same document. What else the encoding of the
    reader lacks is spelt in characters that it has. Raises KeyError for another format.
    """
    if format == "text":
        page = text(document, color=color, width=width, encoding=encoding)
        if document["outcome"]:
            page += "\n" + outcome_text(document, color=color, width=width, encoding=encoding)
        return page
    write = {"json": _json, "markdown": markdown, "sarif": sarif, "github": github}[format]
    return spelled(write(document), encoding)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
