"""Passwords: long, of any characters, typed or pasted as they are, never a known one."""

import pytest

from ipaportal.identity.web.forms import AcceptForm, SetUpForm

GOOD = "Fähre, 4 Uhr — 渡し船"


def faults(password: str, again: str | None = None, name: str = "Ana Ruiz-Velasco") -> dict:
    entries = {
        "name": name,
        "password": password,
        "password_again": password if again is None else again,
    }
    return AcceptForm(entries, email="ana.ruiz@ipa.test").errors


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "a long walk by the river",
        "twelve chars",
        "            spaces around them            ",
        "walks by a river " * 15,  # 255 characters
    ],
)
def test_takes_long_passwords_of_any_characters(password):
    assert faults(password) == {}


@pytest.mark.parametrize(
    ("_case", "password"),
    [
        ("eleven characters", "eleven char"),
        ("figures", "123456789012"),
        ("a known one with a tail", "Password1234"),
        ("a known one with a tail", "!!!sunshine-2026!!!"),
        ("few different letters", "ababababcdcdcdcd"),
        ("one's own name", "ana ruiz-velasco 1"),
        ("one's own address", "ana.ruiz@ipa.test"),
        ("none", ""),
    ],
)
def test_refuses_short_known_and_own_words(_case, password):
    assert "password" in faults(password)


def test_takes_a_password_exactly_as_typed():
    entries = {"name": "Ana", "password": f" {GOOD} ", "password_again": f" {GOOD} "}
    form = AcceptForm(entries, email="ana@ipa.test")
    assert form.is_valid()
    assert form.cleaned_data["password"] == f" {GOOD} "
    assert "password_again" in faults(GOOD, GOOD.upper())


@pytest.mark.parametrize("form", [AcceptForm(email="a@b.test"), SetUpForm(ask_token=True)])
def test_passwords_are_masked_and_may_be_pasted_and_kept(form):
    for name in ("password", "password_again"):
        html = str(form[name])
        assert 'type="password"' in html
        assert 'autocomplete="new-password"' in html
        assert "onpaste" not in html
        assert "maxlength" not in html
