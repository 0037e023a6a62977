"""A small OpenID Connect provider of a test's own: real keys, real HTTPS; it can be made to lie."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.https import Served, answer, https_server

CLIENT, SECRET = "valley portal", "a secret: of +two%"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGERS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key(key, kid: str, algorithm: str) -> dict:
    kind = jwt.get_algorithm_by_name(algorithm)
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


@dataclass
class Idp:
    """Who is signed in there, and what the provider says; a test changes it to attack."""

    served: Served = None
    subject: str = "00u-7"
    email: str = "ana@ipa.test"
    about: dict = field(default_factory=dict)
    claims: dict = field(default_factory=dict)  # None takes a claim away
    header: dict = field(default_factory=lambda: {"kid": "r1"})
    key: object = RSA_KEY
    algorithm: str = "RS256"
    keys: list[dict] = field(default_factory=lambda: [public_key(RSA_KEY, "r1", "RS256")])
    told: dict = field(default_factory=dict)
    codes: dict[str, dict] = field(default_factory=dict)
    forge: Callable[[dict], str] | None = None

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.served.port}/realms/valley"

    def description(self) -> dict:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout?realm=valley",
            "authorization_response_iss_parameter_supported": True,
            **self.about,
        }
        return {name: value for name, value in said.items() if value is not None}

    def visit(self, address: str, **more: str | None) -> dict[str, str]:
        """What a browser brings back from the page at which somebody signs in."""
        assert address.startswith(f"{self.issuer}/authorize?"), address
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        brought = {"code": code, "state": asked["state"], "iss": self.issuer, **more}
        return {name: value for name, value in brought.items() if value is not None}

    def token(self, asked: dict) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "email": self.email,
            "email_verified": True,
            **({"auth_time": now} if asked.get("prompt") == "login" else {}),
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.forge:
            return self.forge(claims)
        return jwt.encode(claims, self.key, self.algorithm, headers=self.header)

    def redeem(self, handler: BaseHTTPRequestHandler) -> None:
        """Give a token for a code: once, to this portal, with the verifier of its challenge."""
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.codes.pop(sent.get("code"), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = (
            asked is not None
            and self.knows(handler.headers.get("Authorization", ""), sent)
            and sent["redirect_uri"] == asked["redirect_uri"]
            and challenge == asked["code_challenge"]
        )
        if good:
            said = {"id_token": self.token(asked), "access_token": "at", "token_type": "Bearer"}
            answer(handler, 200, json.dumps(said).encode())
        else:
            answer(handler, 400, b'{"error": "invalid_grant"}')

    def knows(self, authorization: str, sent: dict) -> bool:
        if "client_secret" in sent:
            return (sent["client_id"], sent["client_secret"]) == (CLIENT, SECRET)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        return [unquote(part) for part in pair.split(":")] == [CLIENT, SECRET]

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path.removeprefix("/realms/valley")
        if path == "/.well-known/openid-configuration":
            answer(handler, 200, json.dumps(self.description()).encode())
        elif path == "/keys":
            answer(handler, 200, json.dumps({"keys": self.keys}).encode())
        elif path == "/token" and handler.command == "POST":
            self.redeem(handler)
        elif path == "/userinfo" and handler.headers["Authorization"] == "Bearer at":
            answer(handler, 200, json.dumps({"sub": self.subject, **self.told}).encode())
        else:
            answer(handler, 404)


@contextmanager
def provider_server(folder: Path) -> Iterator[Idp]:
    """A running provider on this machine; its certificate is in `folder/certificate.pem`."""
    idp = Idp()
    with https_server(["localhost"], folder, idp.handle) as served:
        idp.served = served
        yield idp


def as_query(brought: dict[str, str]) -> str:
    return urlencode(brought)
