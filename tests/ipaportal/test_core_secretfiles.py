"""Secrets given as files."""

import pytest

from ipaportal.core.secretfiles import NAMES, take


def test_reads_each_secret_from_its_file(tmp_path):
    (tmp_path / "key").write_text("a long secret\n")
    environment = {f"{name}_FILE": str(tmp_path / "key") for name in NAMES}
    take(environment)
    assert {environment[name] for name in NAMES} == {"a long secret"}


def test_what_is_set_stays(tmp_path):
    environment = {"SECRET_KEY": "given", "SECRET_KEY_FILE": str(tmp_path / "missing")}
    take(environment)
    assert environment["SECRET_KEY"] == "given"


def test_a_file_that_is_missing_stops_the_start(tmp_path):
    environment = {"DATABASE_URL_FILE": str(tmp_path / "missing")}
    with pytest.raises(SystemExit, match="DATABASE_URL_FILE cannot be read"):
        take(environment)
    assert "DATABASE_URL" not in environment
