"""
Beneath imports: asking a server of bulk exports, as SMART Backend Services says.

Everything is asked through `outbound`: https, hosts of OUTBOUND_HOSTS, addresses that are looked at
first, no redirects. A token is got for each step, signed for with the link's own key, and goes to
the server of the link and to no other. Of an answer that refuses only a status and a code are kept.
"""

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from compliance.formats.bulk_exports import BadAnswer, issue_code, object_in, same_host, smart_url
from compliance.models import HealthLink
from ipaportal.core.encryption import decrypt, place
from ipaportal.core.outbound import Answer, Guard, guard

MOST_BYTES = 64 << 20
SECONDS = 120
ALGORITHM = "ES384"
TOKEN_SECONDS = 240
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BUSY = (408, 425, 429, 500, 502, 503, 504)


class Later(Exception):
    """The server cannot answer now; `retry_after` is what it asks for."""

    def __init__(self, words: str, retry_after: str = "") -> None:
        super().__init__(words)
        self.words, self.retry_after = words, retry_after


class Denied(Exception):
    """The server will not answer this; asking again would not help."""


def new_key(kid: str) -> tuple[str, dict[str, object]]:
    """A private key as PEM, and the public one as the server is told it (a JWK)."""
    key = ec.generate_private_key(ec.SECP384R1())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    told = json.loads(jwt.get_algorithm_by_name(ALGORITHM).to_jwk(key.public_key()))
    return secret.decode(), {**told, "kid": kid, "alg": ALGORITHM, "use": "sig"}


def key_place(link_id: uuid.UUID) -> str:
    """What ties a link's key to its row."""
    return place("compliance_healthlink", "key_encrypted", link_id)


@dataclass
class Server:
    """The server of a link, for one step."""

    link: HealthLink
    now: datetime
    guard: Guard = field(
        default_factory=lambda: replace(
            guard(), most_bytes=MOST_BYTES, seconds=SECONDS, most_redirects=0
        )
    )
    _token: str = ""

    def get(
        self, url: str, what: str, *, good: Collection[int] = (200,), needs_token: bool = True,
        accept: str = "application/json", **headers: str,
    ) -> Answer:  # fmt: skip
        """
        Ask for something.

        :raises Denied: if it is of another server than the link's and needs a token, or is refused
        :raises Later: if the server is busy or broken
        """
        sent = {"Accept": accept, **headers}
        if needs_token:
            if not same_host(url, self.link.base_url):
                raise Denied(f"{what} lies on another server, which gets no token")
            sent["Authorization"] = f"Bearer {self.token()}"
        return _looked_at(self.guard.fetch(url, headers=sent), what, good)

    def token(self) -> str:
        """A token for this step."""
        self._token = self._token or self._new_token()
        return self._token

    def _new_token(self) -> str:
        described = self.guard.fetch(
            smart_url(self.link.base_url), headers={"Accept": "application/json"}
        )
        about = object_in(
            _looked_at(described, "what it says of itself").body, "what it says of itself"
        )
        endpoint = about.get("token_endpoint")
        if not isinstance(endpoint, str):
            raise BadAnswer("it does not say where tokens are given")
        sent = {
            "grant_type": "client_credentials",
            "scope": self.link.scope,
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(endpoint),
        }
        answer = self.guard.fetch(
            endpoint, method="POST", body=urlencode(sent).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded",
                     "Accept": "application/json"},
        )  # fmt: skip
        token = object_in(_looked_at(answer, "a token").body, "the token").get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise BadAnswer("it gave no token")
        return token

    def _assertion(self, endpoint: str) -> str:
        """Who asks, signed for this endpoint, for some minutes, and for one use."""
        at = int(self.now.timestamp())
        said = {
            "iss": self.link.client_id,
            "sub": self.link.client_id,
            "aud": endpoint,
            "jti": str(uuid.uuid4()),
            "iat": at,
            "exp": at + TOKEN_SECONDS,
        }
        key = decrypt(self.link.key_encrypted, key_place(self.link.pk))
        return jwt.encode(said, key, ALGORITHM, headers={"kid": self.link.public_key["kid"]})


def _looked_at(answer: Answer, what: str, good: Collection[int] = (200,)) -> Answer:
    if answer.status in good:
        return answer
    code = issue_code(answer.body)
    words = f"{what} was not given (HTTP {answer.status}{f', {code}' if code else ''})"
    if answer.status in BUSY:
        raise Later(words, answer.headers.get("retry-after", ""))
    raise Denied(words)
