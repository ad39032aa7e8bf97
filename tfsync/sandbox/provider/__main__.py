"""`python -m tfsync.sandbox.provider VERSION`: what the installed provider's stub runs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tfsync.sandbox.provider.plugin import serve, serve_reattached
from tfsync.sandbox.provider.versions import VERSIONS


def main() -> int:
    """Serve as Terraform's plugin, or (`--reattach`) as one process for many commands."""
    parser = argparse.ArgumentParser(prog="tfsync.sandbox.provider")
    parser.add_argument("version", choices=VERSIONS)
    parser.add_argument("--certificate", type=Path, help="where to keep the server's certificate")
    parser.add_argument("--reattach", action="store_true", help="print TF_REATTACH_PROVIDERS and serve")
    given = parser.parse_args()
    return serve_reattached(given.version) if given.reattach else serve(given.version, given.certificate)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Not sys.exit: it would wait for a create that nobody waits for any more.
    os._exit(code)
