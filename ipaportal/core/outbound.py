"""
The only way out: HTTPS to hosts that are allowed by name, at addresses that are looked at first.

An address is looked up once, judged, and connected to as it was judged: what the name points to a
moment later does not matter. Redirects are judged anew. There are limits of size and time.
"""

import http.client
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings

HTTPS_PORT = 443
REDIRECTS = (301, 302, 303, 307, 308)
PIECE_BYTES = 1 << 16
# Addresses that networks route like any other, and that answer with the machine's own secrets.
METADATA = (ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("192.0.0.0/24"))
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class OutboundRefused(Exception):
    """The address is none that this portal may ask; nothing was sent."""


class OutboundFailed(Exception):
    """The other side did not answer, or answered too much, too slowly or not as agreed."""


@dataclass(frozen=True)
class Answer:
    """What the other side said; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Guard:
    """Who may be asked, and how much of an answer is taken."""

    hosts: frozenset[str]  # as `name` or `name:port`
    networks: tuple[Network, ...] = ()  # private ones that the IPA's own servers are in
    resolve: Callable = socket.getaddrinfo
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    most_bytes: int = 1 << 20
    seconds: float = 10
    most_redirects: int = 3

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """
        Ask another server.

        :raises OutboundRefused: if the address, or where it leads, may not be asked
        :raises OutboundFailed: if no whole answer came within the limits
        """
        ends, sent = time.monotonic() + self.seconds, dict(headers or {})
        for _ in range(self.most_redirects + 1):
            parts = self.judged(url)
            answer = self._ask(parts, method, sent, body, ends)
            to = answer.headers.get("location")
            if answer.status not in REDIRECTS or not to:
                return answer
            if method != "GET":
                raise OutboundRefused("A redirect is followed only where nothing is sent.")
            url = urljoin(url, to)
            if urlsplit(url).netloc != parts.netloc:
                sent = {k: v for k, v in sent.items() if k.lower() not in ("authorization",)}
        raise OutboundRefused(f"{parts.hostname} redirects more than {self.most_redirects} times.")

    def judged(self, url: str) -> SplitResult:
        """
        The parts of an address that may be asked.

        :raises OutboundRefused: if it may not
        """
        try:
            parts = urlsplit(url)
            port = parts.port or HTTPS_PORT
        except ValueError as failure:
            raise OutboundRefused("This is no address.") from failure
        host = (parts.hostname or "").lower()
        if parts.scheme != "https" or parts.username is not None or parts.password is not None:
            raise OutboundRefused("Only https addresses without a name before the host are asked.")
        if any(ord(c) <= 32 or ord(c) > 126 or c == "\\" for c in url):
            raise OutboundRefused("The address holds characters that servers read differently.")
        named = host if port == HTTPS_PORT else f"{host}:{port}"
        if named not in self.hosts:
            raise OutboundRefused(f"{named} is not in OUTBOUND_HOSTS.")
        return parts

    def addresses(self, host: str, port: int) -> list[Address]:
        """
        Where a name points; all of it must be allowed.

        :raises OutboundRefused: if any of it is private, local or reserved
        :raises OutboundFailed: if the name points nowhere
        """
        try:
            found = self.resolve(host, port, type=socket.SOCK_STREAM)
        except OSError as failure:
            raise OutboundFailed(f"{host} is not known.") from failure
        addresses = [ipaddress.ip_address(row[4][0].partition("%")[0]) for row in found]
        for address in addresses:
            if not self.may_reach(address):
                raise OutboundRefused(f"{host} points to {address}, which is not on the internet.")
        if not addresses:
            raise OutboundFailed(f"{host} is not known.")
        return addresses

    def may_reach(self, address: Address) -> bool:
        """Whether an address, and every address hidden in it, is public or expressly allowed."""
        if any(address in network for network in self.networks):
            return True
        if any(_hidden(address)) or any(address in network for network in METADATA):
            return False
        return address.is_global and not address.is_multicast

    def _ask(
        self,
        parts: SplitResult,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
        ends: float,
    ) -> Answer:
        host, port = parts.hostname, parts.port or HTTPS_PORT
        addresses = self.addresses(host, port)
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        link = _Pinned(host, port, str(addresses[0]), self.context, ends)
        try:
            with _cut_off(link, ends):
                link.request(method, target, body, {"Accept-Encoding": "identity", **headers})
                response = link.getresponse()
                read = b"".join(self._pieces(response))
                if time.monotonic() >= ends:  # cut off: what came is not the whole
                    raise OutboundFailed(f"{host} took longer than {self.seconds} seconds.")
                named = {k.lower(): v for k, v in response.getheaders()}
                return Answer(response.status, named, read)
        except (OSError, http.client.HTTPException, ValueError) as failure:
            raise OutboundFailed(f"{host} gave no whole answer ({type(failure).__name__}).") from (
                failure
            )
        finally:
            link.close()

    def _pieces(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        size = 0
        while piece := response.read1(PIECE_BYTES):
            size += len(piece)
            if size > self.most_bytes:
                raise OutboundFailed(f"The answer is larger than {self.most_bytes} bytes.")
            yield piece
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)


class _Pinned(http.client.HTTPSConnection):
    """A connection to the address that was judged, under the name that was asked."""

    def __init__(
        self, host: str, port: int, address: str, context: ssl.SSLContext, ends: float
    ) -> None:
        super().__init__(host, port, context=context)
        self.address, self.tls, self.ends = address, context, ends
        self.handle: socket.socket | None = None

    def connect(self) -> None:
        left = max(self.ends - time.monotonic(), 0.001)
        raw = socket.create_connection((self.address, self.port), timeout=left)
        try:
            self.sock = self.tls.wrap_socket(raw, server_hostname=self.host)
        except BaseException:
            raw.close()
            raise
        # The response takes the socket over; this handle can still cut the connection.
        self.handle = socket.socket(fileno=os.dup(self.sock.fileno()))


@contextmanager
def _cut_off(link: _Pinned, ends: float) -> Iterator[None]:
    """Cut the connection when the time is over, however slowly bytes keep coming."""

    def cut() -> None:
        if link.handle is not None:
            with suppress(OSError):  # it ended by itself just now
                link.handle.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(ends - time.monotonic(), 0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        if link.handle is not None:
            link.handle.close()


def _hidden(address: Address) -> Iterator[Address]:
    """IPv4 addresses that an IPv6 address carries."""
    if address.version == 4:
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in NAT64 or int(address) >> 32 == 0:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def guard() -> Guard:
    """The guard of this portal, from settings."""
    networks = tuple(ipaddress.ip_network(one) for one in settings.OUTBOUND_NETWORKS)
    context = ssl.create_default_context()
    if settings.OUTBOUND_CA_FILE:
        context.load_verify_locations(settings.OUTBOUND_CA_FILE)
    return Guard(hosts=frozenset(settings.OUTBOUND_HOSTS), networks=networks, context=context)
