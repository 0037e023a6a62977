"""How long a server is waited for, and what it may say."""

from datetime import UTC, datetime, timedelta

import pytest

from compliance.formats.bulk_exports import BadAnswer, export_url, gone_in, issue_code, same_host
from compliance.rules.bulk_exports import MOST_WAIT, asked_wait, wait_after

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)
OTHER = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), (" 7 ", 7), ("0", 1), ("-3", 30), ("99999999999", 3600), ("", 30),
     ("soon", 30), ("²", 30), ("Mon, 09 Nov 2026 12:05:00 GMT", 300),
     ("Mon, 09 Nov 2026 11:00:00 GMT", 1), ("Mon, 09 Nov 2026 12:05:00", 30)],
)  # fmt: skip
def test_waits_as_long_as_a_server_asks_within_limits(said, seconds):
    assert asked_wait(said, NOW, OTHER) == timedelta(seconds=seconds)


def test_waits_twice_as_long_after_each_failure_up_to_an_hour():
    assert [wait_after(n).total_seconds() for n in (1, 2, 3)] == [10, 20, 40]
    assert wait_after(40) == MOST_WAIT


def test_asks_for_a_group_or_all_and_since_when():
    url = export_url("https://ehr.test/r4/", "g-1", ("Patient", "Encounter"), NOW)
    assert url == (
        "https://ehr.test/r4/Group/g-1/$export?_outputFormat=application%2Ffhir%2Bndjson"
        "&_type=Patient%2CEncounter&_since=2026-11-09T12%3A00%3A00.000Z"
    )


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [("https://a.test/x", "https://a.test/y?z", True), ("https://a.test", "http://a.test", False),
     ("https://a.test:444", "https://a.test", False), ("https://a.test.x", "https://a.test", False),
     ("https://a.test@x/", "https://a.test", False), ("https://a.test:x", "https://a.test", False)],
)  # fmt: skip
def test_a_token_goes_to_the_same_server_only(one, two, same):
    assert same_host(one, two) is same


def test_reads_what_is_gone_and_only_codes_of_what_is_wrong():
    line = b'{"entry":[{"request":{"method":"%s","url":"%s"}}]}\n'
    assert gone_in(line % (b"DELETE", b"Patient/p-1")) == [("Patient", "p-1")]
    assert gone_in(line % (b"DELETE", b"https://a.test/r4/Patient/p")) == [("Patient", "p")]
    for method, url in ((b"PUT", b"Patient/p"), (b"DELETE", b"Patient"), (b"DELETE", b"a/<b>")):
        with pytest.raises(BadAnswer):
            gone_in(line % (method, url))
    assert issue_code(b'{"issue":[{"code":"too-costly","diagnostics":"Ann"}]}') == "too-costly"
    for body in (b"", b"[]", b'{"issue":[{"code":"<b>"}]}', b'{"issue":{}}', b'{"issue":["x"]}'):
        assert issue_code(body) == ""
