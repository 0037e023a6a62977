"""The containers' files, read: nothing is root, writes its own disk or asks for what is not."""

import json
import re
import tomllib

from ipaportal.core.secretfiles import NAMES
from tests.architecture.arrows import PROJECT
from tests.plainyaml import load

OURS = {"migrate", "web", "worker", "clock"}
HOSTS = re.compile(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)+/|https?://(?!portal\.example\.org)")


def compose() -> dict:
    return load(PROJECT / "compose.yaml")


def instructions() -> list[tuple[str, str]]:
    text = (PROJECT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(None, 1)) for line in lines]


def read_variables() -> set[str]:
    """Names of the environment that our code reads."""
    found = set()
    for path in (PROJECT / "ipaportal").rglob("*.py"):
        text = path.read_text()
        found |= set(re.findall(r"""environ(?:\.get\(|\[)"([A-Z_]+)\"""", text))
        found |= set(re.findall(r"""_list\("([A-Z_]+)\"""", text))
    return found | {f"{name}_FILE" for name in NAMES}


def test_the_image_ends_as_somebody_who_is_not_root():
    steps = instructions()
    users = [value for word, value in steps if word == "USER"]
    assert users == ["10001:10001"]
    last_stage = max(n for n, (word, _) in enumerate(steps) if word == "FROM")
    assert [word for word, _ in steps].index("USER") > last_stage
    assert [word for word, _ in steps if word == "FROM"] == ["FROM", "FROM"]


def test_the_image_installs_only_what_has_a_hash():
    (install,) = [value for word, value in instructions() if "pip install" in value]
    assert "--require-hashes" in install
    assert "--no-deps" in install
    text = (PROJECT / "requirements.txt").read_text()
    pins = re.split(r"\n(?=\S)", text.strip())
    assert [pin for pin in pins if "--hash=sha256:" not in pin] == []
    assert not re.search("https?:|--(?:extra-)?index|find-links", text)


def test_the_image_holds_the_versions_that_are_tested():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    tested = set(project["tool"]["uv"]["constraint-dependencies"])
    text = (PROJECT / "requirements.txt").read_text()
    # Packages of other systems and of older Pythons carry a marker; nobody tests them here.
    pins = re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?(==\S+)( ;)?", text, flags=re.MULTILINE)
    assert {name + version for name, version, marker in pins if not marker} <= tested
    wanted = {re.split(r"[\[><=]", name)[0] for name in project["project"]["dependencies"]}
    assert wanted <= {name for name, _, _ in pins}


def test_every_folder_the_image_copies_is_there():
    copied = [v.split()[:-1] for word, v in instructions() if word == "COPY" and "--from" not in v]
    assert [p for paths in copied for p in paths if not (PROJECT / p).exists()] == []
    apps = {"ipaportal", "credentialing", "capitation", "purchasing", "compliance"}
    assert apps <= {paths[0] for paths in copied}


def test_no_file_names_a_registry():
    for name in ("Dockerfile", "compose.yaml", "requirements.txt", ".dockerignore"):
        text = (PROJECT / name).read_text()
        images = re.findall(r"^\s*(?:FROM|image:)\s+\"?([^\s\"]+)", text, flags=re.MULTILINE)
        assert [image for image in images if "/" in image] == []
        if name in ("compose.yaml", "Dockerfile"):
            bare = re.sub(r"[a-z]+/[a-z-]+\.md|/docker-entrypoint-initdb\.d/", "", text)
            assert HOSTS.findall(bare.replace("https://portal.example.org", "")) == []


def test_no_container_writes_its_own_disk_or_gains_rights():
    services = compose()["services"]
    assert set(services) == OURS | {"database", "redis"}
    for name, service in services.items():
        assert service["read_only"] == "true", name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service
        assert all(not place.startswith("/") for place in service.get("volumes", [])), name
    for name in OURS:
        assert services[name]["user"] == "10001:10001"
        assert services[name]["cap_drop"] == ["ALL"]


def test_every_service_is_watched_and_waits_for_what_it_needs():
    services = compose()["services"]
    for name in OURS - {"migrate"}:
        assert services[name]["healthcheck"]["test"][-1] == ("web" if name == "web" else "worker")
        waits = {k: v["condition"] for k, v in services[name]["depends_on"].items()}
        assert waits["migrate"] == "service_completed_successfully"
    assert services["database"]["healthcheck"]["test"][1] == "pg_isready"
    assert services["redis"]["healthcheck"]["test"][1] == "redis-cli"


def test_only_the_web_is_reached_and_only_from_the_machine_itself():
    whole = compose()
    ports = {name: s["ports"] for name, s in whole["services"].items() if "ports" in s}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}
    assert whole["networks"]["inside"]["internal"] == "true"
    for name in ("database", "redis"):
        assert whole["services"][name]["networks"] == ["inside"]


def test_services_are_told_only_what_the_code_reads():
    known = read_variables()
    for name in OURS:
        given = set(compose()["services"][name]["environment"])
        assert given <= known, name
        assert {"DATABASE_URL_FILE", "SECRET_KEY_FILE", "IPA_KEYS_FILE", "REDIS_URL"} <= given
        assert "IPA_SEAL_KEY_FILE" in given


def test_secrets_are_files_and_never_stand_in_compose():
    whole = compose()
    for name, service in whole["services"].items():
        for key, value in service.get("environment", {}).items():
            if any(word in key for word in ("SECRET", "PASSWORD", "TOKEN", "KEYS", "DATABASE_URL")):
                assert key.endswith("_FILE"), f"{name} {key}"
                assert value.removeprefix("/run/secrets/") in service["secrets"], f"{name} {key}"
        assert set(service.get("secrets", [])) <= set(whole["secrets"])
    assert "/secrets/" in (PROJECT / ".gitignore").read_text().splitlines()
    owner = [n for n in OURS if "database_owner_url" in whole["services"][n]["secrets"]]
    assert owner == ["migrate"]


def test_commands_of_services_are_ours():
    steps = dict(instructions())
    assert json.loads(steps["CMD"])[:2] == ["gunicorn", "ipaportal.wsgi"]
    commands = {n: compose()["services"][n].get("command") for n in OURS - {"web"}}
    assert commands["migrate"] == ["python", "manage.py", "migrate", "--noinput"]
    assert commands["worker"][:4] == ["celery", "-A", "ipaportal", "worker"]
    assert commands["clock"][:4] == ["celery", "-A", "ipaportal", "beat"]
