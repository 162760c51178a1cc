"""Certificates that are replaced while we run: the next connection is made with the new ones."""

import logging
import ssl
from pathlib import Path
from typing import Any

import pytest

from koppel.platform.kafka.certificates import CertificateFiles, RenewedContext
from koppel.testing.authority import Authority


def shakes_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> str | None:
    """The name that the client's certificate has for the server. Raises what either side refuses with."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    shown = theirs.getpeercert()
    return dict(each[0] for each in shown["subject"])["commonName"] if shown else None  # type: ignore[misc]


def server_of(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    context.load_cert_chain(*authority.sign("broker", host="127.0.0.1"))
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_the_next_connection_shows_a_replaced_certificate(authority: Authority) -> None:
    certificate, key = authority.sign("client")
    context, server = RenewedContext(CertificateFiles(authority.file, certificate, key)), server_of(authority)
    assert shakes_hands(context, server) == "client"
    for old, new in zip((certificate, key), authority.sign("renewed"), strict=True):
        new.replace(old)
    assert shakes_hands(context, server) == "renewed"


def test_a_replaced_authority_is_trusted_and_the_former_no_longer(
    authority: Authority, tmp_path: Path
) -> None:
    context, former = RenewedContext(CertificateFiles(authority.file)), server_of(authority)
    assert shakes_hands(context, former) is None
    (successor := Authority(tmp_path, "successor")).file.replace(authority.file)
    successor.file = authority.file
    assert shakes_hands(context, server_of(successor)) is None
    with pytest.raises(ssl.SSLCertVerificationError):
        shakes_hands(context, former)


@pytest.mark.parametrize("half", ["gone", "no PEM", "the key of another"])
def test_a_file_that_is_half_replaced_leaves_the_former_certificate_until_it_is_whole(
    authority: Authority, half: str, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = authority.sign("client")
    context, server = RenewedContext(CertificateFiles(authority.file, certificate, key)), server_of(authority)
    renewed, its_key = authority.sign("renewed")
    if half == "gone":
        key.unlink()
    else:
        key.write_bytes(b"half" if half == "no PEM" else its_key.read_bytes())
    with caplog.at_level(logging.WARNING, "koppel.platform.kafka.certificates"):
        assert shakes_hands(context, server) == "client"
    assert "certificates for Kafka are not renewed" in caplog.text
    certificate.write_bytes(renewed.read_bytes())
    key.write_bytes(its_key.read_bytes())
    assert shakes_hands(context, server) == "renewed"


def test_a_brokers_certificate_that_does_not_name_its_authoritys_key_is_taken_by_every_python(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strimzi makes such; Python is strict about it from 3.13 on."""
    make = ssl.create_default_context

    def strictly(*arguments: Any, **options: Any) -> ssl.SSLContext:
        context = make(*arguments, **options)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    server = server_of(authority)
    monkeypatch.setattr(ssl, "create_default_context", strictly)
    assert shakes_hands(CertificateFiles(authority.file).read(), server) is None


def test_nobody_is_asked_for_the_password_of_a_key(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL would, at the terminal that a person starts a tool from."""
    answers: list[str] = []
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda *_, password: answers.append(password()))
    CertificateFiles(authority.file, *authority.sign("client")).read()
    assert answers == [""]


def test_a_certificate_for_another_host_is_refused(authority: Authority) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(*authority.sign("broker", host="10.0.0.7"))
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        shakes_hands(RenewedContext(CertificateFiles(authority.file)), server)
