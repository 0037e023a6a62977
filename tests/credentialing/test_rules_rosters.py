"""Rosters: columns, gates, differences between snapshots, and three ways of seeing a network."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.formats.roster_files import read_answers, read_plan_rows, write_roster
from credentialing.rules.npi import with_check_digit
from credentialing.rules.roster_differences import (
    Kind,
    Remedy,
    age_words,
    differences,
    is_late,
)
from credentialing.rules.rosters import (
    Action,
    BadColumns,
    Facts,
    after,
    answer_due,
    content_hash,
    deltas,
    gate_faults,
    key_text,
    read_columns,
    snapshot_hash,
    write_columns,
)

NPI = with_check_digit("299000001")
TODAY = date(2026, 11, 20)
ROW = {
    "npi": NPI,
    "last_name": "Alvarez",
    "first_name": "Ana",
    "state": "CA",
    "practice_tin": "990000001",
    "zip": "01234",
    "decision_date": "2026-10-01",
    "effective_date": "2026-11-01",
    "term_date": "",
}
TEXT = """
Action = action
*NPI = npi
*Tax ID = practice_tin
Last Name = last_name
ZIP = zip
Eff Date = effective_date
Term Date = term_date
Delegate = "Valley IPA"
"""
COLUMNS = read_columns(TEXT)
FINE = Facts(has_active_licence=True)


def test_reads_columns_as_people_write_them():
    assert [c.head for c in COLUMNS if c.is_key] == ["NPI", "Tax ID"]
    assert COLUMNS[-1].fixed == "Valley IPA"
    assert read_columns(write_columns(COLUMNS)) == COLUMNS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1 to 120 columns"),
        ("NPI = npi", "Mark with \\*"),
        ("*NPI npi", "not written as"),
        ("*NPI = npy", "no field “npy”"),
        ("*NPI = npi\nnpi = zip", "called “npi”"),
        ('*NPI = npi\n*X = "y"', "finds no line"),
        ("*NPI = npi\n*A = action", "no key"),
    ],
)
def test_refuses_columns_by_line(text, words):
    with pytest.raises(BadColumns, match=words):
        read_columns(text)


@pytest.mark.parametrize(
    ("change", "facts", "fault"),
    [
        ({}, FINE, ()),
        ({"npi": NPI[:-1] + str((int(NPI[-1]) + 1) % 10)}, FINE, "check digit"),
        ({}, Facts(has_active_licence=False), "no active licence in CA"),
        ({}, Facts(True, is_stopped=True), "exclusion list"),
        ({"decision_date": ""}, FINE, "no decision of the committee"),
        ({"effective_date": "2026-10-01"}, FINE, ()),
        ({"effective_date": "2026-09-30"}, FINE, "before the committee's decision of 2026-10-01"),
        ({"initial_decision": "2023-10-01", "effective_date": "2023-11-01"}, FINE, ()),
        ({"initial_decision": "2023-10-01", "effective_date": "2023-09-30"}, FINE,
         "before the committee's decision of 2023-10-01"),
        ({"practice_tin": ""}, FINE, "no TIN"),
        ({"next_due": "2026-10-31"}, Facts(True, is_lapsed=True), "was due by 2026-10-31"),
    ],
)  # fmt: skip
def test_holds_back_what_a_gate_stops_and_says_why(change, facts, fault):
    faults = gate_faults({**ROW, **change}, facts)
    assert len(faults) == bool(fault)
    assert not fault or fault in faults[0]


def one(now, sent, held=()):
    found = deltas(now, sent, held, TODAY)
    return [(d.action, d.changed) for d in found]


def test_a_rename_is_a_change_and_not_an_add_and_a_term():
    assert one({"1:1": {**ROW, "last_name": "Bell"}}, {"1:1": ROW}) == [
        (Action.CHANGE, ("last_name",))
    ]


def test_finds_adds_terms_and_what_came_back():
    ended = {**ROW, "term_date": "2026-12-01"}
    assert one({"k": ROW}, {}) == [(Action.ADD, ())]
    assert one({"k": ROW}, {"k": ROW}) == []
    assert one({"k": ended}, {"k": ROW}) == [(Action.TERM, ("term_date",))]
    assert one({"k": ended}, {"k": ended}) == []
    assert one({}, {"k": ended}) == []
    assert one({"k": ended}, {}) == []  # never told of, nothing to end
    assert one({"k": {**ended, "term_date": "2027-01-01"}}, {"k": ended}) == [
        (Action.CHANGE, ("term_date",))
    ]
    assert one({"k": ROW}, {"k": ended}) == [(Action.ADD, ("term_date",))]
    (gone,) = deltas({}, {"k": ROW}, (), TODAY)
    assert (gone.action, gone.content["term_date"]) == (Action.TERM, "2026-11-20")


def test_holding_back_stops_changes_and_never_a_term():
    changed, ended = {**ROW, "zip": "93701"}, {**ROW, "term_date": "2026-12-01"}
    assert one({"k": changed}, {"k": ROW}, held={"k"}) == []
    assert one({"k": changed}, {}, held={"k"}) == []
    assert one({"k": ended}, {"k": ROW}, held={"k"}) == [(Action.TERM, ("term_date",))]


rows = st.dictionaries(
    st.sampled_from(["1", "2", "3"]),
    st.builds(
        lambda name, term: {**ROW, "last_name": name, "term_date": term},
        st.sampled_from(["A", "B"]),
        st.sampled_from(["", "2026-12-01", "2027-01-01"]),
    ),
)


@given(rows, rows)
def test_once_sent_nothing_is_left_to_send(now, sent):
    told = after(sent, deltas(now, sent, (), TODAY))
    assert deltas(now, told, (), TODAY) == []
    living = {k for k, row in now.items() if not row["term_date"]}
    assert living == {k for k, row in told.items() if not row["term_date"]}


def test_hashes_content_and_not_its_order():
    turned = dict(reversed(ROW.items()))
    assert content_hash(turned) == content_hash(ROW)
    assert content_hash({**ROW, "former_name": ""}) == content_hash(ROW)
    assert snapshot_hash({"a": ROW, "b": ROW}) == snapshot_hash({"b": ROW, "a": turned})
    assert snapshot_hash({"a": ROW}) != snapshot_hash({"b": ROW})


def test_writes_exact_bytes_and_reads_them_back():
    lines = deltas({"k": {**ROW, "last_name": "=cmd"}}, {}, (), TODAY)
    data = write_roster(COLUMNS, lines, "MM/DD/YYYY", TODAY)
    assert (
        data
        == (
            "Action,NPI,Tax ID,Last Name,ZIP,Eff Date,Term Date,Delegate\r\n"
            f"A,{NPI},990000001,'=cmd,01234,11/01/2026,,Valley IPA\r\n"
        ).encode()
    )
    plan = read_plan_rows(data, COLUMNS, "MM/DD/YYYY")
    assert plan.faults == []
    (row,) = plan.rows.values()
    assert (row["last_name"], row["effective_date"]) == ("=cmd", "2026-11-01")


def test_reads_a_plans_file_strictly():
    lines = [
        "NPI,Tax ID,ZIP,Eff Date",
        f"{NPI},99-0000001,1234,2026-11-01",
        f"{NPI},990000001,01234,11/01/2026",
        "1.23E+09,990000001,01234,11/01/2026",
        f"{NPI},990000002,01234,soon",
        ",990000002,01234,11/01/2026",
    ]
    plan = read_plan_rows("\n".join(lines).encode(), COLUMNS, "MM/DD/YYYY")
    (row,) = plan.rows.values()
    assert (row["zip"], row["practice_tin"]) == ("01234", "990000001")
    assert [(f.line_no, f.words.split()[0]) for f in plan.faults] == [
        (3, "The"),
        (4, "1.23E+09"),
        (5, "Eff"),
        (6, "No"),
    ]
    (fault,) = read_plan_rows(b"NPI,ZIP\n1,2\n", COLUMNS, "MM/DD/YYYY").faults
    assert fault.words == "The column “Tax ID” is missing."


def test_reads_answers_by_the_mapping_of_codes():
    data = f"NPI,Tax ID,Status,Why\n{NPI},990000001,ok,\n{NPI},990000002,R7,No W-9\n1,2,,\n"
    found = read_answers(
        data.encode(), COLUMNS, code_head="Status", words_head="Why", accepted=["OK"]
    )
    assert [(a.is_accepted, a.code, a.words) for a in found.answers] == [
        (True, "ok", ""),
        (False, "R7", "No W-9"),
    ]
    assert found.answers[0].key == key_text(ROW, COLUMNS)
    assert [f.line_no for f in found.faults] == [4]


NAMES = ["last_name", "zip", "effective_date"]


@pytest.mark.parametrize(
    ("_case", "ours", "sent", "theirs", "expected"),
    [
        ("same", ROW, ROW, ROW, []),
        ("case only", ROW, ROW, {**ROW, "last_name": "ALVAREZ "}, []),
        ("sent, not loaded", ROW, ROW, None, [(Kind.MISSING, Remedy.ASK_LOAD)]),
        ("never sent", ROW, None, None, [(Kind.MISSING, Remedy.SEND)]),
        ("never ours", None, None, ROW, [(Kind.GHOST, Remedy.ASK_END)]),
        ("term not sent", None, ROW, ROW, [(Kind.GHOST, Remedy.SEND)]),
        (
            "term sent, not loaded",
            {**ROW, "term_date": "2026-11-20"},
            {**ROW, "term_date": "2026-11-20"},
            ROW,
            [(Kind.GHOST, Remedy.ASK_END)],
        ),
        ("loaded wrongly", ROW, ROW, {**ROW, "zip": "9"}, [(Kind.FIELD, Remedy.ASK_CORRECT)]),
        (
            "change not sent",
            {**ROW, "zip": "8"},
            ROW,
            ROW,
            [(Kind.FIELD, Remedy.SEND)],
        ),
        (
            "date",
            ROW,
            ROW,
            {**ROW, "effective_date": "2026-12-01"},
            [(Kind.DATE, Remedy.ASK_CORRECT)],
        ),
    ],
)
def test_tells_three_ways_apart(_case, ours, sent, theirs, expected):
    sides = [{"k": row} if row else {} for row in (ours, sent, theirs)]
    found = differences(*sides, NAMES, TODAY)
    assert [(one.kind, one.remedy) for one in found] == expected


def test_what_a_gate_holds_back_is_mended_first():
    for ours, sent, theirs in (({"k": ROW}, {}, {}), ({"k": {**ROW, "zip": "8"}}, {}, {"k": ROW})):
        (one,) = differences(ours, sent, theirs, NAMES, TODAY, held={"k"})
        assert one.remedy == Remedy.MEND


def test_ages_differences_and_alerts_after_thirty_days():
    assert answer_due(TODAY) == date(2026, 12, 20)
    assert not is_late(date(2026, 10, 21), TODAY)
    assert is_late(date(2026, 10, 20), TODAY)
    assert age_words(TODAY, TODAY) == "today"
    assert age_words(date(2026, 11, 19), TODAY) == "1 day"
    assert age_words(date(2026, 10, 20), TODAY) == "31 days, late"
