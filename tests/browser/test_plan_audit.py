"""A plan audits us: from its notice to a correction that another person validates, and a packet
that a stranger checks with nothing but a bare Python."""

import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from compliance.actions.packets import step_packets
from compliance.models import AuditPacket
from ipaportal.audit.sealing import seal
from ipaportal.core.packets import write_packet
from ipaportal.core.roles import Role
from tests.browser.browsing import look, sign_in
from tests.people import make_party, make_user

pytestmark = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.7 what was done %%EOF"
UNIVERSE = b"Case,Decided\nA-1,2026-08-01\nA-2,2026-08-02\nA-3,2026-08-03\n"


def file(name: str, data: bytes = PDF) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def fill(page: Page, **values: str) -> None:
    """Fill fields by their name."""
    for name, value in values.items():
        box = page.locator(f"main [name={name.replace('__', '-')}]")
        if box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(label=value)
        else:
            box.fill(value)


def press(page: Page, name: str) -> None:
    """Press a button, and wait for the page that answers."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name, exact=True).click()


def open_link(page: Page, name: str) -> None:
    page.locator("main").get_by_role("link", name=name, exact=True).first.click()


def take_notice(page: Page, home: str) -> str:
    """The officer records the notice, takes the universe and draws the sample."""
    page.goto(f"{home}/compliance/audits/")
    open_link(page, "Record a notice")
    fill(
        page, kind="a plan audits us", party="Sun Health", title="UM audit of the summer",
        function="Utilization management", scope="Determinations", first_date="2026-07-01",
        last_date="2026-09-30", notice_date="2026-11-02", contact_name="R. Haldane",
    )  # fmt: skip
    press(page, "Record it")
    open_link(page, "Take the universe")
    fill(page, layout="Any list: its first column names each row")
    page.locator("main [name=file]").set_input_files(file("universe.csv", UNIVERSE))
    press(page, "Take it")
    expect(page.locator("main")).to_contain_text("Nothing is wrong with it")
    page.get_by_role("navigation").get_by_role("link", name="UM audit of the summer").click()
    open_link(page, "Draw the sample")
    fill(page, count="1", seed="2026")
    press(page, "Draw it")
    expect(page.locator("main")).to_contain_text("Sample drawn")
    return page.url


def judge_item(page: Page) -> None:
    """One question is not met, with evidence."""
    page.locator("#items tbody a").first.click()
    for row in page.locator("main input[type=radio][value=met]").all():
        row.check()
    page.locator("main input[type=radio][value=not_met]").first.check()
    page.locator("main input[name^=text-]").first.fill("Told on day nine")
    page.locator("main input[type=file]").first.set_input_files(file("notice.pdf"))
    look(page, "audit-item")
    press(page, "Keep the answers")
    expect(page.locator("main")).to_contain_text("Told on day nine")


def read_draft(page: Page, home: str, finding: str, director) -> None:
    """A second person issues what the officer wrote."""
    sign_in(page, home, director)
    page.goto(finding)
    open_link(page, "Read the draft")
    page.get_by_label("Issue it as it stands").check()
    press(page, "Decide")
    expect(page.locator("main")).to_contain_text("No plan")


def plan_finding(page: Page, audit: str, home: str, officer, director) -> str:
    """A finding, why it happened, whom it touched, who issues it, who corrects it until when."""
    page.goto(audit)
    open_link(page, "Record a finding")
    page.locator("main [name=element]").select_option(index=1)
    fill(page, title="Members are told late", condition="One of one was told on day nine.")
    press(page, "Record it")
    open_link(page, "Say why it happened")
    fill(page, root_cause="No rota", members="14", amount="1200.50", basis="Read again")
    press(page, "Record it")
    finding = page.url
    read_draft(page, home, finding, director)
    sign_in(page, home, officer)
    page.goto(finding)
    open_link(page, "Plan the correction")
    due = f"{timezone.localdate() + timedelta(days=30)}"
    fill(page, owner="K. Lindgren", text="A rota", due_date=due, milestone__1="Rota agreed",
         day__1=due)  # fmt: skip
    press(page, "Let it hold")
    return page.url


def correct(page: Page, home: str, finding: str, owner, director) -> None:
    """The owner says what was done; somebody else validates it."""
    sign_in(page, home, owner)
    for what, name in (("Reached: Rota agreed", "rota.pdf"), ("All is done", "")):
        page.goto(finding)
        open_link(page, "Say what was done")
        page.get_by_label(what).check()
        fill(page, text="Agreed with the nurses")
        if name:
            page.locator("main [name=file]").set_input_files(file(name))
        press(page, "Say it")
    sign_in(page, home, director)
    page.goto(f"{home}/compliance/findings/?show=judge")
    look(page, "findings-board")
    open_link(page, "1. Members are told late")
    open_link(page, "Validate or return it")
    page.get_by_label("It is corrected").check()
    fill(page, text="The rota of December, read")
    press(page, "Decide")
    expect(page.locator("main")).to_contain_text("Validated")
    look(page, "finding-validated")


def by_a_stranger(folder: Path, packet: str) -> tuple[int, str]:
    """Run the packet's own script where there is neither Django nor any code of ours."""
    words = [sys.executable, "-I", "-S", "verify.py", packet]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


def test_a_plan_audit_from_notice_to_a_packet_that_proves_itself(page, live_server, tmp_path):
    home = live_server.url
    make_party("payer", "Sun Health")
    osei = make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="A. Osei")
    owner = make_user("lindgren@ipa.example", Role.NETWORK_ADMIN, name="K. Lindgren")
    director = make_user("castellan@ipa.example", Role.MEDICAL_DIRECTOR, name="M. Castellan")
    sign_in(page, home, osei)
    audit = take_notice(page, home)
    judge_item(page)
    finding = plan_finding(page, audit, home, osei, director)
    correct(page, home, finding, owner, director)
    sign_in(page, home, osei)
    page.goto(audit)
    press(page, "Report the findings")
    press(page, "Close the audit")
    press(page, "Write a packet")
    seal(timezone.now())
    assert step_packets(timezone.now()) == 1
    page.goto(audit)
    look(page, "audit-closed")
    with page.expect_download() as download:
        page.locator("#packets tbody a").click()
    download.value.save_as(tmp_path / "packet.zip")
    with zipfile.ZipFile(tmp_path / "packet.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (tmp_path / "verify.py").write_bytes(files["verify.py"])
    code, said = by_a_stranger(tmp_path, "packet.zip")
    assert (code, said.splitlines()[-1]) == (0, "Nothing was altered.")
    assert f"{len(files) - 2} files are listed." in said
    assert "Drawn again by seed 2026: 1 of 3." in said
    events = len(files["events.jsonl"].splitlines())
    assert events == 17
    assert f"{events} events lead to the checkpoint" in said
    (paper,) = [name for name in files if name.startswith("evidence/")]
    for name in (paper, "events.jsonl"):
        changed = files | {name: files[name].replace(b"a", b"b", 1)}
        (tmp_path / "other.zip").write_bytes(write_packet(changed.items()))
        code, said = by_a_stranger(tmp_path, "other.zip")
        assert (code, f"altered: {name}" in said) == (2, True)
    assert AuditPacket.objects.get().files == len(files) - 3
