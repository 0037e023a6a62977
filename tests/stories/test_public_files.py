"""Public sample files through the intake: each is applied or refused with words, never a crash."""

from pathlib import Path

import pytest

from capitation.formats.inspection import inspect_file
from capitation.models import CoverageSpan, Member
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from tests.factories import make_contract
from tests.planfiles import take

SAMPLES = Path(__file__).resolve().parent.parent.parent.parent / "shared/samples"
FOLDERS = ("x12-820", "x12-834", "x12-835", "x12-envelope-edge", "ach", "leie", "caqh-roster")
MOST_BYTES = 2_000_000
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public sample files are not here"),
]


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_takes_or_refuses_every_file(folder):
    contract = make_contract()
    paths = [path for path in sorted((SAMPLES / folder).rglob("*")) if path.is_file()]
    seen = set()
    for path in paths:
        if path.stat().st_size > MOST_BYTES:
            continue
        data = path.read_bytes()
        found = inspect_file(data)
        if found["sha256"] in seen:
            continue
        seen.add(found["sha256"])
        file = take(contract, data, path.name)
        if file.status != "applied":
            assert file.problems, path.name
        if found["verdict"] == "refused":
            assert file.status == "rejected", path.name
        if folder not in ("x12-820", "x12-834", "x12-envelope-edge", "caqh-roster"):
            assert file.status == "rejected", path.name
    assert seen
    breaches = {c.name: c.rows for i in every_invariant() if (c := check_invariant(i)).count}
    assert breaches == {}


def test_enrols_the_members_of_a_real_834():
    contract = make_contract()
    name = "hccinfhir__sample_834_02.txt"
    # Whoever took the names out left a word where the birth date was.
    data = (SAMPLES / "x12-834" / name).read_bytes().replace(b"randomDoB", b"19500203")
    file = take(contract, data, name)
    assert (file.status, file.counts["members"]) == ("applied", 1)
    span = CoverageSpan.objects.get()
    assert (f"{span.effective_date}", f"{span.end_date}", span.plan_code) == (
        "2025-01-01", "2025-02-01", "010;51",
    )  # fmt: skip
    assert Member.objects.get().plan_member_id == "randomParticipantID"
