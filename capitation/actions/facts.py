"""Recording facts about members, beneath the actions: what differs supersedes what stood."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import models
from django.utils import timezone

from capitation.actions.identities import Identified, Name, Names, identify, mbi_index
from capitation.models import (
    Contract,
    CoverageSpan,
    Member,
    MemberCounty,
    MemberIdentifier,
    MemberProfile,
    MemberStatus,
    PcpAssignment,
    PlanFile,
    RiskScore,
)
from capitation.rules.painting import Brush, Piece, repaint
from ipaportal.audit.batches import contract_scope, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.copying import copy_rows
from ipaportal.core.encryption import encrypt, place

ALWAYS = date(1900, 1, 1)
MOST_NUMBER = 40
PROFILE = (
    *("last_name", "first_name", "birth_date", "sex", "county_code"),
    *("address", "city", "state", "zip_code", "phone"),
)
# What the days of a lane say, and what else its rows carry.
LANES: dict[type[models.Model], tuple[tuple[str, ...], tuple[str, ...]]] = {
    CoverageSpan: (("contract_id", "plan_code"), ()),
    PcpAssignment: (("practitioner_id",), ("reason", "assigned_by")),
    MemberStatus: (("status",), ()),
    RiskScore: (("score",), ()),
    MemberCounty: (("county_code",), ()),
}
LENGTHS = {
    f.name: f.max_length for f in MemberProfile._meta.get_fields() if hasattr(f, "max_length")
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a fact comes from: a file's line, or a person with a reason."""

    line_no: int | None = None
    extras: tuple[object, ...] = ()


@dataclass
class Recorder:
    """One batch of facts about members of one payer; `counts` says what it changed."""

    payer_id: int
    fact_no: int
    now: datetime
    file_id: int | None = None
    source: str = ""
    # The day of the file, from when what it says for the first time holds.
    day: date | None = None
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    # Numbers and MBIs that name a member since now: money may have waited for them.
    learned: set[str] = field(default_factory=set)
    learned_indexes: set[bytes] = field(default_factory=set)
    # MBIs that we know by their hash only.
    learned_hidden: set[bytes] = field(default_factory=set)

    def paint(
        self, model: type[models.Model], brushes: Mapping[int, Sequence[Brush]], name: str
    ) -> set[int]:
        """Record what statements change in a lane of spans; give the members it changed."""
        values, extras = LANES[model]
        per_status = model is MemberStatus
        known = self._known(model, brushes)
        gone, new, changed = [], [], set()
        for member_id, strokes in brushes.items():
            for lane in _lanes(known[member_id], strokes, per_status):
                removed, added = repaint(*lane)
                gone += [piece.source.pk for piece in removed]
                new += [self._row(member_id, piece, values, extras) for piece in added]
                if removed or added:
                    changed.add(member_id)
        self._supersede(model, gone)
        columns = ("member_id", *values, *extras, "effective_date", "end_date")
        self._insert(model, columns, new)
        self.counts[name] += len(changed)
        return changed

    def _known(self, model: type[models.Model], member_ids: Iterable[int]) -> dict[int, list]:
        values, _ = LANES[model]
        found = defaultdict(list)
        for row in model.objects.filter(member_id__in=list(member_ids)).current():
            value = tuple(getattr(row, name) for name in values)
            found[row.member_id].append(Piece(row.effective_date, row.end_date, value, row))
        return found

    def _row(self, member_id: int, piece: Piece, values: tuple, extras: tuple) -> tuple:
        source = piece.source
        if isinstance(source, Origin):
            more = source.extras
            from_file = (self.file_id, source.line_no)
        else:
            # What is left of an older fact still comes from where that came from.
            more = tuple(getattr(source, name) for name in extras)
            from_file = (source.file_id, source.line_no)
        return (member_id, *piece.value, *more, piece.start, piece.end, *from_file)

    def _supersede(self, model: type[models.Model], ids: list[int]) -> None:
        if ids:
            model.objects.filter(pk__in=ids).update(
                superseded_no=self.fact_no, superseded_at=self.now
            )

    def _insert(self, model: type[models.Model], columns: tuple, rows: list[tuple]) -> None:
        tail = (self.fact_no, self.now)
        copy_rows(
            model,
            (*columns, "file_id", "line_no", "fact_no", "recorded_at"),
            ((*row, *tail) for row in rows),
        )

    def profiles(self, stated: Mapping[int, tuple[int | None, Mapping[str, object]]]) -> None:
        """Record profiles that differ from what is known; what a plan leaves out stays."""
        known = {
            row.member_id: row
            for row in MemberProfile.objects.filter(member_id__in=list(stated)).current()
        }
        gone, new = [], []
        for member_id, (line_no, fields) in stated.items():
            old = known.get(member_id)
            before = {name: getattr(old, name) if old else _empty(name) for name in PROFILE}
            told = {name: _fit(name, value) for name, value in fields.items() if value}
            after = {**before, **told}
            if old is not None and after == before:
                continue
            if old is not None:
                gone.append(old.pk)
            name = f"{after['last_name']} {after['first_name']}".strip().casefold()
            values = tuple(after[field_name] for field_name in PROFILE)
            new.append((member_id, *values, name, ALWAYS, self.file_id, line_no))
        self._supersede(MemberProfile, gone)
        columns = ("member_id", *PROFILE, "search_name", "effective_date")
        self._insert(MemberProfile, columns, new)
        self.counts["profiles"] += len(gone)

    def counties(self, stated: Mapping[int, tuple[int | None, str, date]]) -> None:
        """
        Record where members live, each from a day on; the first county known holds for ever before.

        Whoever calls this asks one source a contract: plans' files use different codes.
        """
        told = {member: it for member, it in stated.items() if it[1]}
        known = MemberCounty.objects.filter(member_id__in=list(told)).current()
        have = set(known.values_list("member_id", flat=True))
        brushes = {
            member: [Brush(day if member in have else ALWAYS, None, (county,), Origin(line_no))]
            for member, (line_no, county, day) in told.items()
        }
        self.paint(MemberCounty, brushes, "county_changes")

    def members(
        self,
        wanted: Mapping[tuple[str, str], int | None],
        found: Identified[tuple[str, str]] | None = None,
    ) -> Identified[tuple[str, str]]:
        """
        Find members by (number, MBI), create the missing ones, and keep what is new about them.

        `wanted` says in which line each was named; `found` is what is known of them, if the caller
        asked before. One member is created a number and an MBI: a second number of the same MBI is
        kept as another number of that member.
        """
        maker = Names()
        names = {pair: maker.of(*pair) for pair in wanted}
        found = identify(self.payer_id, names) if found is None else found
        missing = {pair: name for pair, name in names.items() if not found.is_known(pair)}
        if missing:
            self._create(missing)
            found.add(identify(self.payer_id, missing))
        told = [pair for pair in wanted if pair[1] and pair in found.ids]
        self._keep_mbis({found.ids[pair]: pair[1] for pair in told})
        self.identifiers(
            (found.ids[pair], pair[0], b"", wanted[pair])
            for pair in sorted(found.new_numbers)
            if len(pair[0]) <= MOST_NUMBER
        )
        return found

    def _create(self, missing: Mapping[tuple[str, str], Name]) -> None:
        numbers, indexes, rows = set(), set(), []
        for (number, mbi), name in sorted(missing.items(), key=lambda item: not item[1].mbi):
            if number in numbers or name.mbi in indexes:
                continue
            numbers.add(number)
            if name.mbi:
                indexes.add(name.mbi)
                mbi = mbi or number
                self.learned.add(plain_mbi(mbi))
            row_id = uuid.uuid4()
            rows.append((self.payer_id, number, row_id, *_sealed(mbi, row_id)))
        columns = ("payer_id", "plan_member_id", "uuid", "mbi_encrypted", "mbi_index")
        copy_rows(Member, columns, rows)
        self.learned |= numbers
        self.learned_indexes |= indexes
        self.counts["new_members"] += len(rows)

    def _keep_mbis(self, mbis: Mapping[int, str]) -> None:
        members = list(Member.objects.filter(pk__in=list(mbis), mbi_index=None))
        for member in members:
            mbi = mbis[member.pk]
            member.mbi_encrypted, member.mbi_index = _sealed(mbi, member.uuid)
            self.learned.add(plain_mbi(mbi))
            self.learned_indexes.add(member.mbi_index)
        Member.objects.bulk_update(members, ["mbi_encrypted", "mbi_index"], batch_size=1000)

    def identifiers(self, rows: Iterable[tuple[int, str, bytes, int | None]]) -> None:
        """Record further names of members: (member, number, hash of an MBI, line)."""
        rows = list(rows)
        head, day = self.payer_id, self.day or timezone.localdate(self.now)
        copy_rows(
            MemberIdentifier,
            (
                *("member_id", "number", "mbi_index", "line_no", "payer_id", "effective_date"),
                *("recorded_by", "file_id", "fact_no", "recorded_at"),
            ),
            ((*row, head, day, self.source, self.file_id, self.fact_no, self.now) for row in rows),
        )
        self.learned |= {number for _, number, _, _ in rows if number}
        self.learned_hidden |= {index for _, _, index, _ in rows if index}
        self.counts["new_numbers"] += sum(1 for _, number, index, _ in rows if number and not index)


def start_recording(
    *, actor: Actor, payer_id: int, description: str, now: datetime, file: PlanFile | None = None
) -> Recorder:
    """Open a batch under the locks of all the payer's contracts."""
    ids = Contract.objects.filter(payer_id=payer_id).values_list("pk", flat=True)
    batch = open_batch(
        actor=actor,
        scopes=[contract_scope(pk) for pk in ids],
        description=description[:200],
        now=now,
    )
    source = f"file {file.name}" if file else actor.name
    return Recorder(payer_id, batch.pk, now, file.pk if file else None, source[:200])


def _lanes(known: list[Piece], strokes: Sequence[Brush], per_status: bool) -> Iterable[tuple]:
    """Statuses may overlap each other, so each is a lane of its own; other lanes are whole."""
    if not per_status:
        return [(known, strokes)]
    lanes = {_status(brush) for brush in strokes}
    return [
        ([p for p in known if p.value[0] == lane], [b for b in strokes if _status(b) == lane])
        for lane in sorted(lanes)
    ]


def _status(brush: Brush) -> str:
    return brush.value[0] if brush.value else brush.only


def _sealed(mbi: str, row_id: uuid.UUID) -> tuple[bytes | None, bytes | None]:
    if not mbi:
        return None, None
    sealed = encrypt(mbi, place("capitation_member", "mbi_encrypted", row_id))
    return sealed, mbi_index(mbi)


def plain_mbi(mbi: str) -> str:
    """An MBI as reports write it."""
    return mbi.replace("-", "").replace(" ", "").upper()


def _empty(name: str) -> object:
    return None if name == "birth_date" else ""


def _fit(name: str, value: object) -> object:
    return value[: LENGTHS[name]] if isinstance(value, str) else value
