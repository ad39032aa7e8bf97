"""python-hcl2, loaded once, with its grammar kept where it belongs.

Building the grammar takes two seconds and more; loading a kept one 0.1 s. The package keeps it inside its
own installation, which often cannot be written, and then it builds it every time. The kept file is read
with pickle, so it must be where nobody else can write: a directory of this user's own, mode 0700.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any


def parse(text: str) -> Any:
    """The syntax tree (`lark.Tree`) of HCL text, with `meta.line` on every node that has any content.

    None when python-hcl2 cannot read it: it refuses some valid constructs, such as a comment between `=`
    and the value.
    """
    try:
        return _parser()(text)
    except Exception:
        # Of many kinds: lark's own, KeyError, RecursionError. All mean the same here.
        return None


@cache
def _parser() -> Any:
    import hcl2.parser
    from hcl2.api import parses_to_tree

    hcl2.parser.PARSER_FILE = cache_directory() / "hcl2-{}.{}.grammar".format(*sys.version_info)
    return parses_to_tree


def cache_directory() -> Path:
    """`$XDG_CACHE_HOME/tfsync`, else `~/.cache/tfsync`, mode 0700; a temporary one where that cannot be."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        directory = base / "tfsync"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Refused by the system when it belongs to somebody else.
        directory.chmod(0o700)
        if directory.stat().st_uid == os.getuid() and os.access(directory, os.W_OK | os.X_OK):
            return directory
    except (OSError, RuntimeError):
        pass  # no home, or a read-only one
    temporary = tempfile.mkdtemp(prefix="tfsync-")
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return Path(temporary)
