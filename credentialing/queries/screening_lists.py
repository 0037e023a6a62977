"""The exclusion lists in use: which version, how fresh, what is missing."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from credentialing.models import ListMapping, ListVersion, Location
from credentialing.rules.list_columns import SHIPPED, ColumnMapping
from credentialing.rules.screening_lists import (
    SPECS,
    Freshness,
    ListSpec,
    fresh_until,
    freshness,
    required_codes,
)
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "credentialing.view_screening"
Status, Kind = ListVersion.Status, ListVersion.Kind


@dataclass(frozen=True)
class ListInUse:
    """One list as it stands: the version in use, the full file beneath it, how fresh that is."""

    spec: ListSpec
    list_key: str
    is_required: bool
    version: ListVersion | None
    full: ListVersion | None
    freshness: Freshness
    payer_name: str = ""

    @property
    def name(self) -> str:
        return f"{self.spec.name}, {self.payer_name}" if self.payer_name else self.spec.name

    @property
    def fresh_until(self) -> date | None:
        return fresh_until(self.full.source_date, self.spec) if self.full else None

    @property
    def is_wanting(self) -> bool:
        """Whether nobody is clear because of it: needed and missing, or loaded and too old."""
        if self.freshness is Freshness.FRESH:
            return False
        return self.is_required or self.freshness is Freshness.STALE

    @property
    def snapshot(self) -> dict[str, object]:
        """What a run and its certificate keep of it."""
        full, version = self.full, self.version
        return {
            "key": self.list_key,
            "code": self.spec.code,
            "name": self.name,
            "required": self.is_required,
            "freshness": str(self.freshness),
            "wanting": self.is_wanting,
            "version": version.pk if version else None,
            "source_date": full.source_date.isoformat() if full else "",
            "sha256": full.sha256 if full else "",
            "rows": full.rows if full else 0,
            "supplement": version.name if version and full and version.pk != full.pk else "",
        }


def key_of(list_code: str, payer_party_id: int | None) -> str:
    """The key under which a list's versions follow each other."""
    return f"{list_code}:{payer_party_id}" if payer_party_id else list_code


def current_version(list_key: str) -> ListVersion | None:
    """The version of a list that is in use."""
    return ListVersion.objects.filter(list_key=list_key, status=Status.LOADED).first()


def lists_in_use(today: date) -> list[ListInUse]:
    """Every list that is loaded or has to be; a plan's notices are lists of their own."""
    loaded = ListVersion.objects.filter(status=Status.LOADED).select_related("payer_party")
    newest: dict[str, ListVersion] = {}
    full: dict[str, ListVersion] = {}
    for version in loaded.order_by("pk"):
        newest[version.list_key] = version
        if version.kind == Kind.FULL:
            full[version.list_key] = version
    states = frozenset(Location.objects.values_list("state", flat=True).distinct())
    required = required_codes(states)
    found = []
    for spec in SPECS:
        keys = [key for key, version in newest.items() if version.list_code == spec.code]
        for key in keys or ([spec.code] if spec.code in required else []):
            found.append(_in_use(spec, key, newest.get(key), full.get(key), required, today))
    return found


def _in_use(spec, key, newest, full, required, today) -> ListInUse:
    return ListInUse(
        spec,
        key,
        spec.code in required,
        newest,
        full,
        freshness(full.source_date if full else None, today, spec),
        newest.payer_party.name if newest and newest.payer_party else "",
    )


def mapping_of(spec: ListSpec) -> ColumnMapping:
    """How a list's columns are called: our own answer, else the shipped one."""
    shipped = SHIPPED[spec.mapping]
    own = ListMapping.objects.filter(list_code=spec.code, superseded_at=None).first()
    if own is None:
        return shipped
    columns = {name: tuple(heads) for name, heads in own.columns.items()}
    return ColumnMapping(columns, spec.state, is_verified=True, source=f"by {own.recorded_by_name}")


def versions(*, actor: Actor, list_code: str = "") -> QuerySet[ListVersion]:
    """The files of the lists, newest first."""
    may_view(actor)
    found = ListVersion.objects.select_related("payer_party")
    return found.filter(list_code=list_code) if list_code else found


def may_view(actor: Actor) -> None:
    """
    Refuse whoever may not look at screening.

    :raises NotPermitted: if the actor lacks the permission
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
