"""A client certificate: who we are, to a source that lets only its partners in."""

import ssl
import tempfile
from pathlib import Path
from typing import Final

_BEGIN: Final = "-----BEGIN "
_LARGEST_BYTES: Final = 100_000


class BadCertificate(ValueError):
    """What was given is no certificate with its key, in PEM and without a password."""


def context_with(certificate: str) -> ssl.SSLContext:
    r"""A context that trusts what the system trusts and shows `certificate`: PEM text, or the path of such a file.

    The text holds the certificate and its private key without a password; `\n` in it may be written as two signs,
    because many files of variables allow one line only. Raises `BadCertificate`, which tells nothing of the text.
    """
    context = ssl.create_default_context()
    text = certificate.strip()
    try:
        if not text.startswith(_BEGIN):
            path = Path(text)
            if not path.is_absolute() or path.stat().st_size > _LARGEST_BYTES:
                raise BadCertificate("no file with a certificate")
            context.load_cert_chain(path, password=_no_password)
            return context
        # OpenSSL reads a certificate from files only; this one is ours alone and gone at once.
        with tempfile.NamedTemporaryFile("w", suffix=".pem", encoding="ascii") as file:
            file.write(text.replace("\\n", "\n") + "\n")
            file.flush()
            context.load_cert_chain(file.name, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise BadCertificate("no certificate with its key") from error
    return context


def _no_password() -> str:
    """Asked for by OpenSSL when the key is locked; without this it would ask the terminal."""
    raise BadCertificate("the key has a password")
