"""Secrets that must not reach a message or a log, wherever the text comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

SHOWN_INSTEAD = "(hidden)"

# A JSON web token, a bearer header, or a secret in a query or a form.
_TOKENS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"
    r"|(?<=Bearer )\S+"
    r"|(?<=[?&](?:sig|sas)=)[^&\s\"']+"
    r"|(?<=client_secret=)[^&\s\"']+"
    r"|(?<=client_assertion=)[^&\s\"']+"
    r"|(?<=password=)[^&\s\"']+",
    re.IGNORECASE,
)
_SECRET_KEY = re.compile(r"(?:password|secret|token|protectedsettings|privatekey)$", re.IGNORECASE)
# Shorter values would hide ordinary words: "true", "on", a port.
_SHORTEST = 6


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without tokens and without `secrets`."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        text = text.replace(secret, SHOWN_INSTEAD)
    return _TOKENS.sub(SHOWN_INSTEAD, text)


def secrets_in(body: Any, *, inside: bool = False) -> Iterator[str]:
    """The texts in a request body under a key like password, secret or configurationProtectedSettings."""
    if isinstance(body, Mapping):
        for key, value in body.items():
            yield from secrets_in(value, inside=inside or bool(_SECRET_KEY.search(str(key))))
    elif isinstance(body, (list, tuple)):
        for value in body:
            yield from secrets_in(value, inside=inside)
    elif inside and isinstance(body, str) and len(body) >= _SHORTEST:
        yield body
