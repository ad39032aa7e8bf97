"""Argument lists and variable files for terraform, built by python-terraform.

Of that package tfsync uses what it does well: `generate_cmd_string`, which writes options the way
terraform reads them and moves variables into a file, so that none shows in a process list. Its own
process handling is never used, for measured reasons:

- its output goes through a pipe: a tfsync that is killed, or a Ctrl-C, takes terraform down in the
  middle of an apply, and what was just created in Azure is not in the state (tfsync.terraform.run);
- it shows output only at the end, has no signal handling, and parses the whole state file after every
  successful command;
- any misspelt attribute becomes a terraform command.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from python_terraform import Terraform  # type: ignore[import-untyped]

from tfsync.terraform.scratch import scratch


class CommandLine(Terraform):  # type: ignore[misc]
    """Writes command lines for one binary and directory. Its variable files live while it is entered.

    They lie in a `scratch` folder of `data_dir`.
    """

    def __init__(self, binary: Path, chdir: Path | None, data_dir: Path) -> None:
        super().__init__(terraform_bin_path=str(binary))
        self._chdir = chdir
        self.temp_var_files = _PrivateVariableFiles(data_dir)

    def __enter__(self) -> CommandLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.temp_var_files.clean_up()

    def argv(
        self,
        subcommand: str,
        options: Mapping[str, Any],
        *,
        arguments: Sequence[str] = (),
        positional: Sequence[str] = (),
    ) -> list[str]:
        """`BINARY [-chdir=DIR] SUBCOMMAND ARGUMENTS OPTIONS POSITIONAL`.

        `options` as python-terraform takes them: True and False are written out, lists repeat the flag,
        a dict becomes a variable file, None is left out. They come after the user's `arguments`, because
        the later of two equal flags, or of two values for a variable, is the one that terraform takes.
        """
        program, *words = self.generate_cmd_string(subcommand, *positional, **options)
        chdir = [f"-chdir={self._chdir}"] if self._chdir else []
        return [program, *chdir, words[0], *arguments, *words[1:]]

    def read_state_file(self, file_path: str | None = None) -> None:
        """Nothing: the state is terraform's business, and reading all of it at every start is slow."""

    def cmd(self, cmd: str, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: see the module's docstring."""
        raise NotImplementedError("terraform is run by tfsync.terraform.run")

    def __getattr__(self, item: str) -> Any:
        raise AttributeError(item)


class _PrivateVariableFiles:
    """What python-terraform asks for variable files, with two differences.

    Its own writer logs the values, and leaves the files in the shared temporary directory. Here they are
    0600 in a folder that is 0700, and gone even when tfsync is killed.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._stack = ExitStack()
        self._folder: Path | None = None
        self._count = 0

    def create(self, variables: Mapping[str, Any]) -> str:
        """Write one file. JSON, so that quotes, `${`, line breaks and null arrive as they are."""
        if self._folder is None:
            self._folder = self._stack.enter_context(scratch(self._data_dir))
        self._count += 1
        # terraform reads it as JSON only because of this suffix.
        path = self._folder / f"{self._count}.tfvars.json"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(variables, file)
        return str(path)

    def clean_up(self) -> None:
        """Remove what was written."""
        self._stack.close()
        self._folder = None
