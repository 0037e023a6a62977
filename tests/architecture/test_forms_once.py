"""Whatever moves money takes effect once: every such address asks for its page's token."""

import re

import pytest
from django.template import engines
from django.urls import reverse

from ipaportal.core.permissions import roles_for
from ipaportal.identity.web.once import FIELD, TOKEN
from tests.architecture import arrows
from tests.architecture.test_fresh_login import MONEY, address_of, doing
from tests.people import PASSWORD, client_of, make_user

FORM = re.compile(r"<form\b[^>]*\bmethod=\"post\"[^>]*>", re.IGNORECASE)


def test_every_address_that_moves_money_takes_effect_once():
    marked = {p.name for p in doing() if getattr(p.callback, "takes_effect_once", False)}
    assert marked == MONEY


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(MONEY))
def test_a_form_without_its_token_does_nothing(name):
    (pattern,) = [p for p in doing() if p.name == name]
    role = sorted(roles_for(pattern.callback.permission))[0]
    client = client_of(make_user("somebody@ipa.example", role))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answer = client.post(address_of(pattern), {FIELD: ""})
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.content.decode()


def test_every_form_of_ours_carries_a_token():
    """`{% csrf_token %}` writes both inputs, so a form that has the one has the other."""
    page = engines["django"].from_string("{% csrf_token %}{% csrf_token %}")
    tokens = re.findall(rf'name="{FIELD}" value="([^"]+)"', page.render({"csrf_token": "x"}))
    assert len(set(tokens)) == 2
    assert all(TOKEN.fullmatch(token) for token in tokens)
    bare = []
    for path in sorted(arrows.PROJECT.rglob("templates/**/*.html")):
        if ".venv" in path.parts:
            continue
        text = path.read_text()
        for found in FORM.finditer(text):
            if not text[found.end() :].lstrip().startswith("{% csrf_token %}"):
                bare.append((path.name, found.group()))
    assert bare == []
