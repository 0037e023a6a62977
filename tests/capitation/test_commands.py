"""`receive` and `month_end`: what people script against."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from capitation.models import Run
from ipaportal.core.roles import Role
from tests.factories import batch, make_contract, make_member
from tests.people import make_user
from tests.planfiles import an_820

pytestmark = pytest.mark.django_db
MAR = date(2026, 3, 1)


@pytest.fixture
def contract():
    contract = make_contract()
    make_member(contract, "M1", batch(contract))
    return contract


@pytest.fixture
def run_json(capsys):
    """Run a command with --json; its lines as records, and nothing else on stdout."""

    def run(*args, **options):
        call_command(*args, json=True, **options)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_receive_says_what_became_of_each_file(contract, run_json, tmp_path):
    good = an_820([("M1", MAR, "10.50"), ("M2", MAR, "3")])
    files = {
        "good": good,
        "again": good,
        "off": an_820([("M1", MAR, "1")], trace="T2").replace(b"BPR*I*1*", b"BPR*I*2*"),
        "bad": good[:-30],
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / name) for name in [*files, "missing"]]
    records = run_json("receive", *paths, payer="SUN")
    assert [record["status"] for record in records] == [
        "applied", "duplicate", "quarantined", "rejected", "rejected",
    ]  # fmt: skip
    first = records[0]
    assert first["totals"] == {"total": "13.50"}
    assert (first["counts"]["lines"], first["counts"]["unknown_members"]) == (2, 1)
    assert first["format"] == "x12-820"
    assert records[2]["problems"][0]["code"] == "total_unbalanced"
    assert records[3]["problems"]
    assert records[4]["problems"][0]["code"] == "unreadable"


def test_receive_acts_as_whoever_is_named(contract, run_json, tmp_path):
    make_user("quinn@example.org", Role.FINANCE)
    make_user("bell@example.org", Role.PROVIDER)
    path = tmp_path / "a"
    path.write_bytes(an_820([("M1", MAR, "10")]))
    (record,) = run_json("receive", str(path), payer="SUN", email="bell@example.org")
    assert record["status"] == "rejected"
    (record,) = run_json("receive", str(path), payer="SUN", email="quinn@example.org")
    assert record["status"] == "applied"
    for wrong in ({"payer": "NONE"}, {"payer": "SUN", "email": "nobody@example.org"}):
        with pytest.raises(CommandError):
            call_command("receive", str(path), **wrong)


def test_month_end_prints_each_contract_to_the_cent(contract, run_json, tmp_path, capsys):
    path = tmp_path / "a"
    path.write_bytes(an_820([("M1", MAR, "10.50")]))
    call_command("receive", str(path), payer="SUN")
    capsys.readouterr()
    (record,) = run_json("month_end", month="2026-03")
    assert (record["contract"], record["month"], record["status"]) == (
        "SUN Advantage", "2026-03", "calculated",
    )  # fmt: skip
    assert (record["received"], record["suspense"], record["provider"]) == (
        "10.50",
        "10.50",
        "0.00",
    )
    assert (record["members"], len(record["digest"])) == (1, 64)
    assert all(proof["rows"] == 0 for proof in record["proofs"])
    (again,) = run_json("month_end", month="2026-03")
    assert (again["run"], again["digest"]) == (record["run"], record["digest"])
    assert Run.objects.count() == 1


def test_month_end_ends_with_2_where_a_proof_failed(contract, monkeypatch, capsys):
    breach = [{"name": "row_sums", "says": "", "rows": 1, "seconds": 0}]
    monkeypatch.setattr("capitation.actions.runs.prove_run", lambda _run: breach)
    monkeypatch.setattr("capitation.actions.advance.open_incident", lambda *_a, **_k: 1)
    with pytest.raises(SystemExit) as ended:
        call_command("month_end", month="2026-03")
    assert ended.value.code == 2
    assert "does not hold" in capsys.readouterr().out


def test_month_end_asks_for_a_month():
    with pytest.raises(CommandError):
        call_command("month_end", month="March")
