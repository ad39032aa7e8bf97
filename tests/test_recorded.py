"""The recordings are complete, and read as what their README says they are."""

from __future__ import annotations

import json

import pytest

from tests.recorded import EXCHANGES, Recording, recording, recordings


def test_the_three_provider_versions_are_there() -> None:
    counts = {
        version: sum(1 for one in recordings() if one.version == version)
        for version in ("2.36.0", "3.117.1", "5.2.0")
    }

    assert counts == {"2.36.0": 13, "3.117.1": 54, "5.2.0": 61}
    assert sum(counts.values()) == len(recordings())


@pytest.mark.parametrize("recording", recordings(), ids=str)
def test_a_recording_is_complete(recording: Recording) -> None:
    plan = recording.plan()

    assert plan.terraform_version == "1.11.4"
    changes = [entry for entry in plan.resource_changes if not entry.change.is_nothing]
    # Leaving network_policy out plans nothing: the provider keeps what Azure has.
    assert bool(changes) == (recording.scenario != "network-policy-azure-removed")
    assert recording.arm_before()
    assert list(recording.path.glob("*.tf*"))
    if recording.updates_in_place:
        assert recording.arm_after()
        assert all(write["method"] in {"PUT", "PATCH", "DELETE"} for write in recording.provider_writes())


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("2.36.0/ssh-key-rotate", ("delete", "create")),
        ("3.117.1/ssh-key-rotate", ("update",)),
        ("5.2.0/ssh-key-rotate", ("delete", "create")),
    ],
)
def test_one_scenario_differs_between_versions(name: str, actions: tuple[str, ...]) -> None:
    changed = [entry for entry in recording(name).plan().resource_changes if not entry.change.is_nothing]

    assert [entry.change.actions for entry in changed] == [actions]


@pytest.mark.parametrize("version", ["3.117.1", "4.81.0", "5.2.0"])
def test_an_exchange_is_requests_between_named_steps(version: str) -> None:
    lines = (EXCHANGES / f"azurerm-{version}.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]

    assert "step" in entries[0]
    assert [entry["step"] for entry in entries if "step" in entry][-1] == "destroy"
    assert all({"request", "response"} == set(entry) for entry in entries if "step" not in entry)
