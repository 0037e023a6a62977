"""Another server's word about who somebody is: taken when all is right, and never otherwise."""

import base64
import ipaddress
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ipaportal.core.oidc import Identity, OidcRefused, Provider, Registration, begin
from ipaportal.core.outbound import Guard
from tests.oidc import CLIENT, EC_KEY, RSA_KEY, SECRET, STRANGERS_KEY, provider_server, public_key

BACK = "https://portal.test/people/sso/back/"


@pytest.fixture
def idp(tmp_path):
    with provider_server(tmp_path) as running:
        yield running


def provider_of(idp, **changes):
    guard = Guard(
        hosts=frozenset({f"localhost:{idp.served.port}"}),
        networks=(ipaddress.ip_network("127.0.0.0/8"),),
        context=idp.served.context,
    )
    return Provider(Registration(idp.issuer, CLIENT, SECRET, **changes), lambda: guard)


def come_back(idp, provider=None, *, fresh=False, later=0, **brought):
    """Go there and come back."""
    provider, now = provider or provider_of(idp), time.time()
    begun = begin(now, fresh=fresh)
    answer = idp.visit(provider.address(begun, BACK, now), **brought)
    return provider.identity(begun, answer, BACK, now + later)


def segment(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def pem(key) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_says_who_came_back(idp):
    assert come_back(idp) == Identity(idp.issuer, "00u-7", "ana@ipa.test", True, False)


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256", "ES256"])
def test_takes_signatures_of_private_keys(idp, algorithm):
    key = EC_KEY if algorithm == "ES256" else RSA_KEY
    idp.key, idp.algorithm, idp.keys = key, algorithm, [public_key(key, "r1", algorithm)]
    assert come_back(idp).subject == "00u-7"


def test_sends_its_secret_as_the_provider_wants_it(idp):
    idp.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert come_back(idp).subject == "00u-7"


def test_every_sign_in_has_words_of_its_own(idp):
    provider = provider_of(idp)
    asked = [provider.address(begin(0), BACK, time.time()) for _ in range(3)]
    assert len(set(asked)) == 3
    assert all(begin(0).verifier not in one for one in asked)


@pytest.mark.parametrize(
    ("_case", "claims", "why"),
    [
        ("nonce of another sign-in", {"nonce": "x"}, "another sign-in"),
        ("no nonce", {"nonce": None}, "no token"),
        ("for another portal", {"aud": "another portal"}, "for another portal"),
        ("for several, of which none is said to ask", {"aud": [CLIENT, "b"]}, "another portal"),
        ("asked for by another", {"aud": [CLIENT, "b"], "azp": "b"}, "another portal"),
        ("one audience, asked for by another", {"azp": "b"}, "another portal"),
        ("of another provider", {"iss": "https://idp.evil.test"}, "another provider"),
        ("almost the issuer", {"iss": "https://localhost/realms/valley/"}, "another provider"),
        ("over", {"exp": int(time.time()) - 120}, "time is over"),
        ("old", {"iat": int(time.time()) - 3600}, "time is over"),
        ("of tomorrow", {"iat": int(time.time()) + 3600}, "no token"),
        ("not yet", {"nbf": int(time.time()) + 3600}, "no token"),
        ("nobody", {"sub": None}, "no token"),
        ("nobody's name", {"sub": ""}, "no token"),
        ("endless name", {"sub": "s" * 256}, "no token"),
        ("without end", {"exp": None}, "no token"),
    ],
)
def test_believes_no_token_that_is_not_for_this_sign_in(idp, _case, claims, why):
    idp.claims = claims
    with pytest.raises(OidcRefused, match=why):
        come_back(idp)


def unsigned(claims, algorithm="none"):
    return f"{segment({'alg': algorithm, 'typ': 'JWT'})}.{segment(claims)}."


def signed_with_the_public_key(claims):
    """The oldest trick: the published key taken as the secret of a shared-secret signature."""
    return jwt.encode(claims, base64.b64encode(pem(RSA_KEY)), "HS256", headers={"kid": "r1"})


def altered(claims):
    head, _, signature = jwt.encode(claims, RSA_KEY, "RS256", headers={"kid": "r1"}).split(".")
    return f"{head}.{segment({**claims, 'sub': 'the administrator'})}.{signature}"


@pytest.mark.parametrize(
    ("forge", "why"),
    [
        (unsigned, "kind that is not taken"),
        (lambda claims: unsigned(claims, "None"), "kind that is not taken"),
        (signed_with_the_public_key, "kind that is not taken"),
        (altered, "signature is wrong"),
        (lambda claims: unsigned(claims, "RS256"), "signature is wrong|no token"),
        (
            lambda claims: jwt.encode(claims, STRANGERS_KEY, "RS256", headers={"kid": "r1"}),
            "signature is wrong",
        ),
        (
            lambda claims: jwt.encode(
                claims,
                STRANGERS_KEY,
                "RS256",
                headers={"kid": "s1", "jwk": public_key(STRANGERS_KEY, "s1", "RS256")},
            ),
            "key that the provider does not have",
        ),
        (lambda _: "", "no token"),
        (lambda _: "a.b.c", "no token"),
        (lambda _: "[" * 5000, "no token"),
    ],
)
def test_believes_no_forged_token(idp, forge, why):
    idp.forge = forge
    with pytest.raises(OidcRefused, match=why):
        come_back(idp)


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_takes_no_short_key(idp):
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    idp.key, idp.keys = short, [public_key(short, "r1", "RS256")]
    with pytest.raises(OidcRefused):
        come_back(idp)


def test_takes_no_key_that_is_for_something_else(idp):
    idp.keys = [{**public_key(RSA_KEY, "r1", "RS256"), "use": "enc"}]
    with pytest.raises(OidcRefused, match="does not have"):
        come_back(idp)


@pytest.mark.parametrize(
    ("_case", "brought", "why"),
    [
        ("of another sign-in", {"state": "x"}, "another sign-in"),
        ("mixed up: from another provider", {"iss": "https://evil.test"}, "another provider"),
        ("does not say from whom", {"iss": None}, "another provider"),
        ("not let in", {"error": "access_denied", "code": None}, "did not let them in"),
        ("not let in, with a code", {"error": "access_denied"}, "did not let them in"),
        ("nothing", {"code": None}, "no code"),
        ("a code that nobody gave", {"code": "guessed"}, "gave no answer about the code"),
    ],
)
def test_takes_no_answer_that_is_not_as_asked(idp, _case, brought, why):
    with pytest.raises(OidcRefused, match=why):
        come_back(idp, **brought)


def test_takes_a_code_once(idp):
    provider, now = provider_of(idp), time.time()
    begun = begin(now)
    answer = idp.visit(provider.address(begun, BACK, now))
    assert provider.identity(begun, answer, BACK, now)
    with pytest.raises(OidcRefused, match="gave no answer about the code"):
        provider.identity(begun, answer, BACK, now)


def test_a_stolen_code_is_of_no_use_in_another_sign_in(idp):
    provider, now = provider_of(idp), time.time()
    theirs, mine = begin(now), begin(now)
    stolen = idp.visit(provider.address(theirs, BACK, now))["code"]
    brought = {**idp.visit(provider.address(mine, BACK, now)), "code": stolen}
    with pytest.raises(OidcRefused, match="gave no answer about the code"):  # another verifier
        provider.identity(mine, brought, BACK, now)


def test_ends_a_sign_in_that_takes_too_long(idp):
    with pytest.raises(OidcRefused, match="took too long"):
        come_back(idp, later=601)


def test_asks_only_the_provider_that_was_set(idp):
    idp.about = {"issuer": "https://evil.test"}
    with pytest.raises(OidcRefused, match="another name"):
        come_back(idp)


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
def test_asks_no_host_that_is_not_allowed(idp, name):
    idp.about = {name: "https://evil.test/"}
    with pytest.raises(OidcRefused, match="cannot be asked"):
        come_back(idp)


@pytest.mark.parametrize("where", ["http://localhost/authorize", "javascript:alert(1)", None])
def test_sends_nobody_to_a_page_without_https(idp, where):
    idp.about = {"authorization_endpoint": where}
    with pytest.raises(OidcRefused, match="does not say where"):
        provider_of(idp).address(begin(0), BACK, time.time())


def test_learns_a_new_key_and_forgets_the_old(idp):
    provider = provider_of(idp)
    come_back(idp, provider)
    idp.key, idp.header = STRANGERS_KEY, {"kid": "r2"}
    idp.keys = [public_key(STRANGERS_KEY, "r2", "RS256")]
    assert come_back(idp, provider, later=31).subject == "00u-7"
    idp.key, idp.header = RSA_KEY, {"kid": "r1"}
    with pytest.raises(OidcRefused, match="does not have"):
        come_back(idp, provider, later=62)


# ---- who is asked anew, second factors, addresses -----------------------------------------------


def test_asks_for_a_new_proof_and_looks_whether_it_was_given(idp):
    provider, now = provider_of(idp), time.time()
    address = provider.address(begin(now, fresh=True), BACK, now)
    assert "prompt=login" in address
    assert "max_age=0" in address
    assert come_back(idp, provider, fresh=True).subject == "00u-7"


@pytest.mark.parametrize("hours", [None, -1, 1, "now", True])
def test_takes_no_old_proof_for_a_new_one(idp, hours):
    is_time = isinstance(hours, int) and not isinstance(hours, bool)
    idp.claims = {"auth_time": int(time.time()) + hours * 3600 if is_time else hours}
    with pytest.raises(OidcRefused, match="asked anew"):
        come_back(idp, fresh=True)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "phishing-resistant"}, True),
        ({"amr": ["pwd"], "acr": "0"}, False),
        ({"amr": "mfa"}, False),
        ({"amr": [["mfa"]], "acr": ["phishing-resistant"]}, False),
        ({}, False),
    ],
)
def test_believes_a_second_factor_only_as_settings_say(idp, claims, expected):
    idp.claims = claims
    words = {"mfa_amr": frozenset({"mfa"}), "mfa_acr": frozenset({"phishing-resistant"})}
    assert come_back(idp, provider_of(idp, **words)).has_mfa is expected
    assert come_back(idp).has_mfa is False


@pytest.mark.parametrize(
    ("said", "expected"), [(True, True), ("true", True), (False, False), (None, False), (1, False)]
)
def test_an_address_counts_as_verified_only_if_it_is_said(idp, said, expected):
    idp.claims = {"email_verified": said}
    assert come_back(idp).email_verified is expected


def test_asks_for_the_address_of_the_same_person(idp):
    idp.about = {"userinfo_endpoint": f"{idp.issuer}/userinfo"}
    idp.claims = {"email": None, "email_verified": None}
    idp.told = {"email": "Ana@IPA.test", "email_verified": True}
    found = come_back(idp)
    assert (found.email, found.email_verified) == ("ana@ipa.test", True)
    idp.told = {"sub": "somebody else", "email": "ana@ipa.test", "email_verified": True}
    with pytest.raises(OidcRefused, match="two people"):
        come_back(idp)


def test_says_where_the_session_there_ends(idp):
    provider = provider_of(idp)
    address = provider.sign_out_address("https://portal.test/account/login/", time.time())
    assert address.startswith(f"{idp.issuer}/logout?realm=valley&client_id=")
    idp.about = {"end_session_endpoint": None}
    assert provider_of(idp).sign_out_address(BACK, time.time()) is None


def test_never_shows_its_secret():
    assert SECRET not in repr(Registration("https://idp.test", CLIENT, SECRET))
