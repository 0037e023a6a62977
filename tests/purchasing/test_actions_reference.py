"""Lists from outside: looked at, confirmed, kept by their days; prices that are not covered."""

import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import User
from purchasing.actions.reference import (
    AlreadyConfirmed,
    NothingArrived,
    ReadAlready,
    confirm_list,
    read_arrival,
    send_list,
    step_lists,
)
from purchasing.models import ItemVersion, ListArrival, ReferenceFile, ReferenceRow
from purchasing.queries.reference import directory_of, list_on, part_b_of, preview_of
from purchasing.rules.medicare import quarter_of
from tests.at_once import at_once
from tests.factories import NOON
from tests.kept import kept
from tests.people import client_of
from tests.purchasing.shopping import make_buyer, make_contract, make_item, make_supplier, price
from tests.purchasing.test_rules_medicare import CROSSWALK, LIMITS, PACKAGES, PRODUCTS

pytestmark = pytest.mark.django_db
DAY, NEXT = date(2026, 11, 2), date(2027, 1, 2)
D = Decimal
WORKER = Actor.system("worker")


@kept
def buyer() -> Actor:
    """Whoever buys, a drug that is priced, and gloves."""
    made = make_buyer()
    make_item(made)
    make_item(
        made, "KETO", kind="drug", is_rx=True, ndc="0409-3795-01", hcpcs="J1885",
        packs=[("each", 1), ("box", 25)],
    )  # fmt: skip
    contract = make_contract(made, make_supplier(made))
    price(made, contract, "KETO,box,0,40", "KETO,box,90,24.61", "GLOVE,box,0,10")
    return made


def sent(actor: Actor, data: bytes, name: str = "list.csv", day: date = DAY) -> ListArrival:
    """A file is sent, and a worker reads it."""
    arrival = send_list(actor=actor, file_name=name, data=data, day=day, now=NOON)
    assert (arrival.state, arrival.lists.count()) == ("waiting", 0)
    return read_arrival(actor=WORKER, arrival_id=arrival.pk, now=NOON)


def take(actor: Actor, data: bytes, name: str = "list.csv", day: date = DAY) -> ReferenceFile:
    (file,) = sent(actor, data, name, day).lists.all()
    return confirm_list(actor=actor, file_id=file.pk, now=NOON)


def keto() -> ItemVersion:
    return ItemVersion.objects.current().select_related("item").get(item__code="KETO")


def part_b(day: date = DAY):
    return part_b_of([keto()], day)[keto().item_id]


def test_nothing_of_a_list_counts_before_it_is_confirmed(buyer):
    (file,) = sent(buyer, LIMITS, day=NEXT).lists.all()
    assert (file.effective_date, file.end_date) == (date(2026, 10, 1), date(2027, 1, 1))
    assert (file.size, file.refused, file.problems[0][0]) == (1, 1, 5)
    assert list_on("limits", DAY) is None
    assert part_b().paid.why_not == "No Part B limits of Q4 2026 were read in."
    (told,) = preview_of(file)
    assert (told.code, told.before, told.after) == (
        "J1885", "not in it", "0.5 J1885 Ketorolac inj",
    )  # fmt: skip
    confirm_list(actor=buyer, file_id=file.pk, now=NOON)
    assert list_on("limits", DAY) == file
    assert list_on("limits", NEXT) is None
    with pytest.raises(AlreadyConfirmed):
        confirm_list(actor=buyer, file_id=file.pk, now=NOON)
    again = sent(buyer, LIMITS)
    assert again.state == "refused"
    assert again.words == (
        "This very list was confirmed already, from 2026-10-01 on. Nothing was taken."
    )
    assert part_b().paid.limit.limit == D("0.5")
    assert "crosswalk of Q4 2026 does not name this NDC" in part_b().paid.why_not
    with pytest.raises(DatabaseError), transaction.atomic():
        ReferenceRow.objects.update(hcpcs="J0000")


def test_says_what_a_pack_is_paid_once_all_of_it_is_known(buyer):
    take(buyer, LIMITS)
    take(buyer, CROSSWALK)
    assert part_b().paid.why_not == "It is not known which of its packs the NDC is of."
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("product.txt", PRODUCTS)
        archive.writestr("package.txt", PACKAGES)
    both = sent(buyer, packed.getvalue(), "ndctext.zip").lists.order_by("pk")
    assert [file.kind for file in both] == ["products", "packages"]
    for file in both:
        confirm_list(actor=buyer, file_id=file.pk, now=NOON)
    found = part_b()
    assert (found.paid.why_not, found.paid.level.name, found.paid.units) == ("", "box", 50)
    assert found.paid.margin(D("24.61"), found.paid.level).margin_cents == -1
    assert part_b(NEXT).paid.limit is None  # a quarter that nobody read in is not guessed
    said = directory_of(keto(), DAY)
    assert (said.package.said["eaches"], said.differs) == (25, ())
    assert directory_of(ItemVersion.objects.get(item__code="GLOVE"), DAY) is None


def test_a_later_list_counts_from_its_day_and_the_earlier_one_stays(buyer):
    take(buyer, LIMITS)
    corrected = take(buyer, LIMITS.replace(b"0.500", b"0.700"))
    later = LIMITS.replace(b"October 1, 2026 through December 31, 2026",
                           b"January 1, 2027 through March 31, 2027")  # fmt: skip
    take(buyer, later.replace(b"0.500", b"0.900"))
    assert part_b().paid.limit.limit == D("0.7")
    assert list_on("limits", DAY) == corrected
    assert part_b(NEXT).paid.limit.limit == D("0.9")
    assert ReferenceFile.objects.filter(kind="limits").count() == 3


def test_names_where_fda_says_something_else(buyer):
    take(buyer, PRODUCTS.replace(b"\t\tN", b"\tCIV\tN"), "product.txt")
    take(buyer, PACKAGES.replace(b"0409-3795-01", b"0409-3795-99"), "package.txt")
    differs = directory_of(keto(), DAY).differs
    assert "FDA gives the DEA schedule as 4, and it is none here." in differs
    assert "FDA's directory has no package of this code." in differs


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"PK\x03\x04broken", CROSSWALK[:150]])
def test_takes_nothing_of_a_file_that_is_no_list(buyer, data):
    arrival = sent(buyer, data, "x")
    assert arrival.state == "refused"
    assert "Nothing was taken. Send product.txt and package.txt" in arrival.words
    assert not ReferenceFile.objects.exists()
    assert not ReferenceRow.objects.exists()


def test_takes_all_lists_of_a_file_or_none_and_each_file_once(buyer):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("product.txt", PRODUCTS)
        archive.writestr("readme.txt", "nothing to see")
    given = {"file_name": "ndctext.zip", "data": packed.getvalue(), "day": DAY, "now": NOON}
    arrival = send_list(actor=buyer, **given)
    with pytest.raises(ReadAlready, match="Nothing was taken a second time"):
        send_list(actor=buyer, **given)
    with pytest.raises(NotPermitted):
        read_arrival(actor=buyer, arrival_id=arrival.pk, now=NOON)
    assert (step_lists(NOON), step_lists(NOON)) == (1, 0)
    with pytest.raises(NothingArrived):
        read_arrival(actor=WORKER, arrival_id=arrival.pk, now=NOON)
    arrival.refresh_from_db()
    assert arrival.words.startswith("readme.txt: no line of it names the columns of a list")
    assert not ReferenceRow.objects.exists()
    assert not ReferenceFile.objects.exists()
    assert read_stored(arrival.sha256) == given["data"]


def test_names_refused_lines_and_counts_all_of_them(buyer):
    shifted = b"\n".join([PACKAGES.strip(), *[b"0409-3795\tshifted"] * 1_002]) + b"\n"
    (file,) = sent(buyer, shifted, "package.txt").lists.all()
    assert (file.size, file.refused, len(file.problems)) == (1, 1_002, 500)
    assert file.problems[0] == [
        3, "", "", "The line has 2 columns, the header has 8.",
    ]  # fmt: skip
    assert list(file.rows.values_list("line_no", flat=True)) == [2]


@pytest.mark.django_db(transaction=True)
def test_two_workers_read_a_file_once_and_a_dead_one_lets_go():
    buyer = make_buyer()
    arrival = send_list(actor=buyer, file_name="l.csv", data=LIMITS, day=DAY, now=NOON)
    with transaction.atomic():  # a worker that has it, and dies
        ListArrival.objects.select_for_update().get(pk=arrival.pk)
        (skipped,) = at_once(lambda: step_lists(NOON))
        assert skipped == 0
        transaction.set_rollback(True)
    reading = [lambda: read_arrival(actor=WORKER, arrival_id=arrival.pk, now=NOON)] * 2
    answers = at_once(*reading)
    assert sorted(type(one).__name__ for one in answers) == ["ListArrival", "NothingArrived"]
    assert ReferenceFile.objects.get().rows.count() == 1


def limits_of(day: date) -> bytes:
    """The limits of the quarter that a day is in."""
    start, end = quarter_of(day)
    told = f"{start:%B %-d, %Y} through {end - timedelta(days=1):%B %-d, %Y}"
    return LIMITS.replace(b"October 1, 2026 through December 31, 2026", told.encode())


def test_shows_limits_alerts_and_lists_on_pages(buyer):
    today = timezone.localdate()
    client = client_of(User.objects.get(pk=buyer.user_id))
    for name, data in (
        ("l.csv", limits_of(today)), ("c.csv", CROSSWALK), ("package.txt", PACKAGES)
    ):  # fmt: skip
        sent = {"file": SimpleUploadedFile(name, data), "day": today.isoformat()}
        answered = client.post(reverse("purchasing:reference_read"), sent)
        assert answered.status_code == 302
        assert "The file is being read" in client.get(answered.url).content.decode()
        assert "HX-Refresh" not in client.get(answered.url + "progress/").headers
        assert "is being read" in client.get(reverse("purchasing:reference_list")).content.decode()
        assert step_lists(timezone.now()) == 1
        assert client.get(answered.url + "progress/").headers["HX-Refresh"] == "true"
        answered = client.get(answered.url)
        page = client.get(answered.url).content.decode()
        assert "Nothing of it counts yet" in page
        client.post(answered.url + "confirm/")
        assert client.get(answered.url, {"q": "J1885"}).status_code == 200
    item = client.get(reverse("purchasing:item_detail", args=[keto().item_id])).content.decode()
    assert "above the limit" not in item
    assert "Under water after the sequester" in item
    assert "−0.01" in item
    listed = client.get(reverse("purchasing:item_list"), {"show": "under"}).content.decode()
    assert "Keto M" in listed
    assert "Glove M" not in listed
    assert client.get(reverse("purchasing:reference_list")).status_code == 200
