"""What `pip install tfsync` brings is what the source has."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ("tfsync", "modules", "examples", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel, built from a copy so that nothing is left in the source."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCE:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".terraform*", "*.tfvars", "*.tfstate*")
            shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source)
    subprocess.run(
        [sys.executable, "-c", "import setuptools.build_meta as build; build.build_wheel('dist')"],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = (source / "dist").glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def test_every_file_of_the_package_is_in_the_wheel(wheel: set[str]) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tfsync").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert files - wheel == set()


@pytest.mark.parametrize("folder", ["examples/quickstart", "modules/aks", "modules/acr-pull"])
def test_what_the_demo_lays_out_is_in_the_wheel(wheel: set[str], folder: str) -> None:
    inside = "tfsync/sandbox/scenarios/" + folder.removeprefix("examples/")
    sources = {f"{inside}/{path.name}" for path in (ROOT / folder).glob("*.tf")}

    assert sources
    assert sources - wheel == set()


def test_the_wheel_holds_nothing_but_the_package_and_its_licence(wheel: set[str]) -> None:
    others = {name for name in wheel if not name.startswith("tfsync/")}

    assert {name.split("/")[0].split("-")[0] for name in others} == {"tfsync"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in others)
