"""What is different between two days of a record, row by row."""

from datetime import UTC, datetime

from compliance.rules.as_of import Field, Version, difference

AT = datetime(2026, 11, 2, tzinfo=UTC)


def row(part: str, key: str, **values: str) -> Version:
    return Version(part, (key,), key, values, AT, "Quinn")


def told(before, after):
    return [(one.part, one.title, one.state) for one in difference(before, after)]


def test_rows_are_new_changed_gone_or_the_same_in_the_order_of_their_parts():
    before = [row("Terms", "a", fee="8"), row("Terms", "b", fee="9"), row("Rates", "x", rate="1")]
    after = [row("Terms", "a", fee="10"), row("Terms", "c", fee="7"), row("Rates", "x", rate="1")]
    assert told(before, after) == [
        ("Terms", "c", "new"),
        ("Terms", "a", "changed"),
        ("Terms", "b", "gone"),
        ("Rates", "x", "unchanged"),
    ]
    assert told([], []) == []


def test_each_field_stands_before_and_after_also_one_that_came_or_went():
    (one,) = difference([row("T", "a", fee="8", old="x")], [row("T", "a", fee="8", new="y")])
    assert one.fields == (Field("fee", "8", "8"), Field("new", "", "y"), Field("old", "x", ""))
    assert [field.is_changed for field in one.fields] == [False, True, True]
    assert (one.at, one.by) == (AT, "Quinn")


def test_of_several_rows_about_the_same_the_first_meets_the_first():
    before = [row("T", "a", fee="1"), row("T", "a", fee="2")]
    assert told(before, before) == [("T", "a", "unchanged")] * 2
    assert sorted(told(before, before[:1])) == [("T", "a", "gone"), ("T", "a", "unchanged")]
