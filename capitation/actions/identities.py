"""Whom a plan means, beneath the actions: by number, by MBI, or by both together."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from capitation.models import Member, MemberIdentifier
from ipaportal.core.encryption import blind_index

MOST_REMEMBERED = 20_000
# Stands for an MBI that no line can have.
SEVERAL = b"several"
K = TypeVar("K", bound=Hashable)


class Name(NamedTuple):
    """What a row calls a member: the plan's number and the keyed hash of an MBI, or one of them."""

    number: str
    mbi: bytes = b""

    @property
    def key(self) -> str:
        """The name as a work-list keeps it."""
        return f"{self.number}|{self.mbi.hex()}"


@dataclass
class Identified(Generic[K]):
    """
    Whom names mean: `ids` where that is one member, `conflicts` where it cannot be told.

    `new_numbers` are those found by their MBI whose number we did not know.
    """

    ids: dict[K, int] = field(default_factory=dict)
    conflicts: dict[K, tuple[int, ...]] = field(default_factory=dict)
    new_numbers: set[K] = field(default_factory=set)

    def add(self, more: "Identified[K]") -> None:
        """Take in what was found later."""
        self.ids |= more.ids
        self.conflicts |= more.conflicts
        self.new_numbers |= more.new_numbers

    def is_known(self, key: K) -> bool:
        return key in self.ids or key in self.conflicts


class Names:
    """Makes names, remembering the latest MBIs: a file tells the same ones again and again."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def of(self, number: str, mbi: str = "") -> Name:
        """The name of a row; a number that looks like an MBI is one too."""
        text = mbi or (number if looks_like_mbi(number) else "")
        if not text:
            return Name(number)
        if text not in self._known:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[text] = mbi_index(text)
        return Name(number, self._known[text])


@dataclass
class _Found:
    """What is on record about the names asked for."""

    by_number: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_mbi: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))
    together: dict[Name, set[int]] = field(default_factory=lambda: defaultdict(set))
    mbis: dict[int, set[bytes]] = field(default_factory=lambda: defaultdict(set))


def identify(payer_id: int, names: Mapping[K, Name]) -> Identified[K]:
    """
    Find members by their names; five queries, however many names.

    A number and an MBI that name different members, or a number whose member has another MBI,
    mean nobody: that is for a person to decide.
    """
    asked = set(names.values())
    found = _look_up(payer_id, asked)
    _doubt_numbers(asked, found)
    result: Identified[K] = Identified()
    for key, name in names.items():
        owners, are_sure = _owners(name, found)
        if len(owners) == 1 and are_sure:
            (result.ids[key],) = owners
            if owners.isdisjoint(found.by_number.get(name.number, ())):
                result.new_numbers.add(key)
        elif owners:
            result.conflicts[key] = tuple(sorted(owners))
    return result


def _look_up(payer_id: int, asked: Collection[Name]) -> _Found:
    numbers = {name.number for name in asked if name.number}
    indexes = {name.mbi for name in asked if name.mbi}
    found = _Found()
    members = Member.objects.filter(payer_id=payer_id)
    facts = MemberIdentifier.objects.filter(payer_id=payer_id).current()
    rows = members.filter(plan_member_id__in=numbers)
    for number, pk, mbi in rows.values_list("plan_member_id", "pk", "mbi_index"):
        found.by_number[number].add(pk)
        _note(found, pk, mbi)
    rows = facts.filter(number__in=numbers)
    for number, index, pk, mbi in rows.values_list(
        "number", "mbi_index", "member_id", "member__mbi_index"
    ):
        if index:
            found.together[Name(number, bytes(index))].add(pk)
        else:
            found.by_number[number].add(pk)
            _note(found, pk, mbi)
    if not indexes:
        return found
    for mbi, pk in members.filter(mbi_index__in=indexes).values_list("mbi_index", "pk"):
        found.by_mbi[bytes(mbi)].add(pk)
    known = {pk for owners in found.by_number.values() for pk in owners}
    alone = facts.filter(number="").exclude(mbi_index=b"")
    rows = alone.filter(mbi_index__in=indexes) | alone.filter(member_id__in=known)
    for mbi, pk in rows.values_list("mbi_index", "member_id"):
        found.by_mbi[bytes(mbi)].add(pk)
        _note(found, pk, mbi)
    return found


def _note(found: _Found, pk: int, mbi: bytes | memoryview | None) -> None:
    if mbi:
        found.mbis[pk].add(bytes(mbi))


def _doubt_numbers(asked: Iterable[Name], found: _Found) -> None:
    """Several MBIs under the number of a member without one: none of them is theirs for sure."""
    told: dict[int, set[bytes]] = defaultdict(set)
    for name in asked:
        owners = found.by_number.get(name.number, ())
        if name.mbi and len(owners) == 1:
            (pk,) = owners
            if not found.mbis.get(pk):
                told[pk].add(name.mbi)
    for pk, indexes in told.items():
        if len(indexes) > 1:
            found.mbis[pk].add(SEVERAL)


def _owners(name: Name, found: _Found) -> tuple[set[int], bool]:
    """Whom a name may mean, and whether nothing speaks against them."""
    if name in found.together:
        return found.together[name], True
    by_number = found.by_number.get(name.number, set())
    by_mbi = found.by_mbi.get(name.mbi, set()) if name.mbi else set()
    if by_number and by_mbi:
        both = by_number & by_mbi
        return (both, True) if len(both) == 1 else (by_number | by_mbi, False)
    if by_number and name.mbi:
        return by_number, not any(found.mbis.get(pk) for pk in by_number)
    return by_number or by_mbi, True


def looks_like_mbi(text: str) -> bool:
    """Say whether a number has the shape of a Medicare Beneficiary Identifier: 1EG4TE5MK73."""
    if len(text) < 11:
        return False
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
