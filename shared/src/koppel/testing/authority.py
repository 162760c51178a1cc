"""A certificate authority of a test's own, with what it signs in PEM files."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

_VALID = timedelta(days=1)


class Authority:
    """`file` is its own certificate."""

    def __init__(self, folder: Path, name: str = "authority", *, valid: timedelta = _VALID) -> None:
        """Negative `valid`: it ended so long ago."""
        self._folder, self._name = folder, _named(name)
        self._key = generate_private_key(SECP256R1())
        bounds = x509.BasicConstraints(ca=True, path_length=0)
        made = _builder(self._name, self._name, self._key, valid).add_extension(bounds, critical=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def sign(self, name: str, *, host: str | None = None, valid: timedelta = _VALID) -> tuple[Path, Path]:
        """Files of a certificate and its key, for a server at `host` (an address) or for a client."""
        key = generate_private_key(SECP256R1())
        made = _builder(_named(name), self._name, key, valid)
        if host is not None:
            made = made.add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False
            )
        certificate, key_file = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        certificate.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, key_file

    @staticmethod
    def lock(key_file: Path, password: str) -> None:
        """Gives a key a password."""
        key = load_pem_private_key(key_file.read_bytes(), None)
        locked = BestAvailableEncryption(password.encode())
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, valid: timedelta
) -> x509.CertificateBuilder:
    ends = datetime.now(UTC) + valid
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - 2 * _VALID)
        .not_valid_after(ends)
    )
