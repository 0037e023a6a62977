"""Sealing: in an order that never changes, beside slow transactions and other sealers."""

import threading
from datetime import UTC, datetime

import psycopg
import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection

from ipaportal.audit import checkpoints, proving, sealing
from ipaportal.audit.actions import record
from ipaportal.audit.models import Checkpoint, Incident, Leaf, SealedLeaf
from ipaportal.core.merkle import root_of
from ipaportal.core.notes import open_note, read_checkpoint, read_verifier_key, split_notes
from ipaportal.core.roles import Role
from ipaportal.core.sql import check_invariant
from ipaportal.home.evidence import step_mail
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.home.steps import take_steps
from tests.at_once import at_once
from tests.ipaportal.test_audit_leaves import OSEI, as_owner, ask
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_db")]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def act(count=1):
    for number in range(count):
        record(actor=OSEI, action="test.thing.done", number=number)


def breaches():
    found = [check_invariant(invariant) for invariant in every_invariant()]
    found += [proving.check_tree(), proving.check_checkpoints()]
    return {check.name: check.rows for check in found if check.count}


def second_connection():
    parameters = connection.get_connection_params()
    wanted = ("host", "port", "user", "password", "dbname")
    return psycopg.connect(**{key: parameters[key] for key in wanted if parameters.get(key)})


EVENT = (
    "INSERT INTO audit_domainevent (actor_name, actor_roles, request_id, task_id, action,"
    " subject_type, subject_id, details) VALUES ('x', '{}', '', '', 'a', '', '', '{}')"
)


def test_nothing_to_seal_makes_no_checkpoint():
    assert sealing.seal(NOON) == sealing.Sealed(0, 0, "")
    assert not Checkpoint.objects.exists()
    assert checkpoints.published() == []
    assert breaches() == {}


def test_seals_signs_and_publishes():
    act(5)
    sealed = sealing.seal(NOON)
    assert (sealed.new, sealed.size) == (5, 5)
    key = checkpoints.key_text(sealing.last_head().log, checkpoints.seal_key())
    read = read_checkpoint(open_note(sealed.note, *read_verifier_key(key)))
    assert (read.size, read.time) == (5, "2026-03-02T12:00:00Z")
    hashes = [bytes(h) for h in SealedLeaf.objects.order_by("pk").values_list("hash", flat=True)]
    assert read.root == root_of(hashes)
    assert checkpoints.published() == [read]
    assert sealing.seal(NOON) == sealing.Sealed(0, 5, "")
    assert breaches() == {}


def test_goes_on_where_it_stood_whatever_the_sizes():
    for count in (1, 2, 3, 5, 8, 1):
        act(count)
        assert sealing.seal(NOON).new == count
    hashes = [bytes(h) for h in SealedLeaf.objects.order_by("pk").values_list("hash", flat=True)]
    for size, root in Checkpoint.objects.values_list("size", "root"):
        assert bytes(root) == root_of(hashes[:size]) == sealing.root_at(size)
    (path,) = checkpoints.folder().glob("*.txt")
    assert len(split_notes(path.read_text())) == 6
    assert breaches() == {}


def test_takes_more_than_a_chunk(monkeypatch):
    monkeypatch.setattr(sealing, "CHUNK", 3)
    act(10)
    assert sealing.seal(NOON).new == 10
    assert breaches() == {}


def test_a_slow_transaction_is_sealed_later_never_behind_a_seal():
    act(2)
    with second_connection() as slow:
        slow.execute(EVENT)
        act(3)  # numbered after the slow one's event, committed before it
        assert sealing.seal(NOON).new == 2
        act(1)
        assert sealing.seal(NOON).new == 0
        before = list(SealedLeaf.objects.values_list("pk", "leaf_id"))
        slow.commit()
    assert sealing.seal(NOON).new == 5
    assert list(SealedLeaf.objects.filter(pk__lt=2).values_list("pk", "leaf_id")) == before
    assert SealedLeaf.objects.count() == Leaf.objects.count() == 7
    assert breaches() == {}


def test_two_sealers_at_once_seal_each_leaf_once():
    act(50)
    new = at_once(*[lambda: sealing.seal(NOON).new] * 4)
    assert sorted(new) == [0, 0, 0, 50]
    assert breaches() == {}


def test_seals_while_others_write():
    stop = threading.Event()

    def write():
        with second_connection() as other:
            for _ in range(60):
                other.execute(EVENT)
                other.commit()
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        sealing.seal(NOON)
    writer.join()
    sealing.seal(NOON)
    assert SealedLeaf.objects.count() == Leaf.objects.count() == 60
    assert breaches() == {}


def test_what_reached_no_folder_is_published_by_the_next_seal(monkeypatch):
    act(1)
    with monkeypatch.context() as power_cut:
        power_cut.setattr(sealing, "publish", lambda: None)
        sealing.seal(NOON)
    assert checkpoints.published() == []
    assert "audit.checkpoints_outside_agree" in breaches()
    sealing.seal(NOON)
    assert [last.size for last in checkpoints.published()] == [1]
    assert breaches() == {}


def test_a_torn_end_of_the_file_is_passed_over():
    act(1)
    sealing.seal(NOON)
    (path,) = checkpoints.folder().glob("*.txt")
    path.write_text(path.read_text() + "\nipa-audit-0\n12")
    act(1)
    sealing.seal(NOON)
    assert [last.size for last in checkpoints.published()] == [2]
    assert breaches() == {}


def test_names_a_file_outside_that_was_altered():
    act(1)
    sealing.seal(NOON)
    (path,) = checkpoints.folder().glob("*.txt")
    path.write_text(path.read_text().replace("\n1\n", "\n2\n"))
    with pytest.raises(checkpoints.CheckpointsAltered):
        sealing.seal(NOON)
    assert "altered" in breaches()["audit.checkpoints_outside_agree"][0]["problem"]


def test_a_loaded_copy_whose_transactions_are_numbered_anew_is_sealed():
    act(3)
    sealing.seal(NOON)
    as_owner("UPDATE audit_checkpoint SET below_xid = '9000000000'")
    as_owner("UPDATE audit_leaf SET xid = '8000000000' WHERE id = 3")
    act(2)
    assert sealing.seal(NOON).new == 2


def roll_back_to_two_of_four():
    act(2)
    sealing.seal(NOON)
    saved = {}
    for table in ("audit_leaf", "audit_salt", "audit_sealedleaf", "audit_node"):
        saved[table] = ask(f"SELECT * FROM {table}")
    act(2)
    sealing.seal(NOON)
    for sql in (
        "DELETE FROM audit_domainevent WHERE id IN (SELECT key::bigint FROM audit_leaf l JOIN"
        " audit_sealedleaf s ON s.leaf_id = l.id WHERE s.position >= 2)",
        "DELETE FROM audit_salt WHERE leaf_id IN"
        " (SELECT leaf_id FROM audit_sealedleaf WHERE position >= 2)",
        "DELETE FROM audit_leaf WHERE id IN"
        " (SELECT leaf_id FROM audit_sealedleaf WHERE position >= 2)",
        "DELETE FROM audit_sealedleaf WHERE position >= 2",
        "DELETE FROM audit_node WHERE (index + 1) << level > 2",
        "DELETE FROM audit_checkpoint WHERE size > 2",
    ):
        as_owner(sql)


def test_names_a_database_that_was_rolled_back_and_seals_nothing():
    roll_back_to_two_of_four()
    assert list(breaches()) == ["audit.checkpoints_outside_agree"]
    (found,) = breaches()["audit.checkpoints_outside_agree"]
    assert (found["problem"], found["outside"], found["inside"]) == ("rolled back or altered", 4, 2)
    act(3)
    with pytest.raises(sealing.RolledBack, match=r"4 leaves.*holds 2 sealed"):
        sealing.seal(NOON)
    for _ in range(2):
        assert take_steps(NOON) == 0  # the sweep goes on, and says it once
    assert SealedLeaf.objects.count() == 2
    assert Incident.objects.filter(name=sealing.INCIDENTS["RolledBack"]).count() == 1


def test_goes_on_under_a_new_name_once_somebody_said_that_a_copy_was_restored():
    roll_back_to_two_of_four()
    old = sealing.last_head().log
    sealing.begin_log(actor=OSEI, reason="The disk failed.", now=NOON)
    assert sealing.last_head().log != old
    act(1)
    assert sealing.seal(NOON).new == 2  # the event that says so, and the new one
    assert {last.origin: last.size for last in checkpoints.published()}[old] == 4
    assert breaches() == {}


def test_is_a_step_of_the_sweep_and_mails_the_officers_once_a_day():
    osei = make_user("osei@example.org", Role.COMPLIANCE_OFFICER)
    assert take_steps(NOON) == 0
    assert Leaf.objects.count() == SealedLeaf.objects.count() > 0
    (message,) = mail.outbox
    assert message.to == [osei.email]
    assert Checkpoint.objects.get().note in message.body
    act(1)
    take_steps(NOON)
    step_mail(NOON)
    assert len(mail.outbox) == 1
    step_mail(NOON.replace(day=3))
    assert len(mail.outbox) == 2


def test_a_mail_that_fails_is_tried_again(settings):
    make_user("osei@example.org", Role.COMPLIANCE_OFFICER)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    take_steps(NOON)
    assert ask("SELECT * FROM audit_checkpointmail") == []


def test_says_when_there_is_no_key(settings, monkeypatch):
    act(1)
    settings.EMBEDDED = False
    monkeypatch.delenv("IPA_SEAL_KEY_FILE", raising=False)
    monkeypatch.delenv("IPA_SEAL_KEY", raising=False)
    with pytest.raises(checkpoints.SealKeyMissing, match="IPA_SEAL_KEY_FILE"):
        sealing.seal(NOON)
    take_steps(NOON)
    assert Incident.objects.get().name == sealing.INCIDENTS["SealKeyMissing"]
    monkeypatch.setenv("IPA_SEAL_KEY", "AAAA")
    with pytest.raises(checkpoints.SealKeyMissing, match="32 bytes"):
        sealing.seal(NOON)


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("UPDATE audit_node SET hash = sha256('x') WHERE level = 1", "audit.tree_is_as_sealed"),
        ("DELETE FROM audit_node WHERE level = 2", "audit.tree_is_as_sealed"),
        ("INSERT INTO audit_node VALUES (7, 7, sha256('x'))", "audit.tree_is_as_sealed"),
        ("UPDATE audit_sealedleaf SET hash = sha256('x') WHERE position = 3",
         "audit.tree_is_as_sealed"),
        ("UPDATE audit_leaf SET recorded_at = recorded_at + interval '1 day'",
         "audit.tree_is_as_sealed"),
        ("DELETE FROM audit_sealedleaf WHERE position = 3", "audit.sealed_without_gap"),
        ("DELETE FROM audit_leaf WHERE id = (SELECT min(id) FROM audit_leaf)",
         "audit.sealed_without_gap"),
        ("TRUNCATE audit_sealedleaf", "audit.sealed_without_gap"),
        ("UPDATE audit_checkpoint SET root = sha256('x')", "audit.tree_is_as_sealed"),
        ("UPDATE audit_domainevent SET action = 'x'", "audit.events_and_leaves_agree"),
    ],
)  # fmt: skip
def test_prove_names_what_was_altered(sql, name, capsys):
    act(5)
    sealing.seal(NOON)
    assert breaches() == {}
    as_owner(sql)
    assert name in breaches()
    with pytest.raises(SystemExit) as ended:
        call_command("prove")
    assert ended.value.code == 2
    assert f"BREACH  {name}" in capsys.readouterr().out


def test_the_command_says_how_the_log_stands(capsys):
    act(1)
    call_command("seal")
    assert "1 new, 1 sealed in all." in capsys.readouterr().out
    roll_back_to_two_of_four()
    with pytest.raises(SystemExit) as ended:
        call_command("seal")
    assert ended.value.code == 2
