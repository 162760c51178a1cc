"""What PostgreSQL keeps of a password (SCRAM-SHA-256, RFC 5802 and 7677), made here so that it never travels."""

import secrets
import stringprep
import unicodedata
from base64 import b64encode
from hashlib import pbkdf2_hmac, sha256
from hmac import digest

_SALT_BYTES = 16
_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def scram_verifier(password: str, iterations: int, salt: bytes | None = None) -> str:
    """`SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, as `ALTER ROLE … PASSWORD` takes it."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    salted = pbkdf2_hmac("sha256", prepared(password).encode(), salt, iterations)
    stored = sha256(digest(salted, b"Client Key", "sha256")).digest()
    server = digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_text(salt)}${_text(stored)}:{_text(server)}"


def prepared(password: str) -> str:
    """SASLprep (RFC 4013); what it does not allow is taken as it is, which servers and clients do too."""
    if password.isascii():
        return password
    mapped = "".join(
        " " if stringprep.in_table_c12(each) else each
        for each in password
        if not stringprep.in_table_b1(each)
    )
    normal = unicodedata.normalize("NFKC", mapped)
    if not normal or any(refuses(each) for each in normal for refuses in _PROHIBITED):
        return password
    return normal if _reads_one_way(normal) else password


def _reads_one_way(text: str) -> bool:
    """RFC 3454, section 6: right-to-left text has nothing left-to-right in it, and begins and ends so."""
    if not any(map(stringprep.in_table_d1, text)):
        return True
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends and not any(map(stringprep.in_table_d2, text))


def _text(octets: bytes) -> str:
    return b64encode(octets).decode()
