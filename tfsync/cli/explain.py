"""`tfsync explain`: what the rules say about an attribute."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfsync.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Iterator


def _complete(incomplete: str) -> list[str]:
    from tfsync.rules import builtin_rules

    names = {name for _, rule in builtin_rules().rules() for name in rule.attributes}
    return sorted(name for name in names if name.startswith(incomplete))


def explain(
    attribute: Annotated[
        str,
        typer.Argument(
            metavar="ATTRIBUTE",
            help="load_balancer_sku, network_profile.pod_cidr, azurerm_kubernetes_cluster.location, …",
            autocompletion=_complete,
        ),
    ],
    provider: Annotated[
        str | None,
        typer.Option("--provider", metavar="VERSION", help="Also say whether this azurerm replaces."),
    ] = None,
    format: Annotated[  # noqa: A002
        options.PlainFormat, typer.Option("--format", help="How the answer is written.")
    ] = options.PlainFormat.text,
    rules: options.RulesDir = None,
) -> int:
    """Say what Azure can do in place for an attribute, which azurerm replaces, and how that is known."""
    from tfsync.cli.session import rules_in_force
    from tfsync.rules.explain import explain as find

    found = [item.document(provider) for item in find(rules_in_force(rules), attribute)]
    if format is options.PlainFormat.json:
        import json

        output.out(json.dumps({"format_version": "1.0", "explanations": found}, indent=2) + "\n")
        return 0
    output.out("\n".join("\n".join(_lines(item)) + "\n" for item in found))
    return 0


def _lines(item: dict[str, Any]) -> Iterator[str]:
    yield f"{item['resource']}.{item['attribute']}  ({item['rule']})"
    yield f"  azurerm replaces in {' and '.join(item['replaces']).replace(',', ' ')}"
    if item["provider"]:
        verb = (
            "replaces for some of these changes"
            if item["provider"]["replaces"]
            else "does not replace for it"
        )
        yield f"  azurerm {item['provider']['version']} {verb}"
    for transition in item["transitions"]:
        yield ""
        yield f"  {_heading(transition)}: {transition['verdict']}"
        for label, text in _details(transition):
            yield from textwrap.wrap(
                f"{label}{text}", output.width(), initial_indent="    ", subsequent_indent="      "
            )
        if transition["edit"]:
            yield from (f"      {line}" for line in transition["edit"].splitlines())
    yield ""
    for text in item["evidence"]:
        yield from textwrap.wrap(
            text, output.width(), initial_indent="  Evidence: ", subsequent_indent="            "
        )


def _heading(transition: dict[str, Any]) -> str:
    sides = (transition["from"], transition["to"])
    words = "any other change" if sides == ("anything", "anything") else f"{sides[0]} → {sides[1]}"
    return f"{words} ({', '.join(transition['when'])})" if transition["when"] else words


def _details(transition: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "", transition["reason"]
    for condition in transition["conditions"]:
        yield "Stops with: ", condition
    if transition["effects"]:
        yield "Effects: ", ", ".join(transition["effects"]).replace("_", " ")
    if transition["arm_paths"]:
        through = f", through {', '.join(transition['through'])}" if transition["through"] else ""
        yield (
            "Written: ",
            f"{', '.join(transition['arm_paths'])} (api-version {transition['api_version']}){through}",
        )
    if transition["advice"]:
        yield "Advice: ", transition["advice"]
