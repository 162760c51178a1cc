"""The vault: a value opens at its own place only, and nothing secret shows."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from koppel.kernel.errors import Permanent
from koppel.platform.key_encryption import KeyFile
from koppel.platform.vault import Place, StoredKey, Vault, VaultSeal

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@dataclass
class KeysInMemory:
    rows: dict[tuple[UUID, int], bytes] = field(default_factory=dict)
    reads: int = 0

    async def get_current(self, organisation_id: UUID) -> StoredKey | None:
        versions = [version for owner, version in self.rows if owner == organisation_id]
        return StoredKey(max(versions), self.rows[organisation_id, max(versions)]) if versions else None

    async def get(self, organisation_id: UUID, version: int) -> bytes | None:
        self.reads += 1
        return self.rows.get((organisation_id, version))

    async def insert_if_absent(self, organisation_id: UUID, version: int, wrapped: bytes) -> bytes:
        await asyncio.sleep(0)
        return self.rows.setdefault((organisation_id, version), wrapped)


def key_file(folder: Path, content: str = KEY, mode: int = 0o600) -> Path:
    path = folder / "key"
    path.write_text(content)
    path.chmod(mode)
    return path


@pytest.fixture
def key(tmp_path: Path) -> KeyFile:
    return KeyFile(key_file(tmp_path))


@pytest.fixture
def keys() -> KeysInMemory:
    return KeysInMemory()


@pytest.fixture
def vault(key: KeyFile, keys: KeysInMemory) -> Vault:
    return Vault(key, keys)


@pytest.fixture
def place() -> Place:
    return Place(uuid4(), uuid4(), "refresh_token", 3)


async def rejected(vault: Vault, place: Place, ciphertext: bytes, code: str = "ciphertext_rejected") -> None:
    with pytest.raises(Permanent) as caught:
        await vault.decrypt(place, ciphertext)
    assert caught.value.code == code


async def test_a_value_comes_back_as_it_went_in(vault: Vault, place: Place) -> None:
    ciphertext = await vault.encrypt(place, SecretStr("canary-token-é"))
    assert "canary" not in repr(ciphertext)
    assert (await vault.decrypt(place, ciphertext)).get_secret_value() == "canary-token-é"


async def test_a_sealer_encrypts_with_its_store_away(
    vault: Vault, keys: KeysInMemory, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer = await vault.sealer(place.organisation_id)
    with monkeypatch.context() as away:
        for name in ("get", "get_current", "insert_if_absent"):
            away.delattr(KeysInMemory, name)
        ciphertext = sealer.encrypt(place, SecretStr("canary-token"))
    assert (await vault.decrypt(place, ciphertext)).get_secret_value() == "canary-token"


async def test_a_sealer_is_one_organisations(vault: Vault, place: Place) -> None:
    sealer = await vault.sealer(uuid4())
    with pytest.raises(ValueError, match="another organisation"):
        sealer.encrypt(place, b"secret")


async def test_the_same_value_never_looks_the_same(vault: Vault, place: Place) -> None:
    assert len({await vault.encrypt(place, b"same") for _ in range(50)}) == 50


async def test_a_value_moved_to_another_place_is_rejected(vault: Vault, place: Place) -> None:
    ciphertext = await vault.encrypt(place, b"secret")
    other = replace(place, organisation_id=uuid4())
    await vault.encrypt(other, b"so that the other tenant has a key")
    for moved in (
        other,
        replace(place, grant_id=uuid4()),
        replace(place, field="access_token"),
        replace(place, token_version=2),
    ):
        await rejected(vault, moved, ciphertext)


async def test_every_changed_byte_is_noticed(vault: Vault, place: Place) -> None:
    ciphertext = await vault.encrypt(place, b"secret")
    for position in range(len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[position] ^= 1
        with pytest.raises(Permanent):
            await vault.decrypt(place, bytes(changed))
    for length in range(len(ciphertext)):
        await rejected(vault, place, ciphertext[:length])


async def test_a_data_key_moved_to_another_organisation_is_rejected(
    key: KeyFile, vault: Vault, keys: KeysInMemory, place: Place
) -> None:
    ciphertext = await vault.encrypt(place, b"secret")
    thief = replace(place, organisation_id=uuid4())
    keys.rows[thief.organisation_id, 1] = keys.rows[place.organisation_id, 1]
    await rejected(Vault(key, keys), thief, ciphertext, "data_key_rejected")
    keys.rows[place.organisation_id, 2] = keys.rows[place.organisation_id, 1]
    with pytest.raises(Permanent, match="data_key_rejected"):
        await Vault(key, keys).encrypt(place, b"secret")


async def test_values_of_older_data_keys_stay_readable(
    key: KeyFile, vault: Vault, keys: KeysInMemory, place: Place
) -> None:
    old = await vault.encrypt(place, b"old")
    binding = f"data_key|{place.organisation_id}|2".encode()
    keys.rows[place.organisation_id, 2] = await key.wrap(b"k" * 32, binding)
    new = await vault.encrypt(place, b"new")
    fresh = Vault(key, keys)
    assert await fresh.decrypt_bytes(place, old) == b"old"
    assert await fresh.decrypt_bytes(place, new) == b"new"
    del keys.rows[place.organisation_id, 2]
    await rejected(Vault(key, keys), place, new, "data_key_missing")


async def test_a_shredded_organisation_is_unreadable_for_good(
    vault: Vault, keys: KeysInMemory, place: Place
) -> None:
    ciphertext = await vault.encrypt(place, b"secret")
    keys.rows.clear()
    vault.forget(place.organisation_id)
    await rejected(vault, place, ciphertext, "data_key_missing")


async def test_first_values_at_once_share_one_data_key(
    key: KeyFile, keys: KeysInMemory, place: Place
) -> None:
    ciphertexts = await asyncio.gather(*(Vault(key, keys).encrypt(place, b"x") for _ in range(10)))
    assert len(keys.rows) == 1
    for ciphertext in ciphertexts:
        assert await Vault(key, keys).decrypt_bytes(place, ciphertext) == b"x"


async def test_unwrapped_keys_are_few_and_do_not_stay(key: KeyFile, keys: KeysInMemory, place: Place) -> None:
    time = [0.0]
    vault = Vault(key, keys, cache_size=2, cache_seconds=60, now=lambda: time[0])
    places = [replace(place, organisation_id=uuid4()) for _ in range(3)]
    ciphertexts = [await vault.encrypt(each, b"x") for each in places]

    async def reads(which: int) -> int:
        before = keys.reads
        await vault.decrypt_bytes(places[which], ciphertexts[which])
        return keys.reads - before

    assert [await reads(2), await reads(1)] == [0, 0]
    assert await reads(0) == 1, "the third key pushed the first out"
    time[0] = 61
    assert await reads(1) == 1


async def test_an_answer_can_be_sealed_at_a_place(vault: Vault, place: Place) -> None:
    seal = VaultSeal(vault, replace(place, field="authorization_answer"))
    assert await seal.unseal(await seal.seal(b"{}")) == b"{}"
    await rejected(vault, place, await seal.seal(b"{}"))


async def test_another_key_encryption_key_is_named_as_the_cause(
    vault: Vault, keys: KeysInMemory, place: Place, tmp_path: Path
) -> None:
    ciphertext = await vault.encrypt(place, b"secret")
    (tmp_path / "other").mkdir()
    other = KeyFile(key_file(tmp_path / "other", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="))
    await rejected(Vault(other, keys), place, ciphertext, "key_encryption_key_mismatch")


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        (None, 0, "key_file_unreadable"),
        ("", 0o600, "key_file_invalid"),
        ("canary not base64!", 0o600, "key_file_invalid"),
        ("c2hvcnQ=", 0o600, "key_file_invalid"),
        (KEY + "AAAA", 0o600, "key_file_invalid"),
        (KEY, 0o604, "key_file_exposed"),
        (KEY, 0o644, "key_file_exposed"),
        (KEY, 0o666, "key_file_exposed"),
    ],
)
def test_a_service_does_not_start_without_a_proper_key(
    tmp_path: Path, content: str | None, mode: int, code: str
) -> None:
    path = tmp_path / "absent" if content is None else key_file(tmp_path, content, mode)
    with pytest.raises(Permanent) as caught:
        KeyFile(path)
    assert caught.value.code == code
    assert str(path) in caught.value.detail
    assert "hint:" in caught.value.detail
    assert not content or content not in str(caught.value)


def test_a_key_file_may_end_in_a_newline_and_be_read_by_its_group(tmp_path: Path) -> None:
    KeyFile(key_file(tmp_path, KEY + "\n", 0o440))


async def test_nothing_secret_shows_in_text_form(key: KeyFile, vault: Vault, place: Place) -> None:
    await vault.encrypt(place, b"canary")
    shown = f"{key!r} {key} {vault!r} {vault}"
    assert KEY not in shown
    assert "0123456789" not in shown


@pytest.mark.parametrize("name", ["", "Refresh", "a|b", "a b", "a-b"])
def test_a_field_name_cannot_imitate_another_place(name: str) -> None:
    with pytest.raises(ValueError):
        Place(uuid4(), uuid4(), name, 1)
