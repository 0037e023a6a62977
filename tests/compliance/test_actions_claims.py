"""Claims taken in: once, whole, one disposition each, and answered to whoever sent them."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from compliance.actions.claims import (
    ClaimDecided,
    SameClaimsAgain,
    decide_claim,
    read_claims,
    step_claims,
    take_claim,
)
from compliance.models import Claim, ClaimFile, ClaimStep
from compliance.rules.claims import State
from compliance.web.claim_answers import answer_277ca, answer_999
from ipaportal.audit.models import DomainEvent
from ipaportal.core.x12 import Reader
from tests.capitation.worlds import QUINN
from tests.compliance.claimfiles import a_line, claim_file
from tests.compliance.claiming import (
    NOV_2,
    make_priced_world,
    of_alvarez,
    of_bell,
    states,
    take_in,
)
from tests.factories import CLOCK
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def world():
    return make_priced_world()


def test_every_claim_of_a_file_has_one_disposition(world):
    file = take_in(
        world,
        of_bell(world, "ready"),
        of_bell(world, "stranger", a_line("99214"), subscriber_ref="M-NOBODY"),
        of_bell(world, "own", a_line("99215"), subscriber_ref="M-ANN"),
        of_bell(world, "capitated", a_line("99211"), subscriber_ref="M-ANN", is_capitated=True),
        of_bell(world, "before", a_line("99212", served_from=date(2026, 8, 3),
                                        served_to=date(2026, 8, 3))),
        of_bell(world, "elsewhere", a_line("99203"), billing_tin="999999999",
                billing_npi="1245319599", rendering_npi="1245319599"),
        of_bell(world, "again"),
        of_bell(world, "off", charge_cents=1),
    )  # fmt: skip
    assert states(file) == {
        "ready": ("ready", ""),
        "stranger": ("rejected", "no_member"),
        "own": ("waiting", "capitated_practice"),
        "capitated": ("encounter", ""),
        "before": ("waiting", "no_coverage"),
        "elsewhere": ("waiting", "not_ours"),
        "again": ("rejected", "twice"),
        # The writer wrote the sum of the lines: it is the same as the first.
        "off": ("rejected", "twice"),
    }
    assert (file.claims, file.accepted, file.rejected) == (8, 5, 3)
    assert file.charge_cents == 8 * 120_00
    steps = ClaimStep.objects.filter(claim__file=file)
    assert sorted(steps.values_list("claim__ref", "state")) == sorted(
        (ref, state) for ref, (state, _) in states(file).items()
    )


def test_a_claim_knows_its_practice_doctor_and_member(world):
    file = take_in(world, of_alvarez(world, "V1", a_line(), a_line("J1100", 8_05, units="2.5")))
    (claim,) = file.rows.all()
    assert (claim.party, claim.practitioner) == (world.alvarez.party, world.pcps["Alvarez"])
    assert (claim.member, claim.charge_cents) == (world.members["Ann"], 128_05)
    assert (claim.number, claim.state) == (f"{file.pk}-1", "ready")
    assert [(one.number, one.procedure, f"{one.units}") for one in claim.lines.all()] == [
        (1, "99213", "1.000"), (2, "J1100", "2.500"),
    ]  # fmt: skip


def test_the_same_bytes_and_the_same_interchange_are_taken_once(world):
    take_in(world, of_bell(world))
    with pytest.raises(SameClaimsAgain, match="taken twice"):
        take_in(world, of_bell(world))
    other = take_in(world, of_bell(world, "B2", a_line("99214")))
    assert (other.status, other.claims) == ("refused", 0)
    assert other.problems[0][1] == "duplicate_interchange"
    assert take_in(world, of_bell(world, "B2", a_line("99214")), number=8).status == "read"


def test_a_broken_file_is_refused_whole(world):
    text = claim_file(of_bell(world), of_bell(world, "B2", a_line("99214")))
    file = take_in(world, data=text.replace("SE*", "SE*9").encode())
    assert (file.status, file.claims, Claim.objects.count()) == ("refused", 0, 0)
    assert [one[1] for one in file.problems] == ["se01"]
    assert step_claims(NOV_2) == 0


def test_a_file_with_what_no_text_holds_is_refused_and_read_once(world):
    text = claim_file(of_bell(world, "B1"))
    file = take_in(world, data=text.replace("CLM*B1*", "CLM*B\x00*").encode())
    assert (file.status, [one[1] for one in file.problems]) == ("refused", ["nul"])
    assert step_claims(NOV_2) == 0


def test_a_claim_sent_again_in_another_file_is_sent_back(world):
    take_in(world, of_bell(world))
    file = take_in(world, of_bell(world, "other number"), number=8)
    assert states(file) == {"other number": ("rejected", "twice")}


def test_a_replacement_stands_for_what_it_replaces(world):
    first = take_in(world, of_bell(world))
    number = first.rows.get().number
    later = take_in(
        world, of_bell(world, "B1-2", a_line("99214"), frequency="7", original_ref=number),
        number=8,
    )  # fmt: skip
    assert states(first) == {"B1": ("replaced", "")}
    assert states(later) == {"B1-2": ("ready", "")}
    assert later.rows.get().original == first.rows.get()
    words = first.rows.get().steps.last().words
    assert words == f"by claim {later.rows.get().number}"
    # What was replaced cannot be replaced again; the claim that stands now can.
    wrong = take_in(world, of_bell(world, "B1-3", frequency="7", original_ref=number), number=9)
    assert states(wrong) == {"B1-3": ("rejected", "no_original")}


def test_a_void_takes_its_claim_away(world):
    first = take_in(world, of_bell(world))
    number = first.rows.get().number
    take_in(world, of_bell(world, "B1", frequency="8", original_ref=number), number=8)
    assert states(first) == {"B1": ("replaced", "")}
    # It may be sent anew, for nothing like it stands any more.
    assert states(take_in(world, of_bell(world, "B9"), number=9)) == {"B9": ("ready", "")}


def test_whoever_did_not_take_part_on_the_day_waits(world):
    day = date(2025, 12, 31)
    line = a_line(served_from=day, served_to=day)
    file = take_in(world, of_bell(world, "B1", line))
    # Nor was Ray covered then; that is told first.
    assert states(file) == {"B1": ("waiting", "no_coverage")}
    assert file.rows.get().due_on == date(2026, 11, 7)


def test_somebody_looks_after_and_decides_what_waits(world):
    file = take_in(world, of_bell(world, "own", subscriber_ref="M-ANN"))
    claim = file.rows.get()
    take_claim(actor=QUINN, claim_id=claim.pk, now=NOV_2)
    decided = decide_claim(
        actor=QUINN,
        claim_id=claim.pk,
        state="denied",
        denial="24",
        words="Capitation paid.",
        now=NOV_2,
    )
    assert (decided.state, decided.due_on, decided.owner_name) == ("denied", None, "Quinn")
    assert [one.words for one in decided.steps.all()] == ["", "Quinn looks after it",
                                                         "Capitation paid."]  # fmt: skip
    assert DomainEvent.objects.filter(action="compliance.claim.decided").count() == 1
    with pytest.raises(ClaimDecided, match="is denied"):
        take_claim(actor=QUINN, claim_id=claim.pk, now=NOV_2)


def segments(data: bytes, name: str) -> list[str]:
    reader = Reader(data)
    found = ["*".join(segment) for _, segment in reader if segment[0] == name]
    assert reader.problems == []
    return found


def test_the_sender_is_told_of_every_claim(world):
    file = take_in(
        world, of_bell(world, "good"), of_bell(world, "again"),
        of_bell(world, "who", a_line("99214", 80_00), subscriber_ref="M-NOBODY"),
    )  # fmt: skip
    answer = answer_277ca(file)
    assert segments(answer, "QTY") == ["QTY*90*1", "QTY*AA*2", "QTY*QA*1", "QTY*QC*2"]
    assert segments(answer, "AMT") == [
        "AMT*YU*120", "AMT*YY*200", "AMT*YU*120", "AMT*YY*200",
    ]  # fmt: skip
    told = [one.split("*") for one in segments(answer, "STC")[1:]]
    assert [(one[1], one[3], one[4]) for one in told] == [
        ("A2:20", "WQ", "120"), ("A3:78", "U", "120"), ("A3:33:IL", "U", "80"),
    ]  # fmt: skip
    assert segments(answer, "REF") == [f"REF*1K*{file.pk}-1"]
    assert [one.split("*")[2] for one in segments(answer, "TRN")[2:]] == ["good", "again", "who"]
    assert segments(answer_999(file), "AK9") == ["AK9*A*1*1*1"]
    # The same is told whatever happens to the claims later.
    Claim.objects.filter(ref="good").update(state=State.DENIED)
    assert answer_277ca(file) == answer


def test_a_refused_file_is_answered_by_a_999(world):
    text = claim_file(of_bell(world)).replace("SE*", "SE*9")
    answer = answer_999(take_in(world, data=text.encode()))
    assert segments(answer, "IK5") == ["IK5*R*4"]
    assert segments(answer, "AK9") == ["AK9*R*1*1*0"]


def test_the_database_holds_what_is_promised(world):
    file = take_in(world, of_bell(world))
    claim = file.rows.get()
    broken = [
        ("UPDATE compliance_claim SET state = 'waiting' WHERE id = %s", "says_why"),
        ("UPDATE compliance_claimfile SET accepted = 2 WHERE id = %s", "in_are_out"),
    ]
    for statement, name in broken:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            connection.cursor().execute(statement, [claim.pk if "claim " in statement else file.pk])
    assert read_claims(actor=CLOCK, file_id=file.pk, now=NOV_2) is None
    assert ClaimFile.objects.get().claims == 1
