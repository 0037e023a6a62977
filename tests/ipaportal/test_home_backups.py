"""A backup comes back whole or not at all, and what was paid after it is not paid again."""

import json
import secrets
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from capitation.actions.payment_adoption import NotAdopted, adopt_payments
from capitation.actions.payments import NothingToPay, take_payment_file
from capitation.models import Payment, PaymentBatch
from ipaportal.audit.models import DomainEvent
from ipaportal.core import files
from ipaportal.core.actors import Actor
from ipaportal.core.databases import as_owner
from ipaportal.core.encryption import new_keyring
from ipaportal.core.refusals import Refused
from ipaportal.home import backups, pulse
from ipaportal.identity.models import Party
from ipaportal.ledger.actions.holds import release_hold
from ipaportal.ledger.models import Hold
from ipaportal.ledger.queries.balances import owed_cents
from tests.capitation.paying import (  # noqa: F401
    NOON,
    QUINN,
    REYES,
    alvarez,
    bell,
    ipa,
    owe,
    prepare,
    proven,
    release,
)
from tests.databases import a_superuser, use

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path, monkeypatch) -> Path:
    """A data folder and a keyring of the test's own."""
    (tmp_path / "keyring").write_text(new_keyring())
    monkeypatch.setenv("IPA_KEYS_FILE", str(tmp_path / "keyring"))
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path


@contextmanager
def an_empty_database():
    """Point Django at a database with nothing in it, for the time of the block."""
    before, name = connection.settings_dict["NAME"], f"ipa_test_restored_{secrets.token_hex(4)}"
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    use(name)
    try:
        yield name
    finally:
        use(before)
        # Who signed in to it was a superuser, and may not have ended yet.
        with a_superuser() as database:
            database.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def backed_up(folder: Path, *words: str) -> Path:
    call_command("backup", str(folder / "backups"), *words)
    return max((folder / "backups").iterdir())


@pytest.fixture
def paid_once(bell, alvarez, own_folder):
    """Both practices are paid, then a backup is made."""
    first = release(prepare())
    return first, backed_up(own_folder)


def tables() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        return cursor.fetchone()[0]


def test_a_backup_comes_back_proven(paid_once, bell):
    first, folder = paid_once
    before = list(Payment.objects.order_by("pk").values())
    with an_empty_database():
        call_command("restore", str(folder))
        assert list(Payment.objects.order_by("pk").values()) == before
        assert owed_cents(bell) == 0
        assert not Hold.objects.exists()
        event = DomainEvent.objects.get(action="home.database.restored")
        assert event.details["backup"] == folder.name
        _, data = take_payment_file(actor=REYES, batch_id=first.pk)
        assert data.startswith(b"101 ")
    assert pulse.found("backup")["rows"] == 2


def test_what_was_paid_after_the_backup_is_not_paid_again_silently(paid_once, bell, capsys):
    _, folder = paid_once
    owe(bell, 5000, "run:3")
    lost = release(prepare()).payments.get()
    capsys.readouterr()
    with an_empty_database():
        call_command("restore", str(folder))
        said = capsys.readouterr().out
        assert f"HELD  {lost.trace_number}  $50.00  BELL CLINIC" in said
        assert not Payment.objects.filter(trace_number=lost.trace_number).exists()
        (hold,) = Hold.objects.live()
        assert (hold.party_id, hold.source) == (bell.pk, f"bank:{lost.trace_number}")
        # The run is posted anew, so that the money is owed as it was before.
        owe(Party.objects.get(pk=bell.pk), 5000, "run:3")
        with pytest.raises(NothingToPay, match="was sent to the bank under trace number"):
            prepare()
        release_hold(actor=REYES, hold_id=hold.pk, text="the bank never got the file", now=NOON)
        again = release(prepare(), now=hold.placed_at.replace(year=2027, month=1, day=5))
        trace = again.payments.get().trace_number
        assert int(trace) == int(lost.trace_number) + 1, "the bank knows the other number"


def test_a_file_from_the_bank_tells_where_the_data_folder_was_lost(
    paid_once,
    bell,
    own_folder,
    settings,
):
    _, folder = paid_once
    owe(bell, 5000, "run:3")
    batch = release(prepare())
    sent = own_folder / "sent.ach"
    sent.write_bytes(files.read_stored(batch.file_sha256))
    settings.DATA_DIR = own_folder / "new"
    with an_empty_database():
        call_command("restore", str(folder), f"--bank-file={sent}")
        assert [hold.party_id for hold in Hold.objects.live()] == [bell.pk]
        assert files.is_stored(PaymentBatch.objects.get().file_sha256)
        assert not files.is_stored(batch.file_sha256)


def test_a_payment_to_somebody_younger_than_the_backup_stops_everybody(paid_once, bell, alvarez):
    first, folder = paid_once
    owe(bell, 5000, "run:3")
    lost = release(prepare())
    data = files.read_stored(lost.file_sha256).replace(
        f"P{bell.pk}".ljust(15).encode(), b"P99999999      "
    )
    files.store(data)
    (files.path_of(lost.file_sha256)).unlink()
    with an_empty_database():
        call_command("restore", str(folder))
        held = set(Hold.objects.live().values_list("party_id", flat=True))
    assert held == {bell.pk, alvarez.pk, Party.objects.get(kind="ipa").pk}
    assert first.pk


def test_the_evidence_says_that_an_older_copy_was_restored(paid_once, bell, settings, own_folder):
    settings.CHECKPOINT_FOLDER = own_folder / "checkpoints"
    call_command("seal")
    folder = backed_up(own_folder)
    owe(bell, 5000, "run:3")
    release(prepare())
    call_command("seal")
    with an_empty_database():
        with pytest.raises(SystemExit) as stop:  # the checkpoints outside know more: prove says so
            call_command("restore", str(folder))
        assert stop.value.code == 2
        with pytest.raises(SystemExit):
            call_command("seal")
        call_command("seal", restored="rehearsal of a restore")
        call_command("prove")


def test_what_the_bank_paid_comes_back_into_the_books(paid_once, bell, own_folder):
    _, folder = paid_once
    owe(bell, 5000, "run:3")
    lost = release(prepare())
    data = files.read_stored(lost.file_sha256)
    (trace,) = lost.payments.values_list("trace_number", flat=True)
    sato = Actor(905, "Sato", frozenset({("finance_approver", 1)}))
    with an_empty_database():
        call_command("restore", str(folder))
        # In either order: the file comes back before the money is owed again.
        adopted = adopt_payments(actor=sato, data=data, now=NOON)
        payment = adopted.payments.get()
        assert (payment.trace_number, payment.amount_cents) == (trace, 5000)
        assert payment.status == "released"
        assert (adopted.file_sha256, adopted.file_date) == (lost.file_sha256, lost.file_date)
        assert owed_cents(bell) == -5000
        owe(bell, 5000, "run:3")
        assert owed_cents(bell) == 0
        for hold in Hold.objects.live():
            release_hold(actor=REYES, hold_id=hold.pk, text="in the books again", now=NOON)
        with pytest.raises(NothingToPay):
            prepare()
        with pytest.raises(NotAdopted, match="1 of its 1 payments are in the books"):
            adopt_payments(actor=sato, data=data, now=NOON)
        call_command("prove")


def test_only_the_very_file_is_brought_back(paid_once, bell, own_folder):
    _, folder = paid_once
    owe(bell, 5000, "run:3")
    data = files.read_stored(release(prepare()).file_sha256)
    sato = Actor(905, "Sato", frozenset({("finance_approver", 1)}))
    with an_empty_database():
        call_command("restore", str(folder))
        before = DomainEvent.objects.count()
        other = data.replace(b"744-5678-99", b"744-5678-98")
        for bytes_, actor, words in [
            (data.replace(b"0000005000", b"0000005001", 1), sato, "does not agree with itself"),
            (other, sato, "has no bank account here as in the file"),
            (data, QUINN, "may not do this"),
            (data, Actor(901, "Quinn", sato.grants), "who proposed none of its bank accounts"),
            (b"", sato, "."),
        ]:
            with pytest.raises(Refused, match=words):
                adopt_payments(actor=actor, data=bytes_, now=NOON)
        assert PaymentBatch.objects.count() == 1
        assert DomainEvent.objects.count() == before


def test_a_database_brought_back_by_its_log_holds_in_the_same_way(bell, alvarez, capsys):
    release(prepare())
    call_command("hold_sent")
    assert capsys.readouterr().out == ""
    assert not Hold.objects.exists()


@pytest.mark.parametrize("words", [[], ["--plain"]])
def test_a_dump_is_sealed_unless_asked_for_in_clear(words, bell, own_folder):
    folder = backed_up(own_folder, *words)
    whole = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert (b"PGDMP" in whole) is bool(words)
    with an_empty_database():
        call_command("restore", str(folder))
        assert Party.objects.filter(name="Bell Clinic").exists()


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _edit_manifest(folder: Path) -> None:
    manifest = json.loads((folder / backups.MANIFEST).read_text())
    manifest["rows"] = manifest["rows"][:1]
    (folder / backups.MANIFEST).write_text(json.dumps(manifest))


def _stored(folder: Path) -> Path:
    return next(path for path in (folder / "files").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: _flip(folder / backups.SEALED_DUMP), "was changed"),
        (lambda folder: _flip(_stored(folder)), "was changed"),
        (lambda folder: _stored(folder).unlink(), "is missing"),
        (lambda folder: (folder / "files" / "more").write_text("x"), "is not of it"),
        (_edit_manifest, "its manifest was changed"),
        (lambda folder: (folder / backups.MANIFEST).unlink(), "this is no backup"),
        (lambda folder: (folder / backups.MANIFEST).write_text("[]"), "this is no backup"),
    ],
    ids=["dump", "file", "lost", "added", "manifest", "none", "list"],
)
def test_a_damaged_backup_is_refused_and_nothing_restored(paid_once, damage, words):
    _, folder = paid_once
    damage(folder)
    with an_empty_database():
        with pytest.raises(CommandError, match=words):
            call_command("restore", str(folder))
        assert tables() == 0


def test_the_wrong_keyring_is_found_out_first(paid_once, own_folder, monkeypatch):
    (own_folder / "other").write_text(new_keyring())
    monkeypatch.setenv("IPA_KEYS_FILE", str(own_folder / "other"))
    with an_empty_database():
        with pytest.raises(CommandError, match="the keyring here does not open it"):
            call_command("restore", str(paid_once[1]))
        assert tables() == 0


def test_a_database_in_use_is_never_restored_into(paid_once):
    before = DomainEvent.objects.count()
    with pytest.raises(CommandError, match="the database is not empty"):
        call_command("restore", str(paid_once[1]))
    assert DomainEvent.objects.count() == before


def test_a_backup_that_fails_leaves_nothing(bell, own_folder, monkeypatch):
    monkeypatch.setenv("DATABASE_BACKUP_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(CommandError, match="No backup was made"):
        call_command("backup", str(own_folder / "backups"))
    assert list((own_folder / "backups").iterdir()) == []
    assert pulse.found("backup") == {}
    connections.close_all()
