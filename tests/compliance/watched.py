"""Care watch: PCPs with their members and what was told of them, and one concern for attackers."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime

from capitation.models import Bonus, CoverageSpan, Member, MemberProfile, PcpAssignment
from compliance.models import (
    CareBatch,
    CareConcern,
    CarePanel,
    CareReading,
    CareReview,
    CareRound,
    Control,
    Evidence,
    Obligation,
    ObligationControl,
    ObligationLibrary,
)
from credentialing.models import Participation, Practice, Practitioner
from ipaportal.core.files import store
from ipaportal.core.months import add_months
from ipaportal.identity.models import Party
from tests.factories import NOON, batch, fact, make_contract, make_practice, make_practitioner

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)
YEAR = [add_months(OCTOBER, back) for back in range(-11, 1)]
PANEL = 12


@dataclass
class WatchedWorld:
    """Seven PCPs of one specialty with twelve members each; the first is Bell's alone."""

    payer: Party
    bell: Practice
    others: Practice
    pcps: list[Practitioner]
    members: list[list[Member]]

    def csv(self, lines: list[str]) -> bytes:
        return "\n".join(["month,npi,member,kind,count", *lines]).encode()

    def year(self, seen: int = 2) -> bytes:
        """Everybody is seen every month, but most of the first PCP's not at all; gaps alike."""
        lines = []
        for place, (pcp, members) in enumerate(zip(self.pcps, self.members, strict=True)):
            treated = members[:seen] if place == 0 else members
            for month in YEAR:
                lines += [f"{month:%Y-%m},,{one.plan_member_id},encounters,1" for one in treated]
            open_ = 25 if place == 0 else 5
            lines.append(f"2026-10,{pcp.npi},,gaps_due,30")
            lines.append(f"2026-10,{pcp.npi},,gaps_open,{open_}")
        return self.csv(lines)


def make_watched_world() -> WatchedWorld:
    contract = make_contract("SUN", date(2025, 1, 1))
    payer, start = contract.payer.party, date(2025, 1, 1)
    bell, others = make_practice("Bell Clinic", "990000001"), make_practice("Six", "990000002")
    no, pcps, members = batch(), [], []
    for number in range(7):
        pcp = make_practitioner(number + 1, f"Watched{number}")
        pcp.specialty = "Family Medicine"
        pcp.save(update_fields=["specialty"])
        practice = bell if number == 0 else others
        values = {"practitioner": pcp, "practice": practice, "payer_party": payer}
        fact(Participation, no, start, **values)
        pcps.append(pcp)
    no = batch(contract)
    given = {"effective_date": start, "fact_no": no, "recorded_at": NOON}
    for pcp in pcps:
        theirs = Member.objects.bulk_create(
            Member(payer=contract.payer, plan_member_id=f"{pcp.pk}-{n}", uuid=uuid.uuid4())
            for n in range(PANEL)
        )
        members.append(theirs)
        for n, one in enumerate(theirs):
            one.sex = "FM"[n % 2]
        MemberProfile.objects.bulk_create(
            MemberProfile(member=m, sex=m.sex, birth_date=date(1950, 5, 5), last_name="X", **given)
            for m in theirs
        )
        CoverageSpan.objects.bulk_create(
            CoverageSpan(member=m, contract=contract, **given) for m in theirs
        )
        PcpAssignment.objects.bulk_create(
            PcpAssignment(member=m, practitioner=pcp, assigned_by="plan", **given) for m in theirs
        )
    return WatchedWorld(payer, bell, others, pcps, members)


def make_watched(who: Practitioner, name: str) -> dict[str, object]:
    """What addresses of care watch may name: a file, a reading and a concern of one PCP."""
    source = Party.objects.filter(kind=Party.Kind.PAYER).first()
    kept = store(b"month,npi,member,kind,count\n").sha256
    told = CareBatch.objects.create(
        file_sha256=kept,
        source=source, file_name=name[:200], recorded_at=NOW, recorded_by_name=name[:200],
        figures={"months": ["2026-09"], "kinds": {"encounters": 3}}, refused=[[2, "npi", name]],
    )  # fmt: skip
    of_round = CareRound.objects.create(
        month=date(2026, 9, 1), read_at=NOW, read_by_name=name[:200]
    )
    CarePanel.objects.create(
        round=of_round, practitioner=who, peer_group=name[:100], members=12, member_months=144,
        paid_cents=1_234_500,
    )  # fmt: skip
    for sign in ("encounters", "no_visit"):
        reading = CareReading.objects.create(
            round=of_round, practitioner=who, sign=sign, peers=6, members=12, count=4, base=144,
            expected=24, low=1, high=10, z=-4, scatter=1, state="asks for a look", why=name[:200],
        )  # fmt: skip
    concern = CareConcern.objects.create(
        round=of_round, practitioner=who, signs=["encounters", "gaps"], opened_at=NOW
    )
    CareReview.objects.create(
        concern=concern, outcome="keep", reason=name, reviewed_at=NOW, reviewed_by_id=10**9,
        reviewed_by_name=name[:200],
    )  # fmt: skip
    practice = who.participations.first().practice
    bonus = Bonus.objects.create(
        party=practice.party, first_month=date(2026, 1, 1), last_month=date(2026, 6, 1),
        amount_cents=50_000, source="retained", measured=name, rests_on_referrals=False,
        proposed_at=NOW, proposed_by_id=10**9, proposed_by_name=name[:200],
    )  # fmt: skip
    return make_proven(name) | {
        "bonus_id": bonus.pk,
        "care_batch_id": told.pk,
        "watched_pcp_id": who.pk,
        "care_reading_id": reading.pk,
        "care_concern_id": concern.pk,
    }


def make_proven(name: str) -> dict[str, object]:
    """An obligation with a control of which a paper is the evidence."""
    library = ObligationLibrary.objects.create(
        version=name[:40], content_sha256="3" * 64, rows=1, loaded_at=NOW, loaded_by_name=name[:200]
    )
    control = Control.objects.create(key="one", title=name[:200], how="document", every_days=30)
    obligation = Obligation.objects.create(
        library=library, code="ONE", family="oig", title=name[:200], text=name, citation=name[:300],
        is_sure=True, effective_date=date(2020, 1, 1),
    )  # fmt: skip
    ObligationControl.objects.create(obligation=obligation, control=control)
    sha256 = store(b"%PDF-1.7 evidence %%EOF").sha256
    evidence = Evidence.objects.create(
        control=control, number=1, text=name, file_sha256=sha256, file_name="paper.pdf",
        content_sha256=sha256, recorded_at=NOW, recorded_by_name=name[:200],
    )  # fmt: skip
    return {
        "obligation_id": obligation.pk,
        "control_id": control.pk,
        "evidence_id": evidence.pk,
    }
