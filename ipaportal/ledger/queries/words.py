"""What somebody looks for, as the database is asked for it."""

from collections.abc import Iterable

from django.db.models import Q


def begins(field: str, text: str) -> Q:
    """Rows in which a word of a field begins with a text."""
    return Q(**{f"{field}__istartswith": text}) | Q(**{f"{field}__icontains": f" {text}"})


def words_begin(choices: Iterable[tuple[str, str]], text: str) -> list[str]:
    """The codes of those choices in whose name a word begins with a text."""
    asked = f" {text.casefold()}"
    return [code for code, name in choices if asked in f" {name.casefold()}"]
