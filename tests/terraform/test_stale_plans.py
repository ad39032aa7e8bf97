"""A stale saved plan is known before anything is written: by lineage and serial, as terraform does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tfsync.errors import BadInput
from tfsync.terraform.workspace import Workspace

ONE = 'variable "x" {\n  default = 1\n}\nresource "terraform_data" "one" {\n  input = var.x\n}\n'
Make = Callable[..., Workspace]


def test_a_first_plan_is_not_stale(workspace: Make) -> None:
    """There is no state yet, so no lineage either."""
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    one.refuse_stale(Path("p"))
    one.apply(Path("p"))
    with pytest.raises(BadInput, match="the saved plan is stale"):
        one.refuse_stale(Path("p"))


def test_a_plan_of_the_current_state_is_not_stale(workspace: Make) -> None:
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    one.apply(Path("p"))
    one.plan(Path("second"), variables={"x": 2}, quiet=True)
    one.refuse_stale(Path("second"))
    one.refuse_stale(Path("second"))
    one.plan(Path("third"), variables={"x": 3}, quiet=True)
    one.apply(Path("third"))
    with pytest.raises(BadInput, match="the saved plan is stale") as caught:
        one.refuse_stale(Path("second"))
    assert str(one.root / "second") == caught.value.where


def test_a_plan_of_another_state_is_stale(workspace: Make) -> None:
    one = workspace(ONE)
    one.plan(Path("p"), quiet=True)
    one.apply(Path("p"))
    one.plan(Path("p"), variables={"x": 2}, quiet=True)
    state = one.root / "terraform.tfstate"
    document = json.loads(state.read_text())
    state.write_text(json.dumps({**document, "lineage": "11111111-1111-1111-1111-111111111111"}))
    with pytest.raises(BadInput, match="the saved plan is stale"):
        one.refuse_stale(Path("p"))


@pytest.mark.parametrize(
    "content", [b"no zip", b"", b"PK\x05\x06" + bytes(18)], ids=["text", "empty", "empty zip"]
)
def test_a_file_that_does_not_say_is_refused(workspace: Make, content: bytes) -> None:
    one = workspace(ONE)
    (one.root / "p").write_bytes(content)
    with pytest.raises(BadInput, match="does not say from which state"):
        one.refuse_stale(Path("p"))
