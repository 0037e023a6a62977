"""The settings beside a database of one's own: as strict as Django can be told to be."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DATABASE_URL": "postgresql://portal@db.invalid/portal",
    "REDIS_URL": "redis://redis.invalid/0",
    "SECRET_KEY": "0123456789 for this test only abcdefghijklmnopqrstuvwxyz ABCDEFG",
    "ALLOWED_HOSTS": "portal.ipa.test",
}
WANTED = {
    "DEBUG": False,
    "DEMO": False,
    "EMBEDDED": False,
    "ALLOWED_HOSTS": ["portal.ipa.test"],
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31536000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": False,
    "SECURE_PROXY_SSL_HEADER": None,
    "USE_X_FORWARDED_HOST": False,
}


def run(*words: str, **changes: str) -> subprocess.CompletedProcess:
    kept = {k: v for k, v in os.environ.items() if k not in {"DJANGO_SETTINGS_MODULE", "IPA_DEMO"}}
    environment = {**kept, **PRODUCTION, "DJANGO_SETTINGS_MODULE": "ipaportal.settings", **changes}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_the_check_for_deployment_finds_nothing():
    answer = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr
    assert "no issues" in answer.stdout


def test_the_check_for_deployment_can_fail():
    answer = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", ALLOWED_HOSTS="")
    assert answer.returncode != 0
    assert "ALLOWED_HOSTS" in answer.stderr


def test_is_strict_beside_a_database_of_ones_own():
    code = (
        "import json, django; django.setup(); from django.conf import settings;"
        f"print(json.dumps({{n: getattr(settings, n) for n in {sorted(WANTED)!r}}}))"
    )
    answer = run("-c", code, IPA_DEMO="1")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == WANTED


def test_invents_no_key():
    answer = run("-c", "from django.conf import settings; settings.SECRET_KEY", SECRET_KEY="")
    assert answer.returncode != 0
    assert answer.stderr.startswith("SECRET_KEY is not set")


def test_invents_no_host():
    code = "from django.conf import settings; print(settings.ALLOWED_HOSTS)"
    assert run("-c", code, ALLOWED_HOSTS="").stdout.strip() == "[]"


def test_makes_the_clocks_folder_where_all_servers_are_somebody_elses(tmp_path):
    folder = tmp_path / "new"
    answer = run(
        "-c", "from ipaportal.celery import app; app.conf.timezone", IPA_DATA_DIR=str(folder)
    )
    assert answer.returncode == 0, answer.stderr
    assert folder.is_dir()
