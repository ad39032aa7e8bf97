"""The verdict on a value that is only known after apply.

A replaced resource makes everything unknown that refers to it. Terraform replaces those as well, and they are
left alone once their root is kept. An unknown value with another origin is a phantom.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from tfsync.attributes import to_text
from tfsync.terraform.plan import Plan, ResourceChange
from tfsync.triage.causes import Cause
from tfsync.triage.origins import Tracer
from tfsync.triage.references import Configuration, Reference, References
from tfsync.triage.verdicts import CASCADE, PHANTOM, TERRAFORM, AttributeVerdict


class Cascades:
    """Judges the unknown causes of one plan. The configuration is only looked into when there are any."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @cached_property
    def _configuration(self) -> Configuration:
        return Configuration(self._plan.configuration)

    @cached_property
    def _tracer(self) -> Tracer:
        return Tracer(self._plan, self._configuration)

    def judge(self, entry: ResourceChange, cause: Cause) -> AttributeVerdict:
        """The verdict on a cause whose new value is only known after apply."""
        references = self._configuration.references(entry.address, cause.path)
        origins = self._tracer.origins(entry, references, cause.before)
        if not origins.roots or origins.others:
            return self._phantom(cause, references, origins.others)
        moved = self._tracer.moved(entry, references)
        if moved is not None:
            reason = f"It refers to {moved}, which really changes; terraform replaces this afterwards."
            return cause.judged(TERRAFORM, reason, roots=origins.roots)
        roots = " and ".join(origins.roots)
        return cause.judged(CASCADE, f"It refers to {roots}, which the plan replaces.", roots=origins.roots)

    def _phantom(
        self, cause: Cause, references: References, others: tuple[Reference, ...]
    ) -> AttributeVerdict:
        name = to_text(cause.path)
        found = others or references.found
        data = next((item for item in found if item.is_data), None)
        if data:
            names = [item.address for item in self._configuration.waits_for(data.address).found]
            why = f" because of its depends_on ({', '.join(names)})" if names else ""
            reason = f"{name} is only known after apply: {data.address} is read during apply{why}."
            advice = (
                f"Let {data.address} be read while planning: "
                "take its depends_on away, or apply what it waits for first."
            )
        elif found:
            reason = f"{name} is only known after apply: it refers to {_described(found)}."
            advice = f"Apply {found[0].address} first (-target); the next plan knows the value."
        else:
            through = f" It goes through {', '.join(references.undecided)}." if references.undecided else ""
            reason = f"{name} is only known after apply, so the plan cannot tell whether it changes.{through}"
            advice = "Apply what the value comes from first (-target), then plan again."
        return cause.judged(PHANTOM, reason, advice=advice)


def _described(references: Iterable[Reference]) -> str:
    return ", ".join(
        f"{item.address}.{item.attribute}" if item.attribute else item.address for item in references
    )
