"""
OpenID Connect: another server says who somebody is, by authorization code with PKCE.

Everything is asked through `outbound`. Nothing of an answer is believed but what is signed for this
portal, for this one sign-in, by a key of the issuer: OpenID Connect Core 1.0 section 3.1.3.7, the
mix-up defence of RFC 9207, PKCE of RFC 7636.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from urllib.parse import quote, urlencode, urlsplit

import jwt

from ipaportal.core.outbound import Answer, Guard, OutboundFailed, OutboundRefused

DISCOVERY = "/.well-known/openid-configuration"
# Only signatures that need a private key: with a shared secret, or none, anybody's word would do.
KEY_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
NEEDED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
SKEW_SECONDS = 60  # between two servers' clocks
MOST_SECONDS = 600  # between going there and coming back
FRESH_FOR_SECONDS = 60 * 60  # what the provider says of itself, and its keys
KEYS_AT_MOST_EVERY_SECONDS = 30
MOST_LETTERS = 255


class OidcRefused(Exception):
    """The provider's answer is not believed; `why` is one of our own words, never the other's."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Registration:
    """As what this portal is known to a provider, and what of its answers counts."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str = "openid email"
    algorithms: tuple[str, ...] = ALGORITHMS
    # Values of `acr` and `amr` that mean: a second factor was shown there.
    mfa_acr: frozenset[str] = frozenset()
    mfa_amr: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Begun:
    """One sign-in on its way; kept in the session of the browser that began it, and there alone."""

    state: str
    nonce: str
    verifier: str
    at: int
    fresh: bool = False  # whoever is asked has to show anew who they are


@dataclass(frozen=True)
class Identity:
    """Who the provider says it is."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    has_mfa: bool


def begin(now: float, *, fresh: bool = False) -> Begun:
    """Words for one sign-in that nobody can guess."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Begun(state, nonce, verifier, int(now), fresh)


class Provider:
    """A provider as this portal knows it; what it says of itself is asked once an hour."""

    def __init__(self, registration: Registration, guard: Callable[[], Guard]) -> None:
        self.registration, self.guard = registration, guard
        self._about: tuple[float, dict] | None = None
        self._keys: tuple[float, list[dict]] | None = None

    def address(self, begun: Begun, redirect_uri: str, now: float) -> str:
        """
        Where to send the browser.

        :raises OidcRefused: if the provider cannot be asked, or is not who it should be
        """
        challenge = hashlib.sha256(begun.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.registration.scopes,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if begun.fresh:
            asked |= {"prompt": "login", "max_age": "0"}
        if self.registration.mfa_acr:
            asked["acr_values"] = " ".join(sorted(self.registration.mfa_acr))
        return _with_query(self._endpoint("authorization_endpoint", now), asked)

    def sign_out_address(self, back_to: str, now: float) -> str | None:
        """Where a browser ends its session there too, if the provider has such a place."""
        try:
            endpoint = self._endpoint("end_session_endpoint", now)
        except OidcRefused:
            return None
        known_as = {"client_id": self.registration.client_id}
        return _with_query(endpoint, {**known_as, "post_logout_redirect_uri": back_to})

    def identity(
        self, begun: Begun, answer: Mapping[str, str], redirect_uri: str, now: float
    ) -> Identity:
        """
        Who came back.

        :raises OidcRefused: if anything about the answer is not as it has to be
        """
        self._check_answer(begun, answer, now)
        tokens = self._redeem(begun, answer["code"], redirect_uri, now)
        claims = self._claims(str(tokens.get("id_token", "")), now)
        self._check_claims(begun, claims, now)
        if "email" not in claims:
            claims = {**self._more_about(tokens, claims["sub"], now), **claims}
        return self._said(claims)

    def _check_answer(self, begun: Begun, answer: Mapping[str, str], now: float) -> None:
        if not compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise OidcRefused("it belongs to another sign-in")
        if not 0 <= now - begun.at <= MOST_SECONDS:
            raise OidcRefused("it took too long")
        about = self._described(now)
        must_name = about.get("authorization_response_iss_parameter_supported") is True
        if (must_name or "iss" in answer) and answer.get("iss") != self.registration.issuer:
            raise OidcRefused("it came from another provider")
        if "error" in answer:
            raise OidcRefused("the provider did not let them in")
        if not answer.get("code"):
            raise OidcRefused("it holds no code")

    def _redeem(self, begun: Begun, code: str, redirect_uri: str, now: float) -> dict:
        registration = self.registration
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": begun.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        ways = self._described(now).get("token_endpoint_auth_methods_supported")
        if isinstance(ways, list) and "client_secret_basic" not in ways:
            sent |= {"client_id": registration.client_id}
            sent |= {"client_secret": registration.client_secret}
        else:  # what a provider that says nothing takes
            pair = f"{quote(registration.client_id, '')}:{quote(registration.client_secret, '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        endpoint = self._endpoint("token_endpoint", now)
        body = urlencode(sent).encode()
        return self._asked(endpoint, "the code", method="POST", headers=headers, body=body)

    def _claims(self, token: str, now: float) -> dict:
        try:
            header = jwt.get_unverified_header(token)
            algorithm = str(header.get("alg"))
            if algorithm not in self.registration.algorithms:
                raise OidcRefused("its signature is of a kind that is not taken")
            key = jwt.PyJWK(self._key(header.get("kid"), algorithm, now), algorithm)
            return jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=self.registration.client_id,
                issuer=self.registration.issuer,
                leeway=SKEW_SECONDS,
                options={"require": NEEDED, "enforce_minimum_key_length": True},
            )
        except jwt.ExpiredSignatureError as failure:
            raise OidcRefused("its time is over") from failure
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as failure:
            raise OidcRefused("it is for another portal, or of another provider") from failure
        except jwt.InvalidSignatureError as failure:
            raise OidcRefused("its signature is wrong") from failure
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as failure:
            raise OidcRefused("it is no token as it should be") from failure

    def _key(self, kid: object, algorithm: str, now: float) -> dict:
        """The one key of the provider that a token can be signed with; asked anew if unknown."""
        for asked_anew in (False, True):
            suitable = [
                one
                for one in self._published(now, anew=asked_anew)
                if one.get("kty") == KEY_KINDS[algorithm[:2]]
                and one.get("use", "sig") == "sig"
                and one.get("alg", algorithm) == algorithm
                and (kid is None or one.get("kid") == kid)
            ]
            if len(suitable) == 1:
                return suitable[0]
        raise OidcRefused("it is signed with a key that the provider does not have")

    def _published(self, now: float, *, anew: bool) -> list[dict]:
        most = KEYS_AT_MOST_EVERY_SECONDS if anew else FRESH_FOR_SECONDS
        if self._keys is None or not 0 <= now - self._keys[0] < most:
            found = self._asked(self._endpoint("jwks_uri", now), "the keys").get("keys")
            keys = (
                [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
            )
            self._keys = (now, keys)
        return self._keys[1]

    def _check_claims(self, begun: Begun, claims: dict, now: float) -> None:
        mine, audience = self.registration.client_id, claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", None if several else mine) != mine:
            raise OidcRefused("it is for another portal, or of another provider")
        if not compare_digest(str(claims["nonce"]).encode(), begun.nonce.encode()):
            raise OidcRefused("it belongs to another sign-in")
        if not now - int(claims["iat"]) <= MOST_SECONDS + SKEW_SECONDS:
            raise OidcRefused("its time is over")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= MOST_LETTERS:
            raise OidcRefused("it is no token as it should be")
        if begun.fresh:
            shown_at = claims.get("auth_time")
            known = isinstance(shown_at, int | float) and not isinstance(shown_at, bool)
            if not known or not begun.at - SKEW_SECONDS <= shown_at <= now + SKEW_SECONDS:
                raise OidcRefused("nobody was asked anew who they are")

    def _more_about(self, tokens: dict, subject: str, now: float) -> dict:
        """What the provider tells apart from the token, if it is of the same person."""
        if "userinfo_endpoint" not in self._described(now) or not tokens.get("access_token"):
            return {}
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        endpoint = self._endpoint("userinfo_endpoint", now)
        told = self._asked(endpoint, "the address", headers=headers)
        if told.get("sub") != subject:
            raise OidcRefused("the provider speaks of two people")
        return {name: told[name] for name in ("email", "email_verified") if name in told}

    def _said(self, claims: dict) -> Identity:
        shown = claims.get("amr")
        ways = {one for one in shown if isinstance(one, str)} if isinstance(shown, list) else set()
        return Identity(
            issuer=self.registration.issuer,
            subject=claims["sub"],
            email=str(claims.get("email", "")).strip().lower()[:MOST_LETTERS],
            email_verified=str(claims.get("email_verified")) in ("True", "true"),
            has_mfa=str(claims.get("acr")) in self.registration.mfa_acr
            or bool(ways & self.registration.mfa_amr),
        )

    def _described(self, now: float) -> dict:
        if self._about is None or not 0 <= now - self._about[0] < FRESH_FOR_SECONDS:
            about = self._asked(self.registration.issuer.rstrip("/") + DISCOVERY, "itself")
            if about.get("issuer") != self.registration.issuer:
                raise OidcRefused("the provider calls itself by another name")
            self._about = (now, about)
        return self._about[1]

    def _endpoint(self, name: str, now: float) -> str:
        endpoint = self._described(now).get(name)
        if not isinstance(endpoint, str) or urlsplit(endpoint).scheme != "https":
            raise OidcRefused("the provider does not say where to ask")
        return endpoint

    def _asked(self, url: str, what: str, **sent: object) -> dict:
        try:
            answer = self.guard().fetch(url, **sent)
        except (OutboundRefused, OutboundFailed) as failure:
            raise OidcRefused("the provider cannot be asked") from failure
        return _as_object(answer, what)


def _as_object(answer: Answer, what: str) -> dict:
    try:
        told = json.loads(answer.body) if answer.status == 200 else None
    except (ValueError, RecursionError, binascii.Error):
        told = None
    if not isinstance(told, dict):
        raise OidcRefused(f"the provider gave no answer about {what}")
    return told


def _with_query(endpoint: str, asked: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"
