"""The lock files pin what pyproject.toml asks for, by hash, and name no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))

# What of pyproject.toml each lock holds: None is `dependencies`, a name an extra or a dependency group.
CONTENTS: dict[str, tuple[str | None, ...]] = {
    "build": ("build",),
    "runtime": (None, "sandbox"),
    "terraform": (None, "terraform"),
    "test": (None, "sandbox", "test", "lint"),
}


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def entries(lock: Path) -> dict[str, str]:
    """What follows each name in a lock: the pin, and the hashes below it."""
    text = lock.read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(==.*(?:\n    --hash=.*)*)", text, flags=re.MULTILINE))


def pins(lock: Path) -> dict[str, str]:
    return {name: re.findall(r"^==([^ ]+)", entry)[0] for name, entry in entries(lock).items()}


def test_every_lock_is_accounted_for() -> None:
    assert {lock.stem for lock in LOCKS} == set(CONTENTS)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_satisfies_the_ranges_of_pyproject(lock: Path, pyproject: dict[str, Any]) -> None:
    project = pyproject["project"]
    parts = {
        None: project["dependencies"],
        **project["optional-dependencies"],
        **pyproject["dependency-groups"],
    }
    pinned = pins(lock)

    for requirement in (Requirement(text) for part in CONTENTS[lock.stem] for text in parts[part]):
        version = pinned.get(canonicalize_name(requirement.name), "missing")
        assert version != "missing", f"{lock.name} lacks {requirement}: run `make lock`"
        assert requirement.specifier.contains(version), (
            f"{lock.name} pins {version} against {requirement}: run `make lock`"
        )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_agrees_with_the_others(lock: Path) -> None:
    everything = pins(ROOT / "requirements" / "test.lock")

    assert {
        name: version for name, version in pins(lock).items() if everything.get(name, version) != version
    } == {}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_checks_every_package_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    unlisted = [
        line for line in text.splitlines() if not re.match(r"#|[a-z0-9-]+==|    --hash=sha256:", line)
    ]

    assert entries(lock)
    assert [name for name, entry in entries(lock).items() if "--hash=sha256:" not in entry] == []
    assert unlisted == []
    assert "://" not in text
