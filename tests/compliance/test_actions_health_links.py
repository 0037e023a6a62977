"""Imports from a server: asked, waited for, loaded file by file, and known again the next time."""

from datetime import timedelta

import pytest
from django.db import transaction

from compliance.actions.health_links import (
    ImportOver,
    ImportsAlready,
    NotLinked,
    NotToBeAsked,
    link_source,
    start_import,
    step_imports,
    stop_import,
)
from compliance.models import HealthFile, HealthJob, HealthRecord
from compliance.rules.bulk_exports import MOST_TRIES
from tests.bulkserver import AS_OF, CLIENT, bulk_server
from tests.capitation.worlds import make_small_world
from tests.compliance.recording import (
    NOV_9,
    OSEI,
    a_doctor,
    a_source,
    a_visit,
    ann,
    ndjson,
    stands,
)
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def source():
    return a_source(make_small_world().bell.party)


@pytest.fixture
def bulk(source, tmp_path, settings):
    """A server that holds Ann, her doctor and two visits, and the link to it."""
    with bulk_server(tmp_path) as running:
        settings.OUTBOUND_HOSTS = [f"localhost:{running.served.port}"]
        settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
        settings.OUTBOUND_CA_FILE = str(tmp_path / "certificate.pem")
        running.outputs = {
            "/p": ("Patient", ndjson(ann())),
            "/d": ("Practitioner", ndjson(a_doctor("d", "1999999984"))),
            "/e": ("Encounter", ndjson(*(a_visit(f"e-{n}", "p-ann", "2026-10-02", "d", version=2)
                                         for n in range(2)))),
        }  # fmt: skip
        running.key = linked(source, running.base).public_key
        yield running


def linked(source, base: str):
    return link_source(
        actor=OSEI, source_id=source.pk, base_url=base, client_id=CLIENT, group="", now=NOV_9
    )


def start(source, now=NOV_9, *, anew: bool = False) -> HealthJob:
    return start_import(actor=OSEI, source_id=source.pk, anew=anew, now=now)


def go_on(job: HealthJob, most: int = 20) -> HealthJob:
    """Take a job on until it ends, each time when it is due."""
    for _ in range(most):
        job.refresh_from_db()
        if not job.is_live or not step_imports(job.next_at):
            break
    job.refresh_from_db()
    return job


def test_imports_what_the_server_says_it_holds(source, bulk):
    bulk.polls = [(202, {"Retry-After": "120", "X-Progress": "half"}), (429, {"Retry-After": "7"})]
    job = start(source)
    with pytest.raises(ImportsAlready):
        start(source)
    assert step_imports(NOV_9 - timedelta(seconds=1)) == 0  # not yet
    assert step_imports(NOV_9) == 1
    job.refresh_from_db()
    assert (job.state, job.next_at) == ("exporting", NOV_9 + timedelta(seconds=1))
    at = job.next_at
    assert step_imports(at) == 1
    job.refresh_from_db()
    assert (job.progress, job.next_at) == ("half", at + timedelta(seconds=120))
    assert step_imports(job.next_at) == 1
    job.refresh_from_db()
    assert (job.tries, job.next_at) == (1, at + timedelta(seconds=127))
    assert go_on(job).state == "done"
    assert (job.problem, job.tries) == ("", 0)
    assert [(one.count, one.held) for one in job.files.all()] == [(1, 1), (1, 1), (2, 2)]
    assert HealthRecord.objects.filter(source=source).count() == 4
    assert stands(source) == {"p-ann": ("matched", "M-ANN")}
    assert "_type=Patient%2C" in next(one for one in bulk.paths if "$export" in one)
    assert not any("_since" in one for one in bulk.paths)
    with pytest.raises(ImportOver):
        stop_import(actor=OSEI, job_id=job.pk, now=NOV_9)


def test_goes_on_where_it_was_killed_and_keeps_nothing_twice(source, bulk):
    job = start(source)
    while job.files.filter(loaded_at=None).count() != 2:  # one of three is loaded
        job.refresh_from_db()
        assert step_imports(job.next_at) == 1
    job.refresh_from_db()
    with transaction.atomic():  # killed within the step, before it could commit
        assert step_imports(job.next_at) == 1
        transaction.set_rollback(True)
    assert job.files.filter(loaded_at=None).count() == 2
    assert go_on(job).state == "done"
    assert HealthRecord.objects.filter(source=source).count() == 4


def test_asks_for_what_changed_since_and_lets_go_of_what_is_gone(source, bulk):
    go_on(start(source))
    newer = ndjson(a_visit("e-0", "p-ann", "2026-10-03", "d", version=3))
    bulk.outputs = {"/e2": ("Encounter", newer), "/p": bulk.outputs["/p"]}
    gone = {"resourceType": "Bundle", "type": "transaction",
            "entry": [{"request": {"method": "DELETE", "url": "Encounter/e-1"}}]}  # fmt: skip
    bulk.deleted = ndjson(gone)
    job = go_on(start(source, NOV_9 + timedelta(days=1)))
    assert job.state == "done", job.problem
    assert f"_since={AS_OF.replace('Z', '.000Z').replace(':', '%3A')}" in next(
        one for one in reversed(bulk.paths) if "$export" in one
    )
    live = HealthRecord.objects.filter(source=source, superseded_at=None, kind="Encounter")
    assert [(one.ref, f"{one.first_day}") for one in live] == [("e-0", "2026-10-03")]
    assert HealthRecord.objects.get(source=source, ref="e-1").gone_at is not None
    # The same bytes as before are the same file.
    assert HealthFile.objects.filter(source=source, counts={"Patient": 1}).count() == 1


@pytest.mark.parametrize(
    ("_case", "lie", "words"),
    [
        ("a count", {"counts": {"/e": 3}}, "holds 2 resources, and was said to hold 3"),
        ("a type", {"outputs": {"/p": ("Observation", ndjson(ann()))}}, "of other types"),
        ("a cut file", {"outputs": {"/p": ("Patient", ndjson(ann())[:-9])}}, "cannot be used"),
        ("no list", {"manifest": {"output": None}}, "has no list"),
        ("no moment", {"manifest": {"transactionTime": "today"}}, "as of when"),
        ("elsewhere", {"manifest": {"output": [{"type": "Patient", "url": "https://x.test/p"}]}},
         "lies on another server"),
        ("no export", {"instead": {"/Patient/$export": (404, b'{"issue":[{"code":"not-found"}]}',
                                                        {})}}, "HTTP 404, not-found"),
        ("elsewhere to look", {"instead": {"/Patient/$export": (
            202, b"", {"Content-Location": "https://x.test/status"})}}, "does not say on itself"),
        ("a redirect", {"instead": {"/p": (302, b"", {"Location": "https://x.test/p"})}},
         "redirects"),
        ("a stranger's key", {"key": None}, "a token was not given"),
    ],
)  # fmt: skip
def test_ends_with_the_reason_where_the_server_does_not_keep_to_it(source, bulk, _case, lie, words):
    for name, value in lie.items():
        setattr(bulk, name, value)
    if "key" in lie:
        stranger = linked(source, bulk.base).public_key
        bulk.key = linked(source, bulk.base).public_key | {"x": stranger["x"], "y": stranger["y"]}
    job = go_on(start(source))
    assert job.state == "failed"
    assert words in job.problem
    # What was loaded before the fault stays, and nothing of the file that has it.
    files = HealthFile.objects.filter(source=source)
    assert files.count() == job.files.exclude(loaded_at=None).count()


def test_asks_a_broken_server_again_and_in_the_end_no_more(source, bulk):
    bulk.instead = {"/status": (503, b"", {})}
    job = start(source)
    step_imports(NOV_9)
    waits = []
    for _ in range(MOST_TRIES):
        job.refresh_from_db()
        before = job.next_at
        step_imports(before)
        job.refresh_from_db()
        waits.append((job.next_at - before).total_seconds())
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280]
    assert job.state == "failed"
    assert job.problem == "the export's state was not given (HTTP 503); asked 8 times"


@pytest.mark.parametrize(
    "address",
    ["http://localhost/fhir", "https://x.test/fhir", "https://me@localhost/fhir", "ftp://a", ""],
)
def test_links_to_no_address_that_may_not_be_asked(source, settings, address):
    settings.OUTBOUND_HOSTS = ["localhost"]
    with pytest.raises(NotToBeAsked):
        linked(source, address)
    with pytest.raises(NotLinked):
        start(source)


def test_an_address_that_leads_inside_is_not_asked(source, bulk, settings):
    settings.OUTBOUND_NETWORKS = []
    job = go_on(start(source))
    assert job.state == "failed"
    assert "not on the internet" in job.problem
    assert bulk.paths == []


def test_the_secret_part_of_the_key_stands_nowhere_in_clear(source, bulk):
    link = source.links.get(superseded_at=None)
    assert b"PRIVATE" not in bytes(link.key_encrypted)
    assert "d" not in link.public_key
