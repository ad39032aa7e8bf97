"""docs/report.md shows what tfsync prints, and names every key."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

from tests.recorded import recording
from tests.report.judging import judged
from tfsync.report import FORMATS, render
from tfsync.report.words import BLOCKED, DESTROYED, KEPT, REPLACED, UPDATED
from tfsync.terraform.positions import Position, locate

PAGE = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
CLUSTER = "azurerm_kubernetes_cluster.aks"


def test_the_example_is_what_the_recording_gives() -> None:
    folder = recording("5.2.0/cascade-lb-sku").path
    positions = {}
    for path in ((), ("network_profile", 0, "load_balancer_sku")):
        found = locate(folder, CLUSTER, path)
        assert found is not None
        positions[CLUSTER, path] = Position(found.file.relative_to(folder), found.line)

    shown = render(judged("5.2.0/cascade-lb-sku", live=True, positions=positions), "text", width=80)
    (example,) = re.findall(r"```text\n(azurerm.*?)```", PAGE, flags=re.DOTALL)

    assert without_reasons(example) == without_reasons(shown)


def without_reasons(text: str) -> list[str]:
    """The lines but for reasons and advice: those are the rules' words, and change with the rules."""
    return [line for line in text.splitlines() if not re.match(r"    (?!Beware)\S+ ", line)]


def test_every_key_and_every_word_is_explained() -> None:
    schema = json.loads((resources.files("tfsync.report") / "schema.json").read_text(encoding="utf-8"))
    named = set(re.findall(r"`([a-z_]+)`", PAGE))

    assert keys_of(schema) - named == set()
    assert [word for word in (BLOCKED, DESTROYED, KEPT, REPLACED, UPDATED) if f"`{word}`" not in PAGE] == []
    assert [name for name in FORMATS if f"| `{name}` |" not in PAGE] == []


def keys_of(schema: Any) -> set[str]:
    """Every property and every word of an enumeration in the schema, as far as it is tfsync's own."""
    if isinstance(schema, list):
        return {key for item in schema for key in keys_of(item)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {})) | {word for word in schema.get("enum", []) if "_" in word}
    return own | {key for value in schema.values() for key in keys_of(value)}
