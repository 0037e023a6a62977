"""Orders out, answers, ship notices and invoices in: sums kept, every fault at its segment."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipaportal.core.x12 import Reader
from ipaportal.core.x12_writing import Interchange
from purchasing.formats import acknowledgement_855, invoice_810, order_850, ship_notice_856
from purchasing.formats.order_850 import Order, OrderLine, OrderRefused, Site, write
from purchasing.rules.acknowledgements import Answered, Judgement, Ordered, judge

D = Decimal
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "x12-850-855-856-810"
sampled = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the collected samples are not on this machine"
)
ENVELOPE = Interchange("EXAMPLEIPA", "EXAMPLESUPPLY", AT, 7, "PO", "004010")


def site(code: str) -> Site:
    return Site(code, f"Site {code}", f"Practice {code}", "1 Elm St*", "Example", "CA", "00000")


def order_of(to_sites: list[tuple[str, int]], **changed) -> Order:
    line = OrderLine(1, sum(packs for _, packs in to_sites), "BX", D("84.10"), "Gloves ~ large",
                     tuple(to_sites), "50242004062", "G-1")  # fmt: skip
    sites = tuple(site(code) for code, _ in to_sites)
    return Order("PO-2026-0001", date(2026, 11, 28), date(2026, 12, 10), "C-77", "Example IPA",
                 "IPA", "Example Supply", "ES", sites, (replace(line, **changed),))  # fmt: skip


def segments(data: bytes, name: str) -> list[list[str]]:
    reader = Reader(data)
    found = [segment for _, segment in reader if segment[0] == name]
    assert reader.problems == []
    return found


def test_writes_an_order_with_each_sites_part():
    data = write(ENVELOPE, [order_of([("A1", 3), ("B2", 4)])])
    assert segments(data, "BEG") == [["BEG", "00", "SA", "PO-2026-0001", "", "20261128"]]
    assert segments(data, "PO1") == [
        ["PO1", "1", "7", "BX", "84.1", "", "N4", "50242004062", "VN", "G-1"]
    ]
    assert segments(data, "SDQ") == [["SDQ", "BX", "92", "A1", "3", "B2", "4"]]
    assert segments(data, "N1") == [
        ["N1", "AG", "Example IPA", "92", "IPA"],
        ["N1", "SE", "Example Supply", "92", "ES"],
        ["N1", "ST", "Practice A1", "92", "A1"],
        ["N1", "ST", "Practice B2", "92", "B2"],
    ]
    assert segments(data, "PID")[0][-1] == "Gloves   large"
    assert segments(data, "CTT") == [["CTT", "1", "7"]]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 99), min_size=1, max_size=25))
def test_parts_of_a_line_sum_to_it_ten_a_segment(packs):
    parts = [(f"S{number}", count) for number, count in enumerate(packs)]
    data = write(ENVELOPE, [order_of(parts)])
    split = segments(data, "SDQ")
    assert len(split) == -(-len(parts) // 10)
    assert all(len(segment) <= 3 + 20 for segment in split)
    found = [pair for one in split for pair in zip(one[3::2], one[4::2], strict=True)]
    assert found == [(code, str(count)) for code, count in parts]
    assert sum(int(count) for _, count in found) == int(segments(data, "PO1")[0][2])


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"packs": 8}, "8 are ordered and 7 given"),
        ({"schedule": "2"}, "schedule II"),
        ({"schedule": "2N"}, "schedule II"),
        ({"parts": (("A1", 7), ("B2", 0))}, "not above zero"),
        ({"parts": (("A1", 3), ("A1", 4))}, "stands in it twice"),
        ({"parts": (("A1", 3), ("ZZ", 4))}, "no site has the number ZZ"),
        ({"ndc11": "", "sku": ""}, "neither an NDC"),
        ({"price": D(-1)}, "no price"),
    ],
)
def test_refuses_an_order_that_does_not_add_up(changed, why):
    with pytest.raises(OrderRefused, match=why):
        write(ENVELOPE, [order_of([("A1", 3), ("B2", 4)], **changed)])


def test_refuses_an_order_without_lines_or_with_sites_of_one_number():
    order = order_of([("A1", 3)])
    for changed in ({"lines": ()}, {"sites": ()}, {"sites": order.sites * 2},
                    {"lines": order.lines * 2}):  # fmt: skip
        with pytest.raises(OrderRefused):
            order_850.check(replace(order, **changed))


def interchange(kind: str, group: str, *body: str) -> bytes:
    isa = "ISA*00*          *00*          *ZZ*SUPPLY         *ZZ*IPA            "
    isa += "*261128*1200*U*00401*000000001*0*P*>~"
    lines = [f"ST*{kind}*0001", *body, f"SE*{len(body) + 2}*0001"]
    gs = f"GS*{group}*SUPPLY*IPA*20261128*1200*1*X*004010~"
    return (isa + gs + "~".join(lines) + "~GE*1*1~IEA*1*000000001~").encode()


def coded(found) -> list[tuple[str, str]]:
    return [(one.where, one.code) for one in found.problems]


ACK = (
    "BAK*00*AC*PO-1*20261129",
    "PO1*1*7*BX*84.10**N4*50242004062",
    "ACK*IA*5*BX*068*20261210**N4*50242004062",
    "ACK*IB*2*BX",
    "PO1*2*3*EA*9.99**VN*G-1",
    "ACK*IP*3*EA",
)


def test_reads_what_a_supplier_will_deliver():
    found = acknowledgement_855.read(interchange("855", "PR", *ACK))
    assert found.problems == ()
    [ack] = found.acknowledgements
    assert (ack.order_number, ack.acknowledged_on) == ("PO-1", date(2026, 11, 29))
    first, second = ack.lines
    assert [(one.status, one.packs) for one in first.answers] == [("IA", 5), ("IB", 2)]
    assert first.answers[0].day == date(2026, 12, 10)
    assert first.goods.ndc.ndc11 == "50242004062"
    assert (second.goods.sku, second.price) == ("G-1", D("9.99"))


@pytest.mark.parametrize(
    ("place", "segment", "fault"),
    [
        (0, "BAK*00*AC**20261129", ("segment 4 (BAK)", "no_order")),
        (2, "ACK*XX*5", ("segment 6 (ACK)", "status")),
        (2, "ACK*IA*-5*BX", ("segment 6 (ACK)", "negative")),
        (2, "ACK*IA*1.5*BX", ("segment 6 (ACK)", "quantity")),
        (1, "PO1*1*7*BX*x", ("segment 5 (PO1)", "price")),
        (1, "PO1*1*7*BX*1**N4*5024204062", ("segment 5 (PO1)", "ndc")),
        (1, "PO1*2*7*BX*1", ("segment 5 (PO1)", "line_twice")),
        (1, "CUR*SE*CAD", ("segment 5 (CUR)", "currency")),
    ],
)
def test_refuses_an_answer_by_its_segment(place, segment, fault):
    body = list(ACK)
    body[place] = segment
    found = acknowledgement_855.read(interchange("855", "PR", *body))
    assert fault in coded(found)


def test_reads_ten_digits_whose_format_the_qualifier_says():
    body = (ACK[0], "PO1*1*7*BX*84.10**N2*5024204062", ACK[2], ACK[3])
    [ack] = acknowledgement_855.read(interchange("855", "PR", *body)).acknowledgements
    assert ack.lines[0].goods.ndc.hyphenated == "50242-040-62"


@pytest.mark.parametrize(
    ("price", "answers", "expected"),
    [
        ("9", [Answered("IA", 7)], Judgement(7, 0, 0, ())),
        ("9", [Answered("IA", 5), Answered("IB", 2)], Judgement(5, 2, 0, ("backordered",))),
        ("9", [Answered("IP", 7)], Judgement(7, 0, 0, ("accepted at another price",))),
        ("9.01", [Answered("IA", 7)],
         Judgement(7, 0, 0, ("the price is $9.01, and $9 was ordered",))),
        ("9", [Answered("IA", 6)], Judgement(6, 0, 0, ("6 are answered, and 7 were ordered",))),
        ("9", [Answered("IA", 7, True)], Judgement(7, 0, 0, ("the answer is about other goods",))),
        ("9", [Answered("IR", 7)], Judgement(0, 0, 7, ("rejected",))),
        (None, [], Judgement(0, 0, 0, ("the line is not answered",))),
    ],
)  # fmt: skip
def test_lets_nothing_stand_that_the_supplier_changed(price, answers, expected):
    ordered = Ordered(7, D(9))
    found = judge(ordered, D(price) if price else None, answers)
    assert found == expected
    assert found.may_stand == (expected.questions == ())


SHIP = (
    "BSN*00*SN-1*20261201*1200",
    "HL*1**S", "TD5**2*UPSN", "REF*CN*1Z999", "DTM*011*20261201", "YNQ**Y",
    "HL*2*1*O", "PRF*PO-1", "N1*ST*Practice A1*92*A1",
    "HL*3*2*P", "MAN*GM*00012345",
    "HL*4*3*I", "LIN*1*N4*50242004062*LT*77B", "SN1*1*5*BX", "DTM*036*20270531",
    "HL*5*2*I", "LIN*2*VN*G-1", "SN1*2*3*EA", "REF*LT*78C", "REF*SE*S1", "REF*SE*S2",
)  # fmt: skip


def test_reads_lots_on_their_way_and_what_outer_levels_say():
    found = ship_notice_856.read(interchange("856", "SH", *SHIP))
    assert found.problems == ()
    [notice] = found.shipments
    assert (notice.number, notice.carrier, notice.tracking) == ("SN-1", "UPSN", ("1Z999",))
    assert (notice.shipped_on, notice.has_statement) == (date(2026, 12, 1), True)
    first, second = notice.lines
    assert (first.order_number, first.site, first.packs, first.lot) == ("PO-1", "A1", 5, "77B")
    assert (first.expires_on, first.carton) == (date(2027, 5, 31), "00012345")
    assert (second.lot, second.serials, second.carton) == ("78C", ("S1", "S2"), "")


@pytest.mark.parametrize(
    ("place", "segment", "fault"),
    [
        (0, "BSN*00", ("segment 4 (BSN)", "no_number")),
        (6, "HL*2*9*O", ("segment 10 (HL)", "no_parent")),
        (6, "HL*1*1*O", ("segment 10 (HL)", "level_twice")),
        (7, "PRF*", ("segment 15 (HL)", "no_order")),
        (13, "SN1*1*-5*BX", ("segment 17 (SN1)", "negative")),
        (12, "PID*F", ("segment 15 (HL)", "incomplete")),
        (14, "DTM*036*20271331", ("segment 18 (DTM)", "date")),
    ],
)
def test_refuses_a_notice_by_its_segment(place, segment, fault):
    body = list(SHIP)
    body[place] = segment
    assert fault in coded(ship_notice_856.read(interchange("856", "SH", *body)))


BILL = (
    "BIG*20261203*INV-1*20261128*PO-1***DI", "CUR*SE*USD", "N1*ST*Practice A1*92*A1",
    "IT1*1*5*BX*84.10**N4*50242004062", "SAC*C*G830***300", "IT1*2*3*EA*.333**VN*G-1",
    "TDS*42750", "SAC*C*G830***600", "CTT*2",
)  # fmt: skip


def test_reads_an_invoice_to_the_cent():
    found = invoice_810.read(interchange("810", "IN", *BILL))
    assert found.problems == ()
    [invoice] = found.invoices
    assert (invoice.number, invoice.order_number, invoice.site) == ("INV-1", "PO-1", "A1")
    assert [line.cents for line in invoice.lines] == [42_050, 100]
    # The line's own freight is said again in the summary, and counts once.
    assert [(one.cents, one.is_freight) for one in invoice.charges] == [(600, True)]
    assert invoice.total_cents == invoice.counted_cents == 42_750


@pytest.mark.parametrize(
    ("place", "segment", "code", "severity"),
    [
        (6, "TDS*42751", "total_differs", "unbalanced"),
        (6, "TDS*427.51", "total", "refused"),
        (6, "REF*ZZ", "no_total", "refused"),
        (0, "BIG*20261203", "no_number", "refused"),
        (1, "CUR*SE*EUR", "currency", "refused"),
        (3, "IT1*1*-5*BX*84.10", "negative", "refused"),
        (3, "IT1*1*5*BX", "no_price", "refused"),
        (3, "IT1*1*5*BX*84.10**N4*504206", "ndc", "refused"),
        (7, "SAC*C*G830***x", "charge", "refused"),
    ],
)
def test_refuses_an_invoice_by_its_segment(place, segment, code, severity):
    body = list(BILL)
    body[place] = segment
    found = invoice_810.read(interchange("810", "IN", *body))
    assert (code, severity) in [(one.code, one.severity) for one in found.problems]


def test_refuses_the_same_invoice_twice_in_a_file():
    once = interchange("810", "IN", *BILL).decode()
    st_to_se = once[once.index("ST*") : once.index("GE*")]
    twice = once.replace(st_to_se, st_to_se + st_to_se.replace("*0001", "*0002")).replace(
        "GE*1*1", "GE*2*1"
    )
    found = invoice_810.read(twice.encode())
    assert [code for _, code in coded(found)] == ["invoice_twice"]


@pytest.mark.parametrize("module", [acknowledgement_855, ship_notice_856, invoice_810])
def test_says_when_the_file_is_of_another_kind(module):
    found = module.read(interchange("850", "PO", "BEG*00*SA*1**20261128"))
    assert {"other_kind", "no_transaction"} <= {one.code for one in found.problems}
    assert module.read(b"").problems


@sampled
@pytest.mark.parametrize(
    ("name", "totals", "lines"),
    [
        ("edi.net__x12.810a.edi", [36_596], 2),
        ("edi.net__x12.810b.edi", [40_192], 2),
        ("x12__sample.txt", [139_550, 82_775], 2),
    ],
)
def test_reads_invoices_from_the_field(name, totals, lines):
    found = invoice_810.read((SAMPLES / name).read_bytes())
    assert [invoice.total_cents for invoice in found.invoices] == totals
    assert sum(len(invoice.lines) for invoice in found.invoices) == lines
    off = [one.code for one in found.problems if one.severity == "unbalanced"]
    # One of them bills more than its line: it is read, and shown as unbalanced.
    assert off == (["total_differs"] if totals[0] == 139_550 else [])


@settings(max_examples=40)
@given(st.lists(st.sampled_from([*ACK, *SHIP, *BILL, "HL*1*1*I", "LIN", "SN1", "IT1", "ACK"])))
def test_reads_any_segments_without_falling_over(body):
    for module, kind, group in (
        (acknowledgement_855, "855", "PR"), (ship_notice_856, "856", "SH"),
        (invoice_810, "810", "IN"),
    ):  # fmt: skip
        module.read(interchange(kind, group, *body))
