"""A seeded story: months of an IPA's life, done in the portal and told to the model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from capitation.actions.runs import (
    RunChanged,
    SamePerson,
    approve_run,
    ask_calculation,
    calculate_run,
    open_run,
)
from capitation.models import PlanFile, Run
from credentialing.models import Participation
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, day_of, month_range
from ipaportal.home.simulator import money, portal
from ipaportal.home.simulator.comparing import Difference, compare, prove
from ipaportal.home.simulator.faults import Faults
from ipaportal.home.simulator.files import Sent
from ipaportal.home.simulator.journal import Journal
from ipaportal.home.simulator.late import happen
from ipaportal.home.simulator.lives import Plan
from ipaportal.home.simulator.model import Contract, deal_of
from ipaportal.home.simulator.portal import AMES, QUINN, REYES, SATO, House

PLANS = (("JUN", "820"), ("MAR", "roster"))
# Stories begin in one of these: a leap day, a year's end, both changes of the clocks come soon.
FIRST_MONTHS = (date(2024, 1, 1), date(2024, 10, 1), date(2025, 2, 1), date(2025, 9, 1))
HOURS = (0, 2, 3, 10, 14, 22, 23)


@dataclass
class Story:
    """A simulation on its way: who is there, what goes wrong, and what the model knows."""

    seed: int
    months: int
    chance: Random
    faults: Faults
    first: date
    house: House
    plans: dict[str, Plan]
    journal: Journal
    codes: dict[str, int]
    lookback: int
    # Files that come a month late.
    late: list[Sent] = field(default_factory=list)
    figures: int = 0
    proofs: int = 0
    # What a test does to a month before it is compared.
    before_comparing: Callable[["Story", date], None] | None = None

    def at(self, month: date, day: int) -> datetime:
        """A moment of a day as the clock shows it, which is sometimes wrong."""
        on = day_of(month, day)
        hour = self.chance.choice(HOURS)
        return self.faults.jump(datetime(on.year, on.month, on.day, hour, 30, tzinfo=UTC))

    def model(self, code: str) -> Contract:
        return self.journal.contracts[code]

    def chosen(self, likely: float) -> bool:
        return self.chance.random() < likely


def begin(seed: int, months: int, members: int, pcps: int, *, fault_rate: float = 1.0) -> Story:
    """Found an IPA in an empty database and tell the model of it."""
    chance = Random(f"{seed}:{months}:{members}:{pcps}")  # noqa: S311 (a story, not a secret)
    first = chance.choice(FIRST_MONTHS)
    now = datetime(first.year, first.month, 1, 9, tzinfo=UTC)
    faults = Faults(chance, rate=fault_rate)
    house = portal.found(chance, PLANS, pcps, first, now)
    doctors = list(house.doctors.items())
    plans, models = {}, {}
    for number, (code, source) in enumerate(PLANS):
        part = members * 55 // 100 if number == 0 else members - members * 55 // 100
        plans[code] = Plan(chance, code, first, months, part, doctors, by_roster=source == "roster")
        models[code] = Contract(code, first, months, house.unassigned)
    journal = Journal(
        ipa=house.ipa,
        payers={code: c.payer.party_id for code, c in house.contracts.items()},
        practices=set(house.practices.values()),
        contracts=models,
    )
    story = Story(
        seed, months, chance, faults, first, house, plans, journal,
        {code: contract.pk for code, contract in house.contracts.items()},
        chance.choice([2, 4, 6, 60]),
    )  # fmt: skip
    _tell_network(story)
    for code in plans:
        new_terms(story, code, first, now)
    return story


def _tell_network(story: Story) -> None:
    found = Participation.objects.current().order_by("practitioner_id", "payer_party_id")
    codes = {party: code for code, party in story.journal.payers.items()}
    for row in found.select_related("practice"):
        model = story.model(codes[row.payer_party_id])
        model.works_at(row.practitioner_id, row.practice.party_id, row.effective_date)


def new_terms(story: Story, code: str, first: date, now: datetime) -> None:
    """Terms of any kind from a month on."""
    # How far changes reach back stays: what an earlier run did not reach is not made up for.
    values = portal.random_terms(story.chance) | {"lookback_months": story.lookback}
    cells = portal.random_cells(story.chance, code)
    portal.record_terms(story.faults, story.house.contracts[code], first, values, cells, now)
    deal = deal_of(values, portal.exact(cells))
    months = list(month_range(story.first, add_months(story.first, story.months + 2)))
    story.model(code).terms(first, deal, months)


# ---- a month ------------------------------------------------------------------------------------


def live(story: Story, index: int) -> None:
    """
    Live one month to its end, then compare every cent.

    :raises Difference: if the portal and the model do not agree
    """
    month = add_months(story.first, index)
    with story.faults.broker():
        late, story.late = story.late, []
        take(story, late, month, 1)
        sent = [one for plan in story.plans.values() for one in plan.month(index)]
        if story.chosen(0.4):
            story.chance.shuffle(sent)
        story.late = [one for one in sent if story.chosen(0.06)]
        take(story, [one for one in sent if one not in story.late], month, 3)
        if index and story.chosen(0.3):
            code = story.chance.choice(list(story.plans))
            back = story.chance.choice([0, 0, 1, 2])
            new_terms(story, code, max(story.first, add_months(month, -back)), story.at(month, 8))
        happen(story, month, story.at(month, 12))
        run_month(story, month)
        money.pay(story, month)
        money.publish(story, month)
        money.after(story, month)
    if story.before_comparing:
        story.before_comparing(story, month)
    story.figures += compare(story.codes, story.journal)
    story.proofs += prove()


def take(story: Story, sent: list[Sent], month: date, day: int) -> None:
    """Bring files in, some broken first, some twice, and see that what applies is what should."""
    waiting: dict[int, Sent] = {}
    refused: list[int] = []
    now, faults = story.at(month, day), story.faults
    for one in sent:
        contract = story.house.contracts[one.code]
        if one.broken and story.chosen(0.12):
            faults.counts["files broken"] += 1
            refused.append(portal.upload(faults, contract, f"x {one.name}", one.broken, now))
        who = AMES if story.chosen(0.1) else QUINN
        number = portal.upload(faults, contract, one.name, one.data, now, who)
        waiting[number] = one
        if story.chosen(0.1):
            faults.counts["files doubled"] += 1
            again = portal.upload(faults, contract, f"again {one.name}", one.data, now)
            expect(story, "the file of the same bytes", one.name, again, number)
    for number in [*waiting, *refused]:
        file = portal.processed(faults, number, now)
        if number in refused and file.status == PlanFile.Status.QUARANTINED:
            portal.put_aside(faults, file, now)
    for number in refused:
        status = PlanFile.objects.get(pk=number).status
        expect(story, "the state of a broken file", str(number), status, "rejected")
    _tell_files(story, waiting, now)
    for one in sent:
        if one.again and one.again != one.data and story.chosen(0.1):
            faults.counts["files said again"] += 1
            contract = story.house.contracts[one.code]
            number = portal.upload(faults, contract, f"R {one.name}", one.again, now)
            status = portal.processed(faults, number, now).status
            expect(story, "the state of a file said again", one.name, status, "rejected")


def _tell_files(story: Story, waiting: dict[int, Sent], now: datetime) -> None:
    """Tell the model of files in the order in which they were applied; their money comes."""
    files = PlanFile.objects.filter(pk__in=waiting).order_by("fact_no")
    for file in files:
        one = waiting[file.pk]
        said = f"{file.status} {file.problems[:1]}" if file.problems else file.status
        expect(story, "the state of a file", one.name, said, "applied")
        one.tell(story.model(one.code))
        if not one.paid and not one.notice:
            continue
        story.journal.files.append((one.code, one.paid, one.notice))
        cents = one.paid or one.notice
        if cents > 0 and story.chosen(0.8):
            day = now + timedelta(days=2)
            portal.deposit(story.faults, file.pk, cents, day)
            story.journal.deposits.append((one.code, cents, not one.paid))


def run_month(story: Story, month: date) -> None:
    """Open, calculate, correct, calculate again, approve, post: each contract's month."""
    for code in story.plans:
        _open(story, code, month)
    for code in story.plans:
        _calculated(story, code, month)
        story.model(code).calculate(month)
    if story.chosen(0.7):
        happen(story, month, story.at(month, 26))
        for code in story.plans:
            _again(story, code, month)
    for code in story.plans:
        run = _approve(story, code, month)
        if story.chosen(0.2):
            # Something is corrected after all: the approval is void.
            happen(story, month, story.at(month, 26))
            _again(story, code, month)
            run = _approve(story, code, month)
        _post(story, run, code, month)


def _runs(story: Story, code: str, month: date):
    return Run.objects.filter(contract=story.codes[code], month=month).order_by("-sequence")


def _open(story: Story, code: str, month: date) -> None:
    now = story.at(month, 25) if story.chosen(0.7) else story.at(month, 28)
    story.faults.attempt(
        "open_run",
        lambda: open_run(actor=QUINN, contract_id=story.codes[code], month=month, now=now),
        _runs(story, code, month).first,
    )


def _calculated(story: Story, code: str, month: date) -> Run:
    rows = _runs(story, code, month)
    story.faults.until(rows.exclude(status=Run.Status.OPEN).exists, story.at(month, 25))
    run = rows.get()
    said = f"{run.status} {run.problem}".strip()
    expect(story, "the state of a run", code, said, "calculated", month)
    return run


def _again(story: Story, code: str, month: date) -> None:
    """Calculate again with what is known by now: at once, or by a worker."""
    run, now = _runs(story, code, month).get(), story.at(month, 26)
    story.faults.counts["calculated again"] += 1
    if story.chosen(0.5):
        story.faults.attempt(
            "calculate_run", lambda: calculate_run(actor=QUINN, run_id=run.pk, now=now)
        )
    else:
        asked = Run.objects.filter(pk=run.pk, status=Run.Status.OPEN)
        story.faults.attempt(
            "ask_calculation", lambda: ask_calculation(actor=QUINN, run_id=run.pk), asked.first
        )
        _calculated(story, code, month)
    story.model(code).calculate(month)


def _approve(story: Story, code: str, month: date) -> Run:
    run, now, faults = _runs(story, code, month).get(), story.at(month, 27), story.faults
    if story.chosen(0.3):
        faults.refused("approval of what was not seen", lambda: approve_run(
            actor=SATO, run_id=run.pk, seen_digest="0" * 64, now=now), RunChanged)  # fmt: skip
    makers = PlanFile.objects.filter(
        contract=story.codes[code], received_by_id=AMES.user_id, status="applied",
        fact_no__gt=run.previous_snapshot_no, fact_no__lte=run.snapshot_no,
    )  # fmt: skip
    if makers.exists():
        faults.refused("approval by a maker", lambda: approve_run(
            actor=AMES, run_id=run.pk, seen_digest=run.digest, now=now), SamePerson)  # fmt: skip
    done = Run.objects.filter(pk=run.pk, status__in=["approved", "posted"])
    who: Actor = story.chance.choice([REYES, SATO])
    return faults.attempt(
        "approve_run",
        lambda: approve_run(actor=who, run_id=run.pk, seen_digest=run.digest, now=now),
        done.first,
    )


def _post(story: Story, run: Run, code: str, month: date) -> None:
    """The worker posts what was approved, or at last the clock."""
    rows = Run.objects.filter(pk=run.pk, status=Run.Status.POSTED)
    story.faults.until(rows.exists, story.at(month, 27))
    status = Run.objects.get(pk=run.pk).status
    expect(story, "the state of a run", code, status, "posted", month)
    story.model(code).post()


def expect(
    story: Story, what: str, whose: str, is_: object, should: object, month: date | None = None
) -> None:
    """
    See that something is as it should be.

    :raises Difference: if it is not
    """
    if is_ != should:
        raise Difference(what, whose, month, is_, should)
