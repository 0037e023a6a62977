"""ACH files: what we write is valid by every rule, what banks send is read or named."""

import gzip
import json
import time
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capitation.formats.nacha import figures, known_code, looks_like_ach, read
from capitation.formats.nacha_writer import (
    CannotWrite,
    Credit,
    Origin,
    plain,
    remittance_text,
    trace_number,
    write,
)
from capitation.rules.aba import check_digit

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
MADE = datetime(2026, 11, 3, 14, 5)
ORIGIN = Origin("091000019", "First Example Bank", "Harbor Valley IPA", "1999999999")


def make_credit(**changes) -> Credit:
    return Credit(
        **{
            "routing_number": "231380104",
            "account_number": "744-5678-99",
            "account_type": "checking",
            "amount_cents": 123456,
            "receiver_id": "BELL",
            "receiver_name": "Clínica Núñez & Søn",
            "addenda": remittance_text("2026-10 BELL", 123456),
            **changes,
        }
    )


def write_file(credits, **changes) -> bytes:
    return write(
        **{
            "origin": ORIGIN,
            "credits": credits,
            "made_at": MADE,
            "file_id_modifier": "A",
            "effective_entry_date": date(2026, 11, 4),
            **changes,
        }
    )


def sample_files() -> list[dict]:
    listing = SAMPLES / "expected.json"
    if not listing.exists():
        return []
    return [row for row in json.loads(listing.read_text()) if row["fmt"] == "ach"]


def test_writes_every_byte_of_a_file():
    nines = "9" * 94
    assert write_file([make_credit()]).decode().split("\n") == [
        "101 09100001919999999992611031405A094101FIRST EXAMPLE BANK     HARBOR VALLEY IPA"
        "              ",
        "5220HARBOR VALLEY IP                    1999999999CCDCAPITATION      261104   1"
        "091000010000001",
        "622231380104744-5678-99      0000123456BELL           CLINICA NUNEZ & SON     1"
        "091000010000001",
        "705RMR*IK*2026-10 BELL**1234.56\\" + " " * 51 + "00010000001",
        "82200000020023138010000000000000000000123456"
        + "1999999999"
        + " " * 25
        + "091000010000001",
        "9000001000001000000020023138010000000000000000000123456" + " " * 39,
        *[nines] * 4,
        "",
    ]


def test_pads_to_blocks_of_ten_records():
    for count in (1, 3, 4, 8, 9, 40):
        lines = write_file([make_credit()] * count).decode().splitlines()
        assert len(lines) % 10 == 0
        assert {len(line) for line in lines} == {94}


def test_reads_back_what_it_wrote():
    data = write_file([make_credit(), make_credit(account_type="savings", amount_cents=1)])
    file = read(data)
    assert file.faults == []
    assert file.verdict == "ok"
    assert figures(file) == {
        "batches": 1,
        "entries_addenda": 4,
        "entry_hash": 46276020,
        "debit_cents": 0,
        "credit_cents": 123457,
        "sec": {"CCD": 2},
        "sec_batches": {"CCD": 1},
        "returns": {},
        "changes": {},
        "controls": "ok",
    }
    first, second = file.batches[0].entries
    assert (first.transaction_code, second.transaction_code) == ("22", "32")
    assert first.addenda[0].payment_text == "RMR*IK*2026-10 BELL**1234.56\\"
    assert second.trace_number == trace_number(ORIGIN.routing_number, 2) == "091000010000002"


def test_writes_a_prenote_without_money():
    (entry,) = read(write_file([make_credit(is_prenote=True, amount_cents=0)])).batches[0].entries
    assert (entry.transaction_code, entry.amount_cents) == ("23", 0)


@pytest.mark.parametrize(
    ("_case", "changes", "says"),
    [
        ("check digit", {"routing_number": "231380105"}, "routing number 231380105"),
        ("nothing", {"amount_cents": 0}, "0 cents"),
        ("negative", {"amount_cents": -5}, "-5 cents"),
        ("eleven digits", {"amount_cents": 10**10}, "cannot be paid in one entry"),
        ("no account", {"account_number": ""}, "account number"),
        ("long account", {"account_number": "1" * 18}, "account number"),
        ("accent in account", {"account_number": "12é"}, "account number"),
        ("no name", {"receiver_name": "日本"}, "no name"),
        ("kind", {"account_type": "loan"}, "neither checking nor savings"),
        ("long addenda", {"addenda": "A" * 81}, "addenda"),
        ("lower addenda", {"addenda": "rmr"}, "upper case"),
        ("line break", {"addenda": "RMR\n*"}, "upper case"),
        ("prenote with money", {"is_prenote": True}, "carries money"),
    ],
)
def test_refuses_a_payment_that_a_bank_would_refuse(_case, changes, says):
    with pytest.raises(CannotWrite, match=says):
        write_file([make_credit(**changes)])


@pytest.mark.parametrize(
    ("_case", "changes", "says"),
    [
        ("nobody", {"credits": []}, "at least one"),
        ("holiday", {"effective_entry_date": date(2026, 11, 11)}, "no banking day"),
        ("past", {"effective_entry_date": date(2026, 11, 2)}, "no banking day"),
        ("letter", {"file_id_modifier": "a"}, "letter"),
        ("description", {"description": "CAPITATION X"}, "description"),
        ("our name", {"origin": Origin("091000019", "BANK", "0 0", "1999999999")}, "name is blank"),
        ("our number", {"origin": Origin("091000019", "BANK", "IPA", "")}, "number is blank"),
        ("our bank", {"origin": Origin("091000019", "", "IPA", "1999999999")}, "bank's name"),
        ("our routing", {"origin": Origin("091000018", "B", "IPA", "1")}, "routing number"),
        ("total", {"credits": [make_credit(amount_cents=10**10 - 1)] * 101}, "twelve digits"),
        ("sequence", {"first_sequence": 10**7}, "seven digits"),
    ],
)
def test_refuses_a_file_that_breaks_a_rule(_case, changes, says):
    with pytest.raises(CannotWrite, match=says):
        write_file(**{"credits": [make_credit()], **changes})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Clínica Núñez", "CLINICA NUNEZ"),
        ("Łódź Straße", "LODZ STRASSE"),
        ("  O’Brien\t& Sons; Ltd* ", "O'BRIEN & SONS LTD"),
        ("Ærø Ðorðe", "AERO DORDE"),
        ("日本", ""),
    ],
)
def test_writes_names_in_plain_letters(text, expected):
    assert plain(text) == expected


def routing_numbers():
    return st.integers(1, 99_999_999).map(lambda n: f"{n:08d}{check_digit(f'{n:08d}')}")


def credits():
    return st.builds(
        make_credit,
        routing_number=routing_numbers(),
        account_number=st.from_regex(r"[A-Za-z0-9]{1,17}", fullmatch=True),
        account_type=st.sampled_from(["checking", "savings"]),
        amount_cents=st.integers(1, 10**10 - 1),
        receiver_name=st.text(max_size=40).map(lambda name: "Dr. " + name),
        addenda=st.text(max_size=30).map(lambda ref: remittance_text(ref, 1)[:80]),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(credits(), min_size=1, max_size=30), st.integers(1, 9_999_000))
def test_whatever_it_writes_reads_back_the_same(payments, sequence):
    data = write_file(payments, first_sequence=sequence)
    assert data.isascii()
    assert data == data.upper()
    file = read(data)
    assert file.faults == []
    entries = file.batches[0].entries
    assert [e.amount_cents for e in entries] == [p.amount_cents for p in payments]
    assert [e.routing_number for e in entries] == [p.routing_number for p in payments]
    assert [e.account_number for e in entries] == [p.account_number.upper() for p in payments]
    assert [e.addenda[0].payment_text for e in entries] == [p.addenda.rstrip() for p in payments]
    # However a bank cuts or joins the lines, the same is read.
    for shape in (
        data.replace(b"\n", b""),
        data.replace(b"\n", b"\r\n"),
        b"\n\n".join(line.rstrip() for line in data.split(b"\n")),
    ):
        assert figures(read(shape)) == figures(file)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_never_falls_over_whatever_the_bytes(data):
    assert read(data).verdict in ("ok", "refused", "unbalanced")


def test_names_what_was_changed_in_a_file():
    data = write_file([make_credit()]).decode()
    cases = {
        data.replace("0000123456BELL", "0000123455BELL"): ("unbalanced", "credit-cents"),
        data.replace("622231380104", "622231380103"): ("ok", "check-digit"),
        data.replace("622231380104", "622091000019"): ("refused", "entry-hash"),
        data.replace("\n705", "\nX05"): ("refused", "unknown-record"),
        data[95:]: ("refused", "no-file-header"),
        "\n".join(data.split("\n")[:5]): ("refused", "no-file-control"),
        "\n".join(data.split("\n")[:4]): ("refused", "batch-not-closed"),
        data + data: ("refused", "second-file"),
        "\n".join(data.split("\n")[:6]): ("ok", "blocks"),
        "": ("refused", "empty"),
    }
    for text, (verdict, code) in cases.items():
        file = read(text.encode())
        assert (file.verdict, code in {fault.code for fault in file.faults}) == (verdict, True), (
            code
        )


RETURNED = (
    "101 09100001919999999992611061405A094101FIRST EXAMPLE BANK     HARBOR VALLEY IPA\r\n"
    "5200HARBOR VALLEY IP                    1999999999CCDCAPITATION      261104   1"
    "091000010000001\r\n"
    "621231380104744-5678-99      0000123456BELL           CLINICA NUNEZ           1"
    "231380100000001\r\n"
    "799{code}091000010000001      23138010                                            "
    "231380100000001\r\n"
)


@pytest.mark.parametrize("code", ["R01", "R68", "R71", "R96"])
def test_reads_returns_without_control_records(code):
    file = read(RETURNED.format(code=code).encode())
    ((entry, addenda),) = file.returns
    assert (addenda.code, addenda.original_trace) == (code, "091000010000001")
    assert (entry.amount_cents, entry.is_credit) == (123456, True)
    assert known_code(code) is (code != "R96")
    assert ("unknown-code" in {fault.code for fault in file.faults}) is (code == "R96")


def test_a_record_with_a_nul_is_a_fault_of_its_line_and_none_is_handed_on():
    file = read(b"1\x00" + write_file([make_credit()])[2:])
    assert ("line 1", "nul", "structure") in {
        (one.where, one.code, one.kind) for one in file.faults
    }
    assert "\x00" not in repr(file)


def test_reads_a_zero_file():
    header = write_file([make_credit()]).decode().split("\n")[0]
    empty = f"{header}\n9{'000000'}{'000001'}{'0' * 42}{'':39}\n" + f"{'9' * 94}\n" * 8
    file = read(empty.encode())
    assert (file.verdict, figures(file)["batches"], figures(file)["controls"]) == ("ok", 0, "ok")


def test_tells_an_ach_file_by_its_beginning():
    assert looks_like_ach(write_file([make_credit()]))
    assert looks_like_ach(RETURNED.encode())
    assert not looks_like_ach(b"ISA*00*          *00*          *ZZ*SENDER         *")
    assert not looks_like_ach(b"")
    assert not looks_like_ach(b"1,2,3\n4,5,6\n")


def test_writes_and_reads_twenty_thousand_payments_quickly():
    started = time.perf_counter()
    data = write_file([make_credit(amount_cents=cents) for cents in range(1, 20_001)])
    file = read(data)
    assert time.perf_counter() - started < 5
    assert file.faults == []
    assert file.counted.credit_cents == 200_010_000


@pytest.mark.skipif(not sample_files(), reason="the collected samples are not on this machine")
@pytest.mark.parametrize("row", sample_files(), ids=lambda row: row["file"])
def test_reads_collected_files_with_their_figures(row):
    data = (SAMPLES / "ach" / row["file"]).read_bytes()
    if row["file"].endswith(".gz"):
        data = gzip.decompress(data)
    file, expected = read(data), row["expected"]
    found = figures(file)
    assert {
        "batches": found["batches"],
        "entries_addenda": found["entries_addenda"],
        "hash": found["entry_hash"],
        "debit_cents": found["debit_cents"],
        "credit_cents": found["credit_cents"],
        "sec": found["sec_batches"],
        "returns": found["returns"],
        "noc": found["changes"],
    } == {
        **{k: expected[k] for k in ("batches", "entries_addenda", "hash")},
        **{k: expected[k] for k in ("debit_cents", "credit_cents", "sec")},
        "returns": expected.get("returns", {}),
        "noc": expected.get("noc", {}),
    }
    assert (found["controls"] == "ok") == (expected["controls"] == "ok")
    if expected["moov_ach"] == "VALID":
        assert file.verdict == "ok"
