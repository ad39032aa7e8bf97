"""Errors are for people: what is wrong, where, what to do; each kind leaves with its exit code."""

from __future__ import annotations

import pytest

from tfsync.errors import ArmError, BadInput, Blocked, Interrupted, TerraformFailed, TfsyncError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TfsyncError("no"), 1),
        (BadInput("no"), 1),
        (TerraformFailed("no", code=17), 1),
        (ArmError("no"), 1),
        (Blocked("no"), 3),
        (Interrupted("no"), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_kind_leaves_with_its_exit_code(error: TfsyncError, code: int) -> None:
    assert error.exit_code == code
    assert isinstance(error, TfsyncError)


@pytest.mark.parametrize(
    ("where", "hint", "text"),
    [
        (None, None, "is no plan"),
        ("plan.json", None, "plan.json: is no plan"),
        (None, "Make one.", "is no plan\nMake one."),
        ("plan.json", "Make one.", "plan.json: is no plan\nMake one."),
    ],
)
def test_the_message_says_where_what_and_what_to_do(where: str | None, hint: str | None, text: str) -> None:
    error = BadInput("is no plan", where=where, hint=hint)
    assert str(error) == text
    assert (error.message, error.where, error.hint) == ("is no plan", where, hint)


def test_what_terraform_left_with_is_kept() -> None:
    assert TerraformFailed("said no", code=2).code == 2
