"""Writing what is known of somebody: a new version supersedes the one that it replaces."""

from collections.abc import Mapping
from datetime import datetime

from credentialing.models import (
    Affiliation,
    CallCover,
    Credential,
    Education,
    Facility,
    GapExplanation,
    Language,
    MalpracticeClaim,
    PersonName,
    Practitioner,
    Supervision,
    Work,
)
from credentialing.rules.application import BY_CODE, Answers, cents_in, day_in, rows_of
from credentialing.rules.facility_types import fault_of_ccn
from credentialing.rules.identifiers import is_clia, is_dea
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused

_SIMPLE = (
    ("education", Education, ("kind", "institution", "degree"), ("started_date", "completed_date")),
    ("work", Work, ("employer", "position", "reason_left"), ("started_date", "ended_date")),
    ("gaps", GapExplanation, ("text",), ("started_date", "ended_date")),
    (
        "hospitals",
        Affiliation,
        ("hospital_name", "kind", "admits_through"),
        ("started_date", "expires_date"),
    ),
    (
        "supervision",
        Supervision,
        ("physician_name", "physician_npi", "kind", "state"),
        ("started_date", "ended_date"),
    ),
    ("languages", Language, ("language", "spoken_by"), ()),
    (
        "on_call",
        CallCover,
        ("colleague_name", "colleague_npi", "specialty", "phone", "after_hours"),
        (),
    ),
)
WITHOUT_DEA = {
    "none": "does not prescribe controlled substances",
    "other": "another prescriber does so for their patients",
}


class WrongCredential(Refused):
    """A number or a date that cannot be."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded. Compare with the document.")


@action("credentialing.work_files")
def record_credential(
    *,
    actor: Actor,
    kind: str,
    now: datetime,
    practitioner_id: int | None = None,
    facility_id: int | None = None,
    **values: object,
) -> Credential:
    """
    Record a credential of a practitioner or facility; its earlier version is superseded.

    :raises WrongCredential: if its number or dates cannot be
    """
    of = {
        "practitioner": practitioner_id and Practitioner.objects.get(pk=practitioner_id),
        "facility": facility_id and Facility.objects.get(pk=facility_id),
    }
    credential = Credential(**of, kind=Credential.Kind(kind), **values)
    fault = fault_of_credential(credential)
    if fault:
        raise WrongCredential(fault)
    kept = keep_credential(credential, actor=actor, now=now)
    record(
        actor=actor,
        action="credentialing.credential.recorded",
        subject=kept,
        kind=kind,
        practitioner_id=practitioner_id,
        facility_id=facility_id,
    )
    return kept


def fault_of_credential(credential: Credential) -> str:
    """Say why a credential cannot be; empty if it can."""
    kind, number = credential.kind, credential.number
    ends, starts = credential.expires_date, credential.issued_date
    if kind == "dea" and credential.status != "exempt" and not is_dea(number):
        return f"{number} fails the check digit of DEA numbers."
    if kind == "clia" and not is_clia(number):
        return f"{number} is no CLIA number (two digits, D, seven digits)."
    if kind == "ccn" and credential.facility_id:
        fault = fault_of_ccn(number, credential.facility.kind)
        return f"{fault[:1].upper()}{fault[1:]}." if fault else ""
    if kind in ("licence", "csr", "fac_licence") and not credential.state:
        return "Say which state issued it."
    if kind in ("coverage", "liability") and not (
        credential.per_claim_cents and credential.aggregate_cents
    ):
        return "Say what it covers, for each claim and together."
    return f"It would end on {ends}, before it begins." if starts and ends and ends < starts else ""


def keep_credential(new: Credential, *, actor: Actor, now: datetime) -> Credential:
    """Keep a version of a credential, superseding the current one of the same number."""
    same = Credential.objects.current().filter(
        practitioner_id=new.practitioner_id,
        facility_id=new.facility_id,
        kind=new.kind,
        state=new.state,
        number=new.number,
    )
    old = same.select_for_update().first()
    if old is not None and _says(old) == _says(new):
        return old
    if old is not None:
        Credential.objects.filter(pk=old.pk).update(superseded_at=now)
    new.recorded_by_id, new.recorded_by_name, new.recorded_at = actor.user_id, actor.name, now
    new.save(force_insert=True)
    return new


def _says(credential: Credential) -> tuple[object, ...]:
    names = ("issuer", "category", "status", "issued_date", "expires_date", "per_claim_cents",
             "aggregate_cents", "document_id", "note")  # fmt: skip
    return tuple(getattr(credential, name) for name in names)


def keep_statements(
    who: Practitioner, answers: Mapping[str, Answers], *, actor: Actor, now: datetime
) -> None:
    """Write what a signed application says into the file: superseding, never overwriting."""
    said = {"source": "self", "recorded_by_id": actor.user_id, "recorded_by_name": actor.name}
    _keep_identity(who, answers.get("identity", {}))
    for code, model, texts, days in _SIMPLE:
        rows = rows_of(BY_CODE[code], answers.get(code, {}))
        wanted = [
            {**{name: row[name] for name in texts}, **{name: day_in(row, name) for name in days}}
            for row in rows
        ]
        _replace(model, who, wanted, said, now)
    claims = [
        {
            "occurred_date": day_in(row, "occurred_date"),
            "closed_date": day_in(row, "closed_date"),
            "outcome": row["outcome"],
            "paid_cents": cents_in(row, "paid") or 0,
            "carrier": row["carrier"],
            "explanation": row["explanation"],
        }
        for row in rows_of(BY_CODE["claims"], answers.get("claims", {}))
    ]
    _replace(MalpracticeClaim, who, claims, said, now)
    _keep_credentials(who, answers, actor, now)


def _keep_identity(who: Practitioner, identity: Answers) -> None:
    for name in ("first_name", "middle_name", "last_name", "suffix", "provider_type", "degree",
                 "gender", "specialty", "taxonomy", "email", "phone"):  # fmt: skip
        if identity.get(name):
            setattr(who, name, identity[name])
    who.save()
    known = {name.last_name.casefold() for name in who.names.all()} | {who.last_name.casefold()}
    for last_name in str(identity.get("former_names") or "").split(","):
        if last_name.strip() and last_name.strip().casefold() not in known:
            PersonName.objects.create(
                practitioner=who, first_name=who.first_name, last_name=last_name.strip()[:100]
            )
            known.add(last_name.strip().casefold())


def _replace(model, who: Practitioner, wanted, said: Mapping[str, object], now: datetime) -> None:
    """Supersede what is not said any more and add what is new; what is said again stays."""
    left = list(wanted)
    for row in model.objects.current().filter(practitioner=who):
        same = next((v for v in left if all(getattr(row, k) == w for k, w in v.items())), None)
        if same is not None:
            left.remove(same)
        else:
            model.objects.filter(pk=row.pk).update(superseded_at=now)
    for values in left:
        model.objects.create(practitioner=who, recorded_at=now, **said, **values)


def _keep_credentials(
    who: Practitioner, answers: Mapping[str, Answers], actor: Actor, now: datetime
) -> None:
    found = [
        (row["kind"], {"state": row["state"].upper(), **_dated(row)})
        for row in rows_of(BY_CODE["licences"], answers.get("licences", {}))
    ]
    found += [
        ("board", {"issuer": row["issuer"], "category": row["category"], **_dated(row)})
        for row in rows_of(BY_CODE["boards"], answers.get("boards", {}))
    ]
    found += [
        (
            "coverage",
            {
                "issuer": row["issuer"],
                "category": row["category"],
                "per_claim_cents": cents_in(row, "per_claim"),
                "aggregate_cents": cents_in(row, "aggregate"),
                **_dated(row),
            },
        )
        for row in rows_of(BY_CODE["coverage"], answers.get("coverage", {}))
    ]
    found += _without_dea(answers.get("prescribing", {}))
    kept = set()
    for kind, values in found:
        row = Credential(practitioner=who, kind=kind, source="self", **values)
        kept.add(keep_credential(row, actor=actor, now=now).pk)
    mine = Credential.objects.current().filter(practitioner=who, source="self")
    mine.filter(kind__in=["licence", "dea", "csr", "board", "coverage"]).exclude(
        pk__in=kept
    ).update(superseded_at=now)


def _without_dea(said: Answers) -> list[tuple[str, dict[str, object]]]:
    """Of whoever holds no DEA registration, why: a row that stands in its place."""
    why = WITHOUT_DEA.get(str(said.get("without_dea") or ""))
    if why is None:
        return []
    who = f"{said.get('prescriber_name') or ''}, NPI {said.get('prescriber_npi') or ''}"
    note = f"{why}: {who}" if said["without_dea"] == "other" else why
    return [("dea", {"status": "exempt", "number": "", "note": note[:300]})]


def _dated(row: Mapping[str, str]) -> dict[str, object]:
    return {
        "number": row["number"],
        "issued_date": day_in(row, "issued_date"),
        "expires_date": day_in(row, "expires_date"),
    }
