"""Alive, ready, numbers: what machines are told, and what strangers are not."""

import http.server
import json
import os
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from ipaportal.audit.models import Incident
from ipaportal.core.encryption import KeysMissing
from ipaportal.home import probe, pulse
from ipaportal.home.counts import Counts
from ipaportal.home.queries import health
from ipaportal.home.queries.gauges import gauges
from ipaportal.home.tasks import prove, tick
from tests.capitation.paying import NOON, REYES, alvarez, bell, ipa, prepare  # noqa: F401
from tests.databases import OWNER, acting_as
from tests.factories import make_contract

pytestmark = pytest.mark.django_db
STRANGER = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    """A data folder of the test's own, so that no other test's tick is seen."""
    settings.DATA_DIR = tmp_path
    return tmp_path


def ready(**asked):
    return Client().get("/health/ready", **asked)


def test_is_alive_without_asking_anybody(django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Client().get("/health/live", **STRANGER)
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert "sessionid" not in answer.cookies


def test_is_ready_at_the_price_of_two_queries(django_assert_num_queries):
    health._on_disk()
    with django_assert_num_queries(2):
        answer = ready(**STRANGER)
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_answers_in_plain_text_where_that_is_asked_for():
    answer = ready(HTTP_ACCEPT="text/plain", **STRANGER)
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.content == b"ready\n"


def no_database(monkeypatch, settings, folder):
    def broken():
        raise DatabaseError("the password of portal is wrong")

    monkeypatch.setattr("django.db.connection.cursor", broken)


def no_migrations(monkeypatch, settings, folder):
    with acting_as(OWNER), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ledger'")


def no_keys(monkeypatch, settings, folder):
    monkeypatch.setenv("IPA_KEYS_FILE", str(folder / "missing"))


def no_folder(monkeypatch, settings, folder):
    settings.DATA_DIR = folder / "missing"
    monkeypatch.setenv("IPA_KEYS", "k1:" + "A" * 43 + "= index:" + "B" * 42 + "A=")


def no_broker(monkeypatch, settings, folder):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


@pytest.mark.parametrize(
    ("break_it", "part", "status", "code"),
    [
        (no_database, "database", "not ready", 503),
        (no_migrations, "migrations", "not ready", 503),
        (no_keys, "keys", "not ready", 503),
        (no_folder, "folder", "not ready", 503),
        (no_broker, "broker", "degraded", 200),
    ],
)
def test_names_what_fails_to_operators_only(
    break_it, part, status, code, monkeypatch, settings, own_folder
):
    break_it(monkeypatch, settings, own_folder)
    told = ready(**STRANGER)
    assert (told.status_code, told.json()) == (code, {"status": status})
    seen = ready().json()["parts"]
    assert {name for name, said in seen.items() if said != "ok"} - {"migrations"} <= {part}
    assert seen[part] != "ok"
    assert "password" not in json.dumps(seen)


def test_is_not_ready_on_a_disk_that_is_almost_full(monkeypatch):
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 1 << 60)
    assert ready().json()["parts"]["folder"] == "is almost full"
    assert ready().status_code == 503


@pytest.mark.acts_as
def test_serves_beside_a_database_that_is_ahead():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('ledger', '9999_tomorrow', now())"
        )
    assert ready().json()["status"] == "ready"


@pytest.mark.parametrize(
    ("token", "asked", "status"),
    [
        ("", {}, 200),
        ("", STRANGER, 404),
        ("", {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}, 404),
        ("secret", {}, 404),
        ("secret", {"HTTP_AUTHORIZATION": "Bearer wrong"}, 404),
        ("secret", {"HTTP_AUTHORIZATION": "Bearer secret", **STRANGER}, 200),
    ],
)
def test_shows_numbers_to_operators_only(token, asked, status, settings):
    settings.METRICS_TOKEN = token
    assert Client().get("/metrics", **asked).status_code == status


def test_beside_a_server_the_token_is_the_only_way(settings):
    settings.EMBEDDED = False
    assert Client().get("/metrics").status_code == 404
    assert "parts" not in ready().json()


def numbers() -> dict[tuple[str, str], float]:
    return {(g.name, at): n for g in gauges(timezone.now()) for at, n in g.rows}


def test_counts_what_waits_and_what_is_broken(bell, alvarez):
    contract = make_contract()
    before = numbers()
    assert before["ipa_payment_batches_waiting", ""] == 0
    assert before["ipa_unsealed_leaves", ""] > 0
    prepare()
    Incident.objects.create(name="invariant ledger.01_balanced")
    Incident.objects.create(name="something else")
    contract.runs.create(
        month="2026-03-01", sequence=1, opened_at=timezone.now() - timedelta(hours=2)
    )
    contract.runs.create(
        month="2026-02-01",
        sequence=1,
        opened_at=NOON,
        status="posted",
        posted_at=timezone.now() - timedelta(days=3),
    )
    found = numbers()
    assert found["ipa_payment_batches_waiting", ""] == 1
    assert found["ipa_open_incidents", ""] == 2
    assert found["ipa_open_invariant_breaches", ""] == 1
    assert 7200 <= found["ipa_oldest_waiting_seconds", "run_open"] < 7260
    days = found["ipa_last_posted_run_age_seconds", str(contract.pk)] / 86400
    assert 3 <= days < 3.01


def test_tells_when_the_jobs_last_ran(own_folder):
    assert ("ipa_job_age_seconds", "tick") not in numbers()
    tick()
    prove()
    found = numbers()
    assert found["ipa_job_age_seconds", "tick"] < 60
    assert found["ipa_invariants_checked", ""] > 10
    assert found["ipa_invariants_breached", ""] == 0
    first = (own_folder / "pulse" / "prove.json").stat().st_mtime_ns
    prove()
    assert (own_folder / "pulse" / "prove.json").stat().st_mtime_ns == first


def test_writes_what_prometheus_reads():
    Client().get("/nowhere/")
    lines = Client().get("/metrics").content.decode().splitlines()
    assert "ipa_payment_batches_waiting 0" in lines
    assert any(line.startswith('ipa_requests_total{view="-",status="404"} ') for line in lines)
    kinds = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    assert kinds["ipa_requests_total"] == "counter"
    assert kinds["ipa_request_seconds"] == "histogram"
    for line in lines:
        name = line.split("{")[0].split()[0] if not line.startswith("#") else ""
        root = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        assert line.startswith("#") or name in kinds or root in kinds, line
        assert line.startswith("#") or float(line.rsplit(" ", 1)[1]) >= 0


def test_adds_up_the_counts_of_every_process_also_of_dead_ones(tmp_path):
    one, other = Counts(tmp_path), Counts(tmp_path)
    one.add("home:home", 200, 0.02)
    other.add("home:home", 200, 40)
    other.total()
    whole = one.total()
    assert whole["answers"] == {"home:home 200": [2]}
    assert whole["seconds"]["home:home"] == [0, 1, *[0] * 9, 1, 40.02]
    other._lock = other._lock if other._lock < 0 else _let_go(other._lock)
    assert one.total() == whole
    assert one.total() == whole
    assert len(list(tmp_path.glob("*.lock"))) == 2  # its own, and that of adding up


def _let_go(handle: int) -> int:
    """What the kernel does for a process that is killed."""
    os.close(handle)
    return -1


def test_a_full_disk_does_not_stop_an_answer(tmp_path):
    (tmp_path / "metrics").write_text("no folder")
    Counts(tmp_path / "metrics").add("home:home", 200, 0.1)


def test_a_missing_keyring_is_no_default_beside_a_server(settings, monkeypatch):
    settings.EMBEDDED = False
    monkeypatch.delenv("IPA_KEYS_FILE", raising=False)
    monkeypatch.delenv("IPA_KEYS", raising=False)
    assert ready(**STRANGER).status_code == 503
    assert issubclass(KeysMissing, Exception)


class Server(http.server.BaseHTTPRequestHandler):
    status, hosts = 200, []

    def do_GET(self):
        self.hosts.append(self.headers["Host"])
        self.send_response(self.status if self.path == "/health/ready" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_probes_the_web_process_by_a_name_it_takes(status, well, monkeypatch):
    Server.status, Server.hosts = status, []
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setenv("PORT", str(server.server_port))
        monkeypatch.setenv("ALLOWED_HOSTS", "portal.ipa.test,other.test")
        assert probe.web() is well
    assert Server.hosts == ["portal.ipa.test"]
    assert probe.web() is False


def test_probes_the_worker_by_its_tick(own_folder, monkeypatch):
    monkeypatch.setenv("IPA_DATA_DIR", str(own_folder))
    assert probe.worker() is False
    pulse.leave("tick")
    assert probe.worker() is True
    monkeypatch.setattr(probe, "SILENT_SECONDS", -1)
    assert probe.worker() is False
