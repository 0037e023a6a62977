"""Recording facts about members, beneath the actions: what differs supersedes what stood."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, models

from capitation.models import (
    Contract,
    CoverageSpan,
    Member,
    MemberProfile,
    MemberStatus,
    PcpAssignment,
    PlanFile,
    RiskScore,
)
from capitation.rules.painting import Brush, Piece, repaint
from ipaportal.audit.batches import contract_scope, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import blind_index, encrypt, place

ALWAYS = date(1900, 1, 1)
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
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

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

    def members(self, wanted: Mapping[str, str]) -> dict[str, int]:
        """Find members by the plan's number, else by MBI, and create the missing ones."""
        found = find_members(self.payer_id, wanted)
        missing = {ref: mbi for ref, mbi in wanted.items() if ref not in found}
        rows = []
        for ref, mbi in missing.items():
            row_id = uuid.uuid4()
            rows.append((self.payer_id, ref, row_id, *_sealed(mbi, row_id)))
        columns = ("payer_id", "plan_member_id", "uuid", "mbi_encrypted", "mbi_index")
        copy_rows(Member, columns, rows)
        self._keep_mbis({found[ref]: mbi for ref, mbi in wanted.items() if mbi and ref in found})
        self.counts["new_members"] += len(missing)
        return found | find_members(self.payer_id, missing)

    def _keep_mbis(self, mbis: Mapping[int, str]) -> None:
        for member in Member.objects.filter(pk__in=list(mbis), mbi_index=None):
            sealed, index = _sealed(mbis[member.pk], member.uuid)
            Member.objects.filter(pk=member.pk).update(mbi_encrypted=sealed, mbi_index=index)


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
    return Recorder(payer_id, batch.pk, now, file.pk if file else None)


def find_members(payer_id: int, wanted: Mapping[str, str]) -> dict[str, int]:
    """Members of a payer by reference: the plan's number, else the MBI (or what looks like one)."""
    mine = Member.objects.filter(payer_id=payer_id)
    found = dict(mine.filter(plan_member_id__in=list(wanted)).values_list("plan_member_id", "pk"))
    by_index = {
        mbi_index(mbi or ref): ref
        for ref, mbi in wanted.items()
        if ref not in found and (mbi or looks_like_mbi(ref))
    }
    if by_index:
        rows = mine.filter(mbi_index__in=list(by_index)).values_list("mbi_index", "pk")
        found |= {by_index[bytes(index)]: pk for index, pk in rows}
    return found


def looks_like_mbi(text: str) -> bool:
    """Say whether a number has the shape of a Medicare Beneficiary Identifier: 1EG4TE5MK73."""
    bare = text.replace("-", "").upper()
    return (
        len(bare) == 11
        and bare.isascii()
        and bare.isalnum()
        and bare[0] in "123456789"
        and all(bare[i].isdigit() for i in (3, 6, 9, 10))
        and all(bare[i].isalpha() for i in (1, 4, 7, 8))
    )


def mbi_index(mbi: str) -> bytes:
    return blind_index(mbi, "mbi")


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Bring many rows into a table at once; text columns left out are empty, others null."""
    given = set(columns)
    # The database has no defaults for these: Django fills them, and COPY goes past Django.
    blank = [
        f
        for f in model._meta.concrete_fields
        if f.column not in given and not f.primary_key and not f.null
    ]
    names = ", ".join(f'"{name}"' for name in (*columns, *(f.column for f in blank)))
    tail = tuple(f.get_default() for f in blank)
    with connection.cursor() as cursor:
        statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row((*row, *tail))


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


def _empty(name: str) -> object:
    return None if name == "birth_date" else ""


def _fit(name: str, value: object) -> object:
    return value[: LENGTHS[name]] if isinstance(value, str) else value
