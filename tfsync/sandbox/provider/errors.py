"""What the stand-in tells Terraform when it cannot do something."""

from __future__ import annotations

from typing import Any


class ProviderError(Exception):
    """A diagnostic: one line, an explanation, and the attribute it is about (if any).

    `left` is the state that a failed apply leaves, where it is not the one before: Azure has the
    resource, but reading it back failed. Terraform then keeps a new one as tainted.
    """

    left: dict[str, Any] | None = None

    def __init__(self, summary: str, detail: str = "", path: tuple[str | int, ...] = ()) -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.path = path
