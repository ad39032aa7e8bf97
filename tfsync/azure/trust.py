"""Which certificate authorities are trusted: the ones that terraform trusts on the same machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfsync.errors import BadInput

if TYPE_CHECKING:
    from tfsync.azure.settings import Settings

# Where Go, and so terraform, looks for the system's bundle (certFiles in crypto/x509/root_linux.go). Python's
# requests would use a list of its own, which knows no company's proxy and no private cloud.
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def ca_bundle(settings: Settings) -> str | bool:
    """A bundle's path, or True for the list that comes with requests. Never False: TLS is always verified.

    Raises BadInput when the bundle that the environment names is not there.
    """
    if settings.ca_file:
        if not Path(settings.ca_file).is_file():
            raise BadInput(
                "there is no such file of certificates",
                where=settings.ca_file,
                hint="Correct SSL_CERT_FILE (or REQUESTS_CA_BUNDLE), or unset it.",
            )
        return settings.ca_file
    return next((path for path in _SYSTEM_BUNDLES if Path(path).is_file()), True)
