"""The lines of a run: one a member and coverage month, searched and filtered."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet

from capitation.models import Member, MemberProfile, Run, Share, Waterfall
from capitation.queries.access import require_all
from capitation.queries.run_figures import figures_of
from capitation.rules.reasons import WORDS
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party

VIEW = "capitation.view_runs"
SORTS = {"cents": "provider_cents", "received": "received_cents"}
MOST_MEMBERS = 200
MOST_LINES = 5000
CHUNK = 2000


@dataclass(frozen=True)
class LineFilter:
    """What of a run is asked for."""

    member: str = ""
    payee_id: int | None = None
    reason: str = ""
    why: str = ""

    @property
    def is_on(self) -> bool:
        return bool(self.member or self.payee_id or self.reason or self.why)


@dataclass(frozen=True)
class Line:
    """One member's month in a run."""

    member_id: int
    number: str
    name: str
    coverage_month: date
    reason: str
    zero_reason: str
    received_cents: int
    ipa_cents: int
    provider_cents: int
    withhold_cents: int
    payees: str
    payee_id: int | None


class Lines:
    """The lines a filter finds, as a sequence that counts and reads only what a page shows."""

    def __init__(self, run: Run, asked: LineFilter, names: Mapping[int, str]) -> None:
        self.run, self.asked, self.names = run, asked, names
        self._rows = _filtered(run, asked)
        self._sort = ""
        self._found: list[Waterfall] | None = None
        self._counted: int | None = None

    def count(self) -> int:
        """How many there are, asked once; taken from the run's own sums where they tell it."""
        if self._counted is None:
            self._counted = self._count()
        return self._counted

    def _count(self) -> int:
        figures = figures_of(self.run)
        asked = self.asked
        if not asked.is_on:
            return self.run.report.get("rows", 0)
        if asked == LineFilter(reason=asked.reason):
            return figures.get("reasons", {}).get(asked.reason, [0])[0]
        if asked == LineFilter(why=asked.why) and "zero_rows" in figures:
            return figures["zero_rows"].get(asked.why, 0)
        if asked.member:
            # Some hundreds of members at most: read once, counted and cut here.
            self._found = list(self._ordered()[:MOST_LINES])
            return len(self._found)
        if asked == LineFilter(payee_id=asked.payee_id):
            mine = Share.objects.filter(run_id=self.run.pk, payee_id=asked.payee_id)
            return mine.values_list("member_id", "coverage_month").distinct().count()
        return self._rows.count()

    def order_by(self, key: str, *_more: str) -> "Lines":
        """The same lines in another order."""
        same = copy(self)
        same._sort = key
        return same

    def __getitem__(self, part: slice) -> list[Line]:
        if self._found is not None:
            return described(self._found[part], self.names)
        total = self.count()
        if (part.start or 0) <= total // 2:
            return described(self._ordered()[part], self.names)
        # The last pages are read from the end: what comes before a page has to be passed over.
        from_end = slice(max(0, total - part.stop), total - part.start)
        return described(list(self._ordered().reverse()[from_end])[::-1], self.names)

    def _ordered(self) -> QuerySet[Waterfall]:
        order = [self._sort] if self._sort else []
        return self._rows.order_by(*order, "member_id", "coverage_month")

    def member_ids(self) -> list[int]:
        """Everybody the lines are about."""
        return list(self._rows.order_by().values_list("member_id", flat=True).distinct())

    def in_chunks(self) -> Iterable[Line]:
        """Every line, a chunk at a time, by the key, so that the last is as fast as the first."""
        after: tuple[int, date] | None = None
        while True:
            rows = self._rows.order_by("member_id", "coverage_month")
            if after is not None:
                member_id, month = after
                rows = rows.filter(member_id__gte=member_id).exclude(
                    member_id=member_id, coverage_month__lte=month
                )
            chunk = list(rows[:CHUNK])
            if not chunk:
                return
            yield from described(chunk, self.names)
            after = chunk[-1].member_id, chunk[-1].coverage_month


def run_lines(
    *, actor: Actor, run: Run, asked: LineFilter, names: Mapping[int, str] | None = None
) -> Lines:
    """The lines of a run that a filter finds; `names` are those of payees already known."""
    require_all(actor, VIEW)
    return Lines(run, asked, names or {})


def _filtered(run: Run, asked: LineFilter) -> QuerySet[Waterfall]:
    rows = Waterfall.objects.filter(run_id=run.pk)
    if asked.member:
        rows = rows.filter(member_id__in=_asked_ids(asked.member, run.contract.payer_id))
    if asked.reason:
        rows = rows.filter(reason=asked.reason)
    if asked.why:
        rows = rows.filter(zero_reason=asked.why)
    if asked.payee_id is not None:
        mine = Share.objects.filter(run_id=run.pk, payee_id=asked.payee_id)
        same = mine.filter(
            member_id=OuterRef("member_id"), coverage_month=OuterRef("coverage_month")
        )
        rows = rows.filter(Exists(same))
    return rows


def _asked_ids(text: str, payer_id: int) -> list[int]:
    """Members whose number or name begins with a text; of each the first few hundred."""
    by_number = Q(plan_member_id__startswith=text) | Q(plan_member_id__startswith=text.upper())
    members = Member.objects.filter(by_number, payer_id=payer_id).values_list("pk")
    profiles = MemberProfile.objects.current().filter(
        search_name__startswith=name_prefix(text), member__payer_id=payer_id
    )
    found = members[:MOST_MEMBERS].union(profiles.values_list("member_id")[:MOST_MEMBERS])
    return [pk for (pk,) in found]


def name_prefix(text: str) -> str:
    """A typed name as it is kept for search: "Castellano, R" → "castellano r"."""
    return " ".join(text.replace(",", " ").split()).casefold()


def _people(member_ids: set[int]) -> dict[int, tuple[str, str]]:
    """Number and name of each member."""
    current = FilteredRelation(
        "memberprofile_facts", condition=Q(memberprofile_facts__superseded_no=None)
    )
    found = Member.objects.filter(pk__in=member_ids).annotate(known=current)
    rows = found.values_list("pk", "plan_member_id", "known__last_name", "known__first_name")
    return {
        pk: (number, ", ".join(filter(None, (last, first)))) for pk, number, last, first in rows
    }


def described(rows: Sequence[Waterfall], names: Mapping[int, str]) -> list[Line]:
    """Lines with their members' and payees' names; three queries at most, however many lines."""
    rows = list(rows)
    people = _people({row.member_id for row in rows})
    shares = _shares(rows)
    payees = {payee for found in shares.values() for payee in found}
    parties = dict(names)
    if not payees <= parties.keys():
        parties |= dict(Party.objects.filter(pk__in=payees).values_list("pk", "name"))
    lines = []
    for row in rows:
        mine = shares.get((row.member_id, row.coverage_month), [])
        lines.append(
            Line(
                member_id=row.member_id,
                number=people[row.member_id][0],
                name=people[row.member_id][1],
                coverage_month=row.coverage_month,
                reason=row.reason,
                zero_reason=row.zero_reason or "",
                received_cents=row.received_cents,
                ipa_cents=row.received_cents - row.provider_cents - row.suspense_cents,
                provider_cents=row.provider_cents,
                withhold_cents=row.withhold_cents,
                payees=", ".join(parties.get(pk, "") for pk in mine),
                payee_id=mine[0] if mine else None,
            )
        )
    return lines


def _shares(rows: Sequence[Waterfall]) -> dict[tuple[int, date], list[int]]:
    """The payees of each line, the largest share first."""
    if not rows:
        return {}
    found: dict[tuple[int, date], list[int]] = {}
    shares = Share.objects.filter(
        run_id=rows[0].run_id,
        member_id__in={row.member_id for row in rows},
        coverage_month__in={row.coverage_month for row in rows},
    ).order_by("-provider_cents", "payee_id")
    for share in shares:
        mine = found.setdefault((share.member_id, share.coverage_month), [])
        if share.payee_id not in mine:
            mine.append(share.payee_id)
    return found


def reason_words(reason: str) -> str:
    """A reason in words."""
    return WORDS.get(reason, reason)
