"""What `receive` and `month_end` print: each record once, the second time said so."""

import json
from datetime import date

import pytest
from django.core.management import call_command

from capitation.models import PlanFile, Run
from ipaportal.audit.models import DomainEvent
from tests.factories import batch, make_contract, make_member
from tests.planfiles import an_820

pytestmark = pytest.mark.django_db
MAR = date(2026, 3, 1)


@pytest.fixture
def contract():
    contract = make_contract()
    make_member(contract, "M1", batch(contract))
    return contract


@pytest.fixture
def said(capsys):
    """Run a command; what it said on stdout."""

    def run(*words, **options):
        capsys.readouterr()
        call_command(*words, **options)
        return capsys.readouterr().out

    return run


def test_says_when_a_file_came_before(contract, said, tmp_path):
    path = tmp_path / "march.edi"
    path.write_bytes(an_820([("M1", MAR, "1234.50")]))
    assert "total: $1,234.50" in said("receive", str(path), payer="SUN")
    again = said("receive", str(path), payer="SUN")
    assert "march.edi: x12-820, duplicate" in again
    assert "These bytes were received before as march.edi on" in again
    record = json.loads(said("receive", str(path), payer="SUN", json=True))
    assert (record["status"], record["id"]) == ("duplicate", PlanFile.objects.get().pk)
    assert "Nothing was changed." in record["message"]


def test_takes_a_name_of_any_bytes_and_refuses_what_is_no_file(contract, said, tmp_path):
    odd = tmp_path / "caf\udce9.edi"
    odd.write_bytes(an_820([("M1", MAR, "1")]))
    lines = said("receive", str(odd), str(tmp_path), "/dev/zero", payer="SUN", json=True)
    first, folder, device = map(json.loads, lines.splitlines())
    assert first["status"] == "applied"
    assert PlanFile.objects.get().name == "caf\N{REPLACEMENT CHARACTER}.edi"
    for record in (folder, device):
        assert (record["status"], record["problems"][0]["code"]) == ("rejected", "unreadable")


def test_names_the_codes_there_are(contract):
    with pytest.raises(Exception, match=r"code sun\. Nothing was received\. The codes are SUN\."):
        call_command("receive", "x", payer="sun")


def test_names_the_system_user_as_who_acted(contract, said, tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "lee")
    path = tmp_path / "a"
    path.write_bytes(an_820([("M1", MAR, "1")]))
    said("receive", str(path), payer="SUN")
    names = DomainEvent.objects.order_by("pk").values_list("actor_name", flat=True)
    assert names.last() == "command line (lee)"


def test_says_in_one_line_why_a_month_was_not_opened(contract, said, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(an_820([("M1", MAR, "10.50")]))
    said("receive", str(path), payer="SUN")
    assert "provider: $0.00" in said("month_end", month="2026-03")
    told = said("month_end", month="2026-04").splitlines()
    assert told[0] == "SUN Advantage, 2026-04: not opened"
    assert (len(told), Run.objects.count()) == (2, 1)
    assert "Nothing was opened." in told[1]
