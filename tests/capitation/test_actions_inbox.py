"""The watched folder: whole files are received as uploads are, the others wait or are refused."""

import os
from datetime import date, timedelta

import pytest

from capitation.actions import inbox
from capitation.actions.inbox import step_inbox
from capitation.models import Contract, InboxFile, PlanFile, ReturnFile, Run
from ipaportal.audit.models import DomainEvent
from ipaportal.home.steps import take_steps
from tests.capitation.paying import (  # noqa: F401 - fixtures are used by name
    bell,
    ipa,
    prepare,
    release,
    returned_file,
)
from tests.factories import make_contract
from tests.ipaportal.test_core_clamd import EICAR, daemon
from tests.planfiles import NOW, an_820

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=20)
DATA = an_820([("M1", date(2026, 1, 1), "100.00")])


@pytest.fixture
def folder(tmp_path, settings):
    """The folder of a plan that is called GOLD."""
    settings.INBOX_DIR, settings.INBOX_STABLE_SECONDS = tmp_path / "inbox", 20
    make_contract("GOLD")
    assert step_inbox(NOW) == 0
    return tmp_path / "inbox" / "GOLD"


def put(folder, name="mar.820", data=DATA):
    (folder / name).write_bytes(data)
    return folder / name


def left_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def moved(folder, where):
    return sorted(path.name.partition("-")[2].partition("-")[2].partition("-")[2]
                  for path in (folder / where).iterdir())  # fmt: skip


def test_a_file_is_received_once_two_looks_agree(folder):
    path = put(folder)
    assert step_inbox(NOW) == 0
    path.write_bytes(DATA[:100])
    os.utime(path, ns=(1, 1))
    assert step_inbox(LATER) == 0  # it changed since the first look
    path.write_bytes(DATA)
    os.utime(path, ns=(2, 2))
    assert step_inbox(LATER) == 0
    assert step_inbox(LATER + timedelta(seconds=19)) == 0
    assert step_inbox(LATER + timedelta(seconds=20)) == 1
    file = PlanFile.objects.get()
    assert (file.name, file.came_from) == ("mar.820", "watched folder GOLD")
    assert (file.received_by_id, file.received_by_name) == (None, "watched folder")
    assert (left_in(folder), moved(folder, "taken")) == ([], ["mar.820"])
    row = InboxFile.objects.get()
    assert (row.status, row.plan_file) == ("taken", file)
    assert row.moved_to.startswith("taken/")
    actions = DomainEvent.objects.values_list("action", flat=True)
    assert {"capitation.file.received", "capitation.inbox.taken"} <= set(actions)


def test_a_marker_or_a_new_name_says_that_it_is_whole(folder):
    put(folder, "mar.820.part")
    put(folder, "apr.820", DATA[:50])
    put(folder, "apr.820.done", b"")
    assert step_inbox(NOW) == 1
    assert left_in(folder) == ["mar.820.part"]
    (folder / "mar.820.part").rename(folder / "mar.820")
    assert step_inbox(NOW) == 0
    assert step_inbox(LATER) == 1
    assert set(PlanFile.objects.values_list("name", flat=True)) == {"apr.820", "mar.820"}


def test_the_clock_takes_it_and_reads_it(folder):
    put(folder, "mar.820")
    put(folder, "mar.820.done", b"")
    take_steps(NOW)
    assert PlanFile.objects.get().status == "applied"
    # Its month is due, so it is opened and calculated too.
    assert Run.objects.get().status == "calculated"


def test_the_same_bytes_again_say_so(folder):
    for name in ("a.820", "b.820"):
        put(folder, name)
        put(folder, f"{name}.done", b"")
    assert step_inbox(NOW) == 2
    assert PlanFile.objects.count() == 1
    assert moved(folder, "refused") == ["b.820", "b.820.reason.txt"]
    (reason,) = (folder / "refused").glob("*.reason.txt")
    assert "received before as a.820" in reason.read_text()
    assert InboxFile.objects.get(name="b.820").reason in reason.read_text()


def test_links_and_names_and_sizes_that_are_not_ours_are_refused(folder, tmp_path, settings):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (folder / "link.820").symlink_to(secret)
    (folder / "dangling.820").symlink_to("/nowhere")
    os.link(secret, folder / "hard.820")
    os.mkfifo(folder / "pipe.820")
    put(folder, "bad\nname.820", b"x")
    settings.UPLOAD_MAX_BYTES = {**settings.UPLOAD_MAX_BYTES, "plan_file": 10}
    put(folder, "huge.820", b"x" * 11)
    (folder / "sub").mkdir()
    put(folder / "sub", "deep.820")
    assert step_inbox(NOW) == 6
    assert not PlanFile.objects.exists()
    why = dict(InboxFile.objects.values_list("name", "reason"))
    assert why["link.820"] == why["dangling.820"] == inbox.LINK
    assert (why["hard.820"], why["pipe.820"]) == (inbox.SEVERAL, inbox.NO_FILE)
    assert why["huge.820"] == "it is 11 bytes, and at most 10 are taken"
    assert why["bad\ufffdname.820"].startswith("its name holds")
    assert secret.read_bytes() == b"secret"
    assert left_in(folder) == []
    assert (folder / "sub" / "deep.820").exists()


def test_a_folder_that_is_a_link_is_not_looked_into(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    put(elsewhere)
    folder.symlink_to(elsewhere)
    assert step_inbox(NOW) + step_inbox(LATER) == 0
    assert not InboxFile.objects.exists()


def test_a_file_that_changes_while_it_is_read_is_left_for_later(folder, monkeypatch):
    path = put(folder)
    put(folder, "mar.820.done", b"")
    pieces = inbox._pieces

    def growing(*given):
        yield from pieces(*given)
        raise inbox.Changed

    monkeypatch.setattr(inbox, "_pieces", growing)
    assert step_inbox(NOW) == 0
    assert not PlanFile.objects.exists()
    assert InboxFile.objects.get().status == "seen"
    monkeypatch.undo()
    assert step_inbox(NOW) == 1
    assert not path.exists()


def test_killed_before_it_was_moved_it_is_only_moved(folder, monkeypatch):
    put(folder)
    put(folder, "mar.820.done", b"")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(inbox, "_move", killed)
    with pytest.raises(KeyboardInterrupt):
        step_inbox(NOW)
    monkeypatch.undo()
    assert left_in(folder) == ["mar.820", "mar.820.done"]
    assert step_inbox(LATER) == 0
    assert (PlanFile.objects.count(), InboxFile.objects.count()) == (1, 1)
    assert (left_in(folder), moved(folder, "taken")) == ([], ["mar.820"])


def test_the_banks_returns_are_read_too(folder, ipa, bell):
    payment = release(prepare()).payments.get()
    bank = folder.parent / "bank"
    put(bank, "r.ach", returned_file(payment))
    put(bank, "x.ach", b"hello")
    for name in ("r.ach", "x.ach"):
        put(bank, f"{name}.done", b"")
    assert step_inbox(NOW) == 2
    file = ReturnFile.objects.get()
    assert (file.came_from, file.received_by_name) == ("watched folder bank", "watched folder")
    payment.refresh_from_db()
    assert payment.status == "returned"
    assert "no ACH record" in InboxFile.objects.get(name="x.ach").reason


def test_a_file_that_is_taken_away_is_forgotten_and_its_name_free(folder):
    path = put(folder)
    step_inbox(NOW)
    path.unlink()
    step_inbox(NOW)
    assert InboxFile.objects.get().status == "gone"
    put(folder)
    assert (step_inbox(LATER), step_inbox(LATER + timedelta(seconds=20))) == (0, 1)


def test_a_plan_with_two_contracts_cannot_say_which(folder):
    first = Contract.objects.get()
    Contract.objects.create(payer=first.payer, name="Second", start_month=first.start_month)
    put(folder)
    put(folder, "mar.820.done", b"")
    assert step_inbox(NOW) == 1
    assert "2 active contracts" in InboxFile.objects.get().reason


def test_a_scanner_looks_at_each_file_first_and_lets_nothing_through_unseen(
    folder, tmp_path, settings
):
    for name, data in (("a.820", EICAR), ("b.820", DATA)):
        put(folder, name, data)
        put(folder, f"{name}.done", b"")
    settings.CLAMD = str(tmp_path / "nobody")
    assert step_inbox(NOW) == 0
    assert (PlanFile.objects.count(), moved(folder, "taken")) == (0, [])
    with daemon(tmp_path / "clamd.ctl") as settings.CLAMD:
        assert step_inbox(NOW) == 2
    assert [file.name for file in PlanFile.objects.all()] == ["b.820"]
    assert (left_in(folder), moved(folder, "taken")) == ([], ["b.820"])
    assert moved(folder, "refused") == ["a.820", "a.820.reason.txt"]
    assert "found Eicar-Test-Signature in it" in InboxFile.objects.get(name="a.820").reason


def test_a_file_changed_after_the_scanner_saw_it_is_not_received(folder, tmp_path, settings):
    """Not even with the same size and time of change: it is shown to the scanner again."""
    path = put(folder)
    put(folder, "mar.820.done", b"")
    told = path.stat()

    def swap(address, pieces):
        seen = b"".join(pieces)
        path.write_bytes(seen.replace(b"M1", b"M2"))
        os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
        return ""

    settings.CLAMD = "swapped"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inbox, "scan", swap)
        assert step_inbox(NOW) == 0
    assert PlanFile.objects.count() == 0
    assert left_in(folder) == ["mar.820", "mar.820.done"]
