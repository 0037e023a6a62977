"""What benches of buying together have in common: practices with an office each, and items."""

from datetime import datetime

from credentialing.models import Location, Practice
from ipaportal.identity.models import Party
from purchasing.models import Item, ItemVersion, PackLevel


def make_offices(practices: int) -> list[Location]:
    """Practices with an office each."""
    parties = Party.objects.bulk_create(
        [Party(kind=Party.Kind.PRACTICE, name=f"Practice {n}") for n in range(practices)]
    )
    made = Practice.objects.bulk_create(
        [Practice(party=party, tin=f"{990_000_000 + n}", name=party.name)
         for n, party in enumerate(parties)]
    )  # fmt: skip
    return Location.objects.bulk_create(
        [Location(practice=one, line="1 Main St", city="Fresno", state="CA", zip_code="93701")
         for one in made]
    )  # fmt: skip


def make_items(count: int, at: datetime) -> list[tuple[ItemVersion, PackLevel]]:
    """Supplies that come in boxes of one."""
    items = Item.objects.bulk_create([Item(code=f"I{n}", added_at=at) for n in range(count)])
    versions = ItemVersion.objects.bulk_create(
        [ItemVersion(item=item, number=1, name=f"Item {n}", kind="supply", recorded_at=at)
         for n, item in enumerate(items)]
    )  # fmt: skip
    levels = PackLevel.objects.bulk_create(
        [PackLevel(item=item, name="box", eaches=1) for item in items]
    )
    return list(zip(versions, levels, strict=True))
