"""What the stand-in tells Terraform when it cannot do something."""

from __future__ import annotations


class ProviderError(Exception):
    """A diagnostic: one line, an explanation, and the attribute it is about (if any)."""

    def __init__(self, summary: str, detail: str = "", path: tuple[str | int, ...] = ()) -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.path = path
