"""The front page's tasks and numbers and the search, gathered from the apps that settings name."""

from datetime import date
from functools import cache
from importlib import import_module

from django.conf import settings

from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Found
from ipaportal.core.roles import Role

# What to tell whose work is elsewhere, or not in the portal yet, instead of an empty page.
GUIDES = {
    Role.PLAN_AUDITOR: "You are a guest. Samples that the IPA drew for your plan stand under File "
    "audits, and audits that it opened to you under Plan audits, until the last day of your visit.",
    Role.PURCHASING: "Orders to announce, to award and to send appear here. The catalogue and "
    "suppliers' prices are under Buying.",
}


def guides_for(actor: Actor) -> list[str]:
    """Sentences for a front page on which nothing waits."""
    return [words for role, words in GUIDES.items() if role in actor.roles]


def _call(dotted: str):
    module, name = dotted.rsplit(".", 1)
    return getattr(import_module(module), name)


@cache
def _functions(dotted_names: tuple[str, ...]) -> list:
    return [_call(dotted) for dotted in dotted_names]


def cards_for(actor: Actor, today: date) -> Cards:
    """Everything to do now, the most urgent first, and the numbers of this actor's roles."""
    cards = [card(actor, today) for card in _functions(tuple(settings.HOME_CARDS))]
    tasks = [task for card in cards for task in card.tasks]
    tasks.sort(key=lambda task: (task.tone != "bad", task.due or date.max, task.verb))
    return Cards(tuple(tasks), tuple(number for card in cards for number in card.numbers))


def found_for(actor: Actor, text: str) -> list[Found]:
    """What the apps find for a text; nothing for less than two letters."""
    if len(text) < 2:
        return []
    sources = _functions(tuple(settings.HOME_SEARCH))
    return [found for source in sources for found in source(actor, text)]
