"""Field encryption: what is encrypted for one place opens there only, and failures are loud."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core.encryption import (
    EncryptionFailed,
    KeysMissing,
    blind_index,
    decrypt,
    encrypt,
    key_id_of,
    keyring,
    new_keyring,
    place,
)

HERE = place("capitation_bankaccount", "account", "6f6c9d1e")
ELSEWHERE = place("capitation_bankaccount", "account", "0a0a0a0a")


@pytest.fixture(autouse=True)
def ring(monkeypatch):
    monkeypatch.delenv("IPA_KEYS_FILE", raising=False)
    monkeypatch.setenv("IPA_KEYS", new_keyring())


@given(st.text())
def test_gives_back_what_was_encrypted(text):
    assert decrypt(encrypt(text, HERE), HERE) == text


def test_never_encrypts_the_same_twice():
    assert encrypt("000123", HERE) != encrypt("000123", HERE)
    assert b"000123" not in encrypt("000123", HERE)


def test_refuses_another_place():
    with pytest.raises(EncryptionFailed, match="capitation_bankaccount"):
        decrypt(encrypt("000123", HERE), ELSEWHERE)


def test_refuses_any_altered_or_shortened_value():
    blob = encrypt("000123456", HERE)
    for at in range(len(blob)):
        with pytest.raises(EncryptionFailed):
            decrypt(blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :], HERE)
        with pytest.raises(EncryptionFailed):
            decrypt(blob[:at], HERE)


def test_reads_old_keys_after_a_rotation_and_writes_the_new(monkeypatch):
    old = keyring()
    before, index = encrypt("000123", HERE), blind_index("000123", "bank")
    lines = new_keyring().replace("k1:", "k2:").splitlines()
    old_text = os.environ["IPA_KEYS"].splitlines()
    monkeypatch.setenv("IPA_KEYS", "\n".join([lines[0], *old_text]))
    assert (key_id_of(before), key_id_of(encrypt("x", HERE))) == ("k1", "k2")
    assert decrypt(before, HERE) == "000123"
    assert blind_index("000123", "bank") == index
    assert keyring().key("k1") == old.key("k1")


def test_fails_closed_without_the_key_that_is_needed(monkeypatch):
    blob = encrypt("000123", HERE)
    monkeypatch.setenv("IPA_KEYS", new_keyring().replace("k1:", "k9:"))
    with pytest.raises(KeysMissing, match="'k1'"):
        decrypt(blob, HERE)


@pytest.mark.parametrize("text", ["nonsense", "k1:c2hvcnQ=", "index:" + "A" * 43 + "="])
def test_refuses_a_malformed_keyring_without_repeating_it(monkeypatch, text):
    monkeypatch.setenv("IPA_KEYS", text)
    with pytest.raises(KeysMissing) as refusal:
        keyring()
    assert text not in str(refusal.value)


def test_makes_an_embedded_keyring_once_for_its_owner_only(monkeypatch, tmp_path, settings):
    monkeypatch.delenv("IPA_KEYS")
    settings.DATA_DIR, settings.EMBEDDED = tmp_path / "data", True
    first = keyring()
    assert keyring() is first
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_agrees_on_one_keyring_when_many_make_it_at_once(monkeypatch, tmp_path, settings):
    monkeypatch.delenv("IPA_KEYS")
    settings.DATA_DIR, settings.EMBEDDED = tmp_path, True
    with ThreadPoolExecutor(8) as pool:
        blobs = list(pool.map(lambda n: encrypt(str(n), HERE), range(32)))
    assert [decrypt(blob, HERE) for blob in blobs] == [str(n) for n in range(32)]
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_makes_no_keys_beside_a_server(monkeypatch, tmp_path, settings):
    monkeypatch.delenv("IPA_KEYS")
    settings.DATA_DIR, settings.EMBEDDED = tmp_path, False
    with pytest.raises(KeysMissing):
        keyring()
    monkeypatch.setenv("IPA_KEYS_FILE", str(tmp_path / "absent"))
    with pytest.raises(KeysMissing):
        keyring()


def test_finds_by_a_keyed_hash_however_it_is_written():
    assert blind_index("1eg4-te5-mk72", "mbi") == blind_index(" 1EG4TE5MK72 ", "mbi")
    assert blind_index("1EG4TE5MK72", "mbi") != blind_index("1EG4TE5MK73", "mbi")
    assert blind_index("1EG4TE5MK72", "mbi") != blind_index("1EG4TE5MK72", "bank")
    assert len(blind_index("x", "mbi")) == 32


def test_shows_no_key_when_printed():
    assert repr(keyring()) == "<Keyring ['k1']>"
