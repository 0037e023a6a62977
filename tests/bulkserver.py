"""A small server of bulk exports of a test's own: real HTTPS and tokens; it can be made to lie."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt

from tests.https import Served, answer, https_server

CLIENT, AS_OF = "valley-portal", "2026-11-09T12:00:00Z"
LEEWAY = 3 * 365 * 86_400  # tests live on days of their own
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Bulk:
    """What the server holds and says; a test changes it to attack."""

    served: Served = None
    key: dict | None = None  # the public key of whoever may ask
    outputs: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # path: type, bytes
    deleted: bytes = b""
    polls: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    manifest: dict = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    instead: dict[str, tuple[int, bytes, dict]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"https://localhost:{self.served.port}/fhir"

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path.removeprefix("/fhir")
        self.paths.append(handler.path.removeprefix("/fhir"))
        self.headers.append(dict(handler.headers))
        if path in self.instead:
            status, body, headers = self.instead[path]
            answer(handler, status, body, **headers)
        elif path == "/.well-known/smart-configuration":
            about = {"token_endpoint": f"{self.base}/token"}
            answer(handler, 200, json.dumps(about).encode())
        elif path == "/token":
            self.give_token(handler)
        elif handler.headers["Authorization"] != "Bearer t-1":
            answer(handler, 401)
        elif path.endswith("$export") and handler.headers["Prefer"] == "respond-async":
            answer(handler, 202, Content_Location=f"{self.base}/status")
        elif path == "/status" and self.polls:
            status, headers = self.polls.pop(0)
            answer(handler, status, **headers)
        elif path == "/status":
            answer(handler, 200, json.dumps(self.listed()).encode())
        elif path in self.outputs:
            answer(handler, 200, self.outputs[path][1])
        elif path == "/deleted":
            answer(handler, 200, self.deleted)
        else:
            answer(handler, 404)

    def listed(self) -> dict:
        output = [
            {"type": kind, "url": f"{self.base}{path}",
             "count": self.counts.get(path, data.count(b"\n"))}
            for path, (kind, data) in self.outputs.items()
        ]  # fmt: skip
        deleted = [{"type": "Bundle", "url": f"{self.base}/deleted"}] if self.deleted else []
        return {"transactionTime": AS_OF, "request": self.base, "requiresAccessToken": True,
                "output": output, "deleted": deleted, "error": [], **self.manifest}  # fmt: skip

    def give_token(self, handler: BaseHTTPRequestHandler) -> None:
        """A token for an assertion that is signed, for this endpoint, and used once."""
        sent = parse_qs(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
        try:
            said = jwt.decode(
                sent["client_assertion"][0], jwt.PyJWK(self.key).key, algorithms=["ES384"],
                audience=f"{self.base}/token", issuer=CLIENT, subject=CLIENT, leeway=LEEWAY,
                options={"require": ["exp", "jti", "sub", "iss"]},
            )  # fmt: skip
            good = sent["client_assertion_type"] == [BEARER] and said["jti"] not in self.seen
            self.seen.add(said["jti"])
        except jwt.PyJWTError:
            good = False
        token = {"access_token": "t-1", "token_type": "bearer", "expires_in": 300}
        answer(handler, 200 if good else 400, json.dumps(token if good else {}).encode())


@contextmanager
def bulk_server(folder: Path) -> Iterator[Bulk]:
    """A running server on this machine; its certificate is in `folder/certificate.pem`."""
    bulk = Bulk()
    with https_server(["localhost"], folder, bulk.handle) as served:
        bulk.served = served
        yield bulk
