"""The private folder: nothing in it outlives its process, not even one that was killed."""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tfsync.errors import TfsyncError
from tfsync.terraform.scratch import scratch

HOLDING = """
import sys, time
from pathlib import Path
from tfsync.terraform.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "1.tfvars.json").write_text("canary")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    path = tmp_path / ".terraform"
    path.mkdir()
    return path


@contextmanager
def another(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that has such a folder, with a secret in it."""
    command = [sys.executable, "-c", HOLDING, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_it_is_private_and_gone_afterwards(data_dir: Path) -> None:
    with scratch(data_dir) as folder:
        assert folder.is_relative_to(data_dir / "tfsync" / "tmp")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "plan").write_text("secret")
    assert list((data_dir / "tfsync" / "tmp").iterdir()) == []


def test_it_is_gone_after_an_error_too(data_dir: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch(data_dir):
        raise KeyboardInterrupt
    assert list((data_dir / "tfsync" / "tmp").iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next(data_dir: Path) -> None:
    with another(data_dir) as (process, left):
        process.kill()
        process.wait()
        assert (left / "1.tfvars.json").read_text() == "canary", "nothing cleans up after SIGKILL"
        with scratch(data_dir) as own:
            assert not left.exists()
            assert own.is_dir()


def test_the_folder_of_a_living_process_is_left_alone(data_dir: Path) -> None:
    """Even when its process id says nothing: in another container it may be anybody's."""
    with another(data_dir) as (_, theirs):
        with scratch(data_dir) as own:
            assert own != theirs
        assert (theirs / "1.tfvars.json").read_text() == "canary"


def test_where_nothing_is_initialised_it_lies_with_the_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp" / "tfsync-1-left").mkdir()
    (tmp_path / "tmp" / "tfsync-demo-kept").mkdir()
    with scratch(tmp_path / ".terraform") as folder:
        assert folder.parent == tmp_path / "tmp"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == ["tfsync-demo-kept"]
    assert not (tmp_path / ".terraform").exists(), "only init makes that"


def test_a_link_is_not_followed(data_dir: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("")
    (data_dir / "tfsync" / "tmp").mkdir(parents=True)
    (data_dir / "tfsync" / "tmp" / "1-link").symlink_to(precious)
    with scratch(data_dir):
        pass
    assert (precious / "file").exists()


def test_no_room_anywhere_is_an_error_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(TfsyncError, match="no private folder can be made"), scratch(tmp_path / "nowhere"):
        pass
