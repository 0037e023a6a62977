"""Rotation of keys: readable before, during and after; nothing is left under the old key."""

import ast
import json
import os
import uuid
from base64 import b64decode, b64encode
from io import StringIO
from threading import Event, Thread

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from capitation.models import Member, Payer
from ipaportal.audit.models import DomainEvent
from ipaportal.core.encryption import (
    KeysMissing,
    blind_index,
    decrypt,
    encrypt,
    key_id_of,
    keyring,
    new_keyring,
    place,
)
from ipaportal.core.files import key_id_of_stored, open_stored, read_stored, store
from ipaportal.home.keys import rotation
from ipaportal.home.keys.places import EVIDENCE, HASHES, PASSING, PLACES
from ipaportal.home.keys.rotation import FILES, keys_in_use, rotate
from ipaportal.identity.models import Party
from tests.architecture import arrows
from tests.at_once import at_once
from tests.people import make_user

MBIS = [f"1EG4TE5MK{number:02}" for number in range(12)]
TOTP = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def keys(tmp_path, settings, monkeypatch):
    """A keyring in a file, as a real portal has it, and a store of files apart."""
    settings.DATA_DIR = tmp_path
    file = tmp_path / "ring"
    file.write_text(new_keyring())
    monkeypatch.delenv("IPA_KEYS", raising=False)
    monkeypatch.setenv("IPA_KEYS_FILE", str(file))
    monkeypatch.setattr(rotation, "BATCH", 3)
    return file


def aad_of(member):
    return place("capitation_member", "mbi_encrypted", member.uuid)


def make_values():
    """Members with MBIs, an authenticator's secret, recovery codes, and a stored file."""
    party = Party.objects.create(kind="payer", name="Sun", code="SUN")
    payer = Payer.objects.create(party=party)
    for mbi in MBIS:
        member = Member(payer=payer, plan_member_id=f"M{mbi[-2:]}", uuid=uuid.uuid4())
        member.mbi_encrypted = encrypt(mbi, aad_of(member))
        member.mbi_index = blind_index(mbi, "mbi")
        member.save()
    user = make_user("quinn@ipa.test", mfa=False)
    for kind, text in (("totp", "secret"), ("recovery_codes", "seed")):
        data = {text: sealed(TOTP), "used_mask": 5}
        Authenticator.objects.create(user=user, type=kind, data=data)
    return store(b"ISA*00*of a plan~" * 90_000).sha256


def sealed(text):
    return b64encode(encrypt(text, "mfa_authenticator.data.secret")).decode()


def mbis():
    return [decrypt(m.mbi_encrypted, aad_of(m)) for m in Member.objects.order_by("pk")]


def run(*words):
    out = StringIO()
    call_command("rotate_keys", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.django_db
def test_encrypts_everything_anew_and_leaves_the_hashes():
    name = make_values()
    hashes = list(Member.objects.order_by("pk").values_list("mbi_index", flat=True))
    said = run("--new-key")
    assert "k2 is the current key now." in said
    assert "capitation_member.mbi_encrypted: 12 under k1 (12 to do)" in said
    assert "everything is under k2" in said
    assert all(set(counts) <= {"k2"} for counts in keys_in_use().values())
    assert mbis() == MBIS
    assert list(Member.objects.order_by("pk").values_list("mbi_index", flat=True)) == hashes
    for kept in Authenticator.objects.all():
        text = kept.data.get("secret") or kept.data["seed"]
        assert decrypt(b64decode(text), "mfa_authenticator.data.secret") == TOTP
        assert kept.data["used_mask"] == 5
    assert key_id_of_stored(name) == "k2"
    assert read_stored(name) == b"ISA*00*of a plan~" * 90_000
    event = DomainEvent.objects.get(action="home.keys.rotated")
    assert (event.details["key"], event.details["left"]) == ("k2", 0)
    assert event.details["done"]["capitation_member.mbi_encrypted"] == 12


@pytest.mark.django_db
def test_the_old_key_may_go_when_all_is_done(keys):
    name = make_values()
    run("--new-key")
    lines = [line for line in keys.read_text().splitlines() if not line.startswith("k1:")]
    keys.write_text("\n".join(lines))
    assert mbis() == MBIS
    assert len(read_stored(name)) == 17 * 90_000


@pytest.mark.django_db
def test_a_dry_run_counts_and_changes_nothing(keys):
    make_values()
    before = keys.read_text(), list(Member.objects.values_list("mbi_encrypted", flat=True))
    assert "12 under k1 (0 to do)" in run("--new-key", "--dry-run")
    after = keys.read_text(), list(Member.objects.values_list("mbi_encrypted", flat=True))
    assert before == after
    assert not DomainEvent.objects.filter(action="home.keys.rotated").exists()


@pytest.mark.django_db
def test_goes_on_where_it_was_killed():
    make_values()

    def die(name, done):
        if done == 6:
            raise KeyboardInterrupt

    add_second_key()
    with pytest.raises(KeyboardInterrupt):
        rotate(die)
    assert keys_in_use()["capitation_member.mbi_encrypted"] == {"k1": 6, "k2": 6}
    assert mbis() == MBIS
    results = {one.name: one.done for one in rotate()}
    assert results["capitation_member.mbi_encrypted"] == 6
    assert all(set(counts) <= {"k2"} for counts in keys_in_use().values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "words"),
    [("", "needs one key named 'index'"), ("k1:short\n", "Entry 1"), (None, "cannot be read")],
)
def test_a_missing_or_malformed_keyring_changes_nothing_and_says_so(keys, text, words):
    make_values()
    before = list(Member.objects.values_list("mbi_encrypted", flat=True))
    keys.unlink() if text is None else keys.write_text(text)
    with pytest.raises(CommandError, match=words):
        run()
    assert list(Member.objects.values_list("mbi_encrypted", flat=True)) == before


@pytest.mark.django_db
def test_without_the_old_key_nothing_is_shown_and_what_is_left_is_named(keys, capsys):
    make_values()
    keys.write_text(new_keyring().replace("k1:", "k9:"))
    with pytest.raises(KeysMissing, match="'k1'"):
        mbis()
    err = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("rotate_keys", stdout=StringIO(), stderr=err)
    assert stopped.value.code == 2
    assert "The keyring holds no key 'k1'." in err.getvalue()
    assert keys_in_use()["capitation_member.mbi_encrypted"] == {"k1": 12}
    assert not any(mbi in err.getvalue() for mbi in MBIS)


@pytest.mark.django_db
def test_a_keyring_in_the_environment_is_changed_by_whoever_set_it(keys, monkeypatch):
    monkeypatch.setenv("IPA_KEYS", keys.read_text())
    monkeypatch.delenv("IPA_KEYS_FILE")
    with pytest.raises(CommandError, match="Nothing was changed"):
        run("--new-key")


@pytest.mark.django_db
def test_a_value_changed_meanwhile_is_kept(monkeypatch):
    make_values()
    first = Member.objects.order_by("pk").first()
    add_second_key()
    anew = rotation._anew

    def and_somebody_writes(one, row, value):
        fresh = anew(one, row, value)
        if row == first.uuid:
            Member.objects.filter(pk=first.pk).update(
                mbi_encrypted=encrypt("9ZZ9ZZ9ZZ99", aad_of(first))
            )
        return fresh

    monkeypatch.setattr(rotation, "_anew", and_somebody_writes)
    results = {one.name: one for one in rotate()}
    assert results["capitation_member.mbi_encrypted"].changed_meanwhile == 1
    assert mbis() == ["9ZZ9ZZ9ZZ99", *MBIS[1:]]


def add_second_key():
    path = os.environ["IPA_KEYS_FILE"]
    with open(path) as file:
        text = file.read()
    # Whole or not at all: others read the file meanwhile.
    with open(f"{path}.new", "w") as file:
        file.write(new_keyring().splitlines()[0].replace("k1:", "k2:") + "\n" + text)
    os.replace(f"{path}.new", path)
    assert keyring().current == "k2"


def test_two_rotations_at_once_share_the_work(committed_db):
    make_values()
    add_second_key()
    both = at_once(rotate, rotate)
    name = "capitation_member.mbi_encrypted"
    done = sum(one.done for results in both for one in results if one.name == name)
    assert done == 12
    assert all(set(counts) <= {"k2"} for counts in keys_in_use().values())
    assert mbis() == MBIS


def test_everything_is_readable_on_another_connection_all_the_while(committed_db):
    stored = make_values()
    reading, stop, wrong, seen = Event(), Event(), [], []

    def read():
        try:
            while not stop.is_set() or not seen:
                values = list(Member.objects.order_by("pk"))
                keys = {key_id_of(m.mbi_encrypted) for m in values}
                seen.append(keys)
                if [decrypt(m.mbi_encrypted, aad_of(m)) for m in values] != MBIS:
                    wrong.append(keys)
                if sum(len(piece) for piece in open_stored(stored)) != 17 * 90_000:
                    wrong.append("file")
                reading.set()
        except Exception as failure:
            wrong.append(failure)
            reading.set()
        finally:
            connection.close()

    reader = Thread(target=read)
    reader.start()
    assert reading.wait(20)
    add_second_key()

    def and_look(name, done):
        """Nobody goes on before the other connection has read everything once more."""
        reading.clear()
        assert reading.wait(20), wrong

    rotate(and_look)
    stop.set()
    reader.join(20)
    assert wrong == []
    assert {"k1", "k2"} in seen, "read while half was done"
    assert all(set(counts) <= {"k2"} for counts in keys_in_use().values())


# ---- the list -----------------------------------------------------------------------------------


def binary_columns():
    return {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField)
    }


def places_in_code():
    """What the calls of `place("table", "column", …)` in our sources say."""
    for name, source in arrows.sources().items():
        for node in arrows.nodes_of(source):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "place":
                # What places a hold is called so too, and takes its words by name.
                words = [getattr(word, "value", None) for word in node.args]
                if words and isinstance(words[0], str):
                    last = f".{words[2]}" if isinstance(words[2], str) else ""
                    yield name, f"{words[0]}.{words[1]}{last}"


def test_every_binary_column_is_on_the_list_or_is_a_hash():
    listed = {one.name for one in PLACES if not one.texts}
    assert binary_columns() == listed | HASHES | EVIDENCE, (
        "say in home/keys/places.py what a new column is"
    )


def test_every_place_that_the_code_encrypts_for_is_on_the_list():
    listed = {one.aad or one.name for one in PLACES} | PASSING
    found = {where for _, where in places_in_code()}
    assert found == listed


def test_the_columns_named_like_encrypted_ones_are_on_the_list():
    named = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.column.endswith("_encrypted")
    }
    assert named <= {one.name for one in PLACES}


def test_json_that_holds_no_secret_is_left_alone(db):
    user = make_user("quinn@ipa.test", mfa=False)
    data = {"name": "key", "credential": {"a": 1}}
    Authenticator.objects.create(user=user, type="webauthn", data=data)
    add_second_key()
    rotate()
    assert json.dumps(Authenticator.objects.get().data) == json.dumps(data)
    assert keys_in_use()[FILES] == {}
