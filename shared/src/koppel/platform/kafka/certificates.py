"""TLS by PEM files that may be replaced while we run, as an operator of certificates does."""

import logging
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography import x509

log = logging.getLogger(__name__)

_State = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """`authorities`: who signs brokers' certificates; None: whoever this machine trusts. `certificate` and `key`: our own, both or none."""

    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def read(self) -> ssl.SSLContext:
        """A context of what they hold now; it checks the broker's certificate and host name. Raises `OSError` for what is no use."""
        context = ssl.create_default_context(cafile=self.authorities)
        # On from Python 3.13: it refuses brokers of Strimzi, whose certificates do not name their authority's key.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key, password=_never_asked)
        return context

    def state(self) -> _State:
        """Changes when a file does. Raises `OSError` where one is gone."""
        files = [each.stat() for each in (self.authorities, self.certificate, self.key) if each is not None]
        return tuple((each.st_mtime_ns, each.st_ino, each.st_size) for each in files)


class RenewedContext(ssl.SSLContext):
    """Each new connection by the files as they are then. Files that cannot be used leave the former certificates in place."""

    def __new__(cls, files: CertificateFiles) -> Self:  # noqa: ARG004  (OpenSSL's part of it has another argument)
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, files: CertificateFiles) -> None:
        """Raises `OSError` when they are of no use at the beginning."""
        self._files = files
        self._state, self._current = files.state(), files.read()

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """What event loops call for each connection."""
        self._renew()
        return self._current.wrap_bio(*arguments, **options)

    def _renew(self) -> None:
        try:
            if (state := self._files.state()) != self._state:
                self._current = self._files.read()
                self._state = state
        except OSError as error:
            log.warning("certificates for Kafka are not renewed: %s", error)


def check_in_time(file: Path) -> Path:
    """The same. Raises `ValueError` for a file without certificates, or where all of them have ended."""
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror})") from None
    except ValueError:
        raise ValueError(f"{file} has no certificate in PEM") from None
    if (ended := max(each.not_valid_after_utc for each in found)) < datetime.now(UTC):
        raise ValueError(f"{file} has no certificate that is valid: the last one ended at {ended:%Y-%m-%d}")
    return file


def _never_asked() -> str:
    """A key with a password would have OpenSSL ask for it at the terminal."""
    return ""
