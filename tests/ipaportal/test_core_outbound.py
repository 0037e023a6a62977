"""The way out: allowed names only, public addresses only, as they were judged, and not for ever."""

import ast
import ipaddress
import socket
from threading import Event

import pytest

from ipaportal.core.outbound import Guard, OutboundFailed, OutboundRefused, guard
from tests.architecture import arrows
from tests.https import answer, https_server

NAMES = ["api.plan.test", "other.plan.test"]
LOCAL = (ipaddress.ip_network("127.0.0.0/8"),)


def pointing_to(*addresses):
    """A resolver that answers each time with the next address (the last one for ever)."""
    left = list(addresses)

    def resolve(host, port, type=0):
        one = left.pop(0) if len(left) > 1 else left[0]
        several = one if isinstance(one, tuple) else (one,)
        return [(socket.AF_INET, type, 6, "", (address, port)) for address in several]

    return resolve


def bare(**changes):
    return Guard(**{"hosts": frozenset(NAMES), "resolve": pointing_to("93.184.215.14"), **changes})


@pytest.mark.parametrize(
    "url",
    [
        "http://api.plan.test/",
        "ftp://api.plan.test/",
        "file:///etc/passwd",
        "gopher://api.plan.test/",
        "https://elsewhere.test/",
        "https://api.plan.test.evil.test/",
        "https://evil.test/api.plan.test",
        "https://api.plan.test@evil.test/",
        "https://user:secret@api.plan.test/",
        "https://api.plan.test:8443/",
        "https://api.plan.test:0x1bb/",
        "https://api.plan.test./",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://api.plan.test\\@evil.test/",
        "https://api.plan.test/\r\nX-Forged: 1",
        "https://аpi.plan.test/",
        "https://",
        "",
        "//api.plan.test/",
        "https://[api.plan.test/",
    ],
)
def test_asks_no_other_address(url):
    def resolve(*_args, **_more):
        raise AssertionError("looked up a name it may not ask")

    with pytest.raises(OutboundRefused):
        bare(resolve=resolve).fetch(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16"),
        *("192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.5", "224.0.0.1", "239.255.0.1"),
        *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1"),
        *("fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
        *("::ffff:8.8.8.8", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "::127.0.0.1"),
        *("2001:0:7f00:1::", "2001:db8::1"),
    ],
)
def test_refuses_a_name_that_points_inside(address):
    with pytest.raises(OutboundRefused, match="not on the internet"):
        bare(resolve=pointing_to(address)).fetch("https://api.plan.test/")


def test_refuses_a_name_that_points_inside_and_outside():
    both = pointing_to(("93.184.215.14", "10.0.0.1"))
    with pytest.raises(OutboundRefused):
        bare(resolve=both).fetch("https://api.plan.test/")


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:220:1::1"])
def test_public_addresses_may_be_asked(address):
    assert bare().may_reach(ipaddress.ip_address(address))


def test_says_that_a_name_is_not_known():
    def resolve(*_args, **_more):
        raise socket.gaierror

    with pytest.raises(OutboundFailed, match="not known"):
        bare(resolve=resolve).fetch("https://api.plan.test/")


# ---- a real server ------------------------------------------------------------------------------


def local(served, *, resolve=None, **changes):
    hosts = frozenset(f"{name}:{served.port}" for name in NAMES)
    return Guard(
        hosts=hosts,
        networks=LOCAL,
        resolve=resolve or pointing_to("127.0.0.1"),
        context=served.context,
        **changes,
    )


def test_asks_under_the_name_at_the_judged_address(tmp_path):
    with https_server(NAMES, tmp_path, lambda h: answer(h, 200, b"yes", X_Plan="Sun")) as served:
        got = local(served).fetch(f"https://api.plan.test:{served.port}/a?b=c")
    assert (got.status, got.body, got.headers["x-plan"]) == (200, b"yes", "Sun")
    assert served.asked == [f"GET api.plan.test:{served.port}/a?b=c"]


def test_looks_a_name_up_once_so_that_it_cannot_change_its_mind(tmp_path):
    looked = []

    def rebinding(host, port, type=0):
        looked.append(host)
        address = "127.0.0.1" if len(looked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, type, 6, "", (address, port))]

    with https_server(NAMES, tmp_path, lambda h: answer(h, 200, b"yes")) as served:
        asked = local(served, resolve=rebinding)
        assert asked.fetch(f"https://api.plan.test:{served.port}/").body == b"yes"
        assert looked == ["api.plan.test"]
        with pytest.raises(OutboundRefused):
            asked.fetch(f"https://api.plan.test:{served.port}/")


def test_trusts_no_certificate_of_another_name(tmp_path):
    with (
        https_server(["elsewhere.test"], tmp_path, lambda h: answer(h, 200)) as served,
        pytest.raises(OutboundFailed),
    ):
        local(served).fetch(f"https://api.plan.test:{served.port}/")
    assert served.asked == []


@pytest.mark.parametrize(
    "to",
    [
        "http://api.plan.test/",
        "https://169.254.169.254/latest/meta-data/",
        "https://elsewhere.test/",
        "file:///etc/passwd",
        "//127.0.0.1/",
    ],
)
def test_follows_no_redirect_to_where_it_may_not_go(tmp_path, to):
    with (
        https_server(NAMES, tmp_path, lambda h: answer(h, 302, Location=to)) as served,
        pytest.raises(OutboundRefused),
    ):
        local(served).fetch(f"https://api.plan.test:{served.port}/")
    assert len(served.asked) == 1


def test_judges_the_address_of_a_redirect_too(tmp_path):
    def away(handler):
        answer(handler, 302, Location=f"https://other.plan.test:{served.port}/")

    resolve = pointing_to("127.0.0.1", "10.0.0.1")
    with (
        https_server(NAMES, tmp_path, away) as served,
        pytest.raises(OutboundRefused, match=r"10\.0\.0\.1"),
    ):
        local(served, resolve=resolve).fetch(f"https://api.plan.test:{served.port}/")


def test_follows_an_allowed_redirect_but_takes_no_secret_along(tmp_path):
    secrets = []

    def away(handler):
        secrets.append(handler.headers["Authorization"])
        if "other" in handler.headers["Host"]:
            answer(handler, 200, b"there")
        else:
            answer(handler, 307, Location=f"https://other.plan.test:{served.port}/")

    with https_server(NAMES, tmp_path, away) as served:
        got = local(served).fetch(
            f"https://api.plan.test:{served.port}/", headers={"Authorization": "Bearer x"}
        )
    assert (got.body, secrets) == (b"there", ["Bearer x", None])


def test_ends_an_endless_redirect_and_resends_nothing(tmp_path):
    with https_server(NAMES, tmp_path, lambda h: answer(h, 302, Location="/again")) as served:
        url = f"https://api.plan.test:{served.port}/"
        with pytest.raises(OutboundRefused, match="more than 3"):
            local(served).fetch(url)
        assert len(served.asked) == 4
        with pytest.raises(OutboundRefused, match="nothing is sent"):
            local(served).fetch(url, method="POST", body=b"secret")
        assert len(served.asked) == 5


@pytest.mark.parametrize("announced", [True, False])
def test_takes_no_answer_without_end(tmp_path, announced):
    def much(handler):
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", str(1 << 30))
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 4096)
        except OSError:
            return

    with (
        https_server(NAMES, tmp_path, much) as served,
        pytest.raises(OutboundFailed, match="larger than 10000"),
    ):
        local(served, most_bytes=10_000).fetch(f"https://api.plan.test:{served.port}/")


@pytest.mark.parametrize("part", ["headers", "body"])
def test_waits_for_no_answer_without_end(tmp_path, part):
    stop = Event()

    def drip(handler):
        if part == "body":
            handler.send_response(200)
            handler.end_headers()
        try:
            while not stop.wait(0.05):
                handler.wfile.write(b"x")
                handler.wfile.flush()
        except OSError:
            return

    with https_server(NAMES, tmp_path, drip) as served:
        try:
            with pytest.raises(OutboundFailed):
                local(served, seconds=0.5).fetch(f"https://api.plan.test:{served.port}/")
        finally:
            stop.set()


def test_takes_no_half_answer(tmp_path):
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")

    with https_server(NAMES, tmp_path, half) as served, pytest.raises(OutboundFailed):
        local(served).fetch(f"https://api.plan.test:{served.port}/")


def test_asks_nobody_unless_settings_say_so():
    assert guard().hosts == frozenset()
    with pytest.raises(OutboundRefused, match="OUTBOUND_HOSTS"):
        guard().fetch("https://api.plan.test/")


# ---- nobody else --------------------------------------------------------------------------------

OPENS = {
    *("http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "websockets"),
    *("socket", "ssl", "ftplib", "smtplib", "imaplib", "poplib", "telnetlib", "xmlrpc.client"),
    *("paramiko", "asyncio", "socketserver"),
}
# They reach what this machine or its settings name: servers, the port that is served, our probe.
INSIDE = {
    "ipaportal.core.embedded": {"socket"},
    "ipaportal.home.serving": {"socket"},
    "ipaportal.home.probe": {"http.client", "socket"},
    # Name the failures of Django's own mail connection.
    "ipaportal.home.evidence": {"smtplib"},
    "ipaportal.core.mailing": {"smtplib"},
    # The virus scanner that the settings name, if any.
    "ipaportal.core.clamd": {"socket"},
}
OUT = "ipaportal.core.outbound"


def test_no_other_module_opens_connections():
    found = {}
    for name, source in arrows.sources().items():
        names = arrows.imports_of(source)
        for node in arrows.nodes_of(source):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
        opened = {one for one in OPENS if one in names or any(n == one for n in names)}
        if opened and name != OUT and not opened <= INSIDE.get(name, set()):
            found[name] = opened
    assert found == {}
