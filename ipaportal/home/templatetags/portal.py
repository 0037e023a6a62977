"""Filters and tags of every page: money, days, status words, addresses, cells, pictures."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from ipaportal.core import words
from ipaportal.core.parts import Column, Explain, Listing, value_of
from ipaportal.core.pictures import Picture
from ipaportal.home.queries.navigation import page_url
from ipaportal.home.templatetags import marks
from ipaportal.identity.web.searches import address_query

register = template.Library()
DAY = re.compile(r"(\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b)")


def _shown(function, value: Any) -> str:
    return "" if value is None or value == "" else function(value)


@register.filter
def money(cents: int | None) -> str:
    """Cents as 1,234.56; nothing for None."""
    return _shown(words.money_text, cents)


@register.filter
def dollars(cents: int | None) -> str:
    """Cents as $1,234.56; nothing for None."""
    return _shown(words.dollars_text, cents)


@register.filter
def month(day: date | None) -> str:
    """A month as October 2026."""
    return _shown(words.month_text, day)


@register.filter
def day(value: date | None) -> str:
    """A day as Oct 31, 2026."""
    return _shown(words.day_text, value)


@register.filter
def iso(value: date | None) -> str:
    """A day as 2026-10-31."""
    return _shown(words.iso_text, value)


@register.filter
def count(number: int | None) -> str:
    """A count as 1,204."""
    return _shown(words.count_text, number)


@register.filter
def price(value: Decimal | str | None) -> str:
    """What one pack costs, dollars without the sign: 9.00, 0.0125."""
    return _shown(lambda known: words.price_text(Decimal(known)), value or None)


@register.filter
def plural(number: int, forms: str) -> str:
    """1 member, 1,204 members: {{ n|plural:"member" }}, {{ n|plural:"entry,entries" }}."""
    one, _, many = forms.partition(",")
    return words.plural(number, one, many)


@register.filter
def tone(word: str) -> str:
    """A tone's class; "warn" is another name of "warm"."""
    return "warm" if word in ("warn", "warning") else word


@register.filter
def initials(name: str) -> str:
    """Up to two letters that stand for a person."""
    parts = [part for part in str(name).split() if part[0].isalnum()]
    return "".join(part[0] for part in ([parts[0], parts[-1]] if len(parts) > 1 else parts)).upper()


@register.filter
def shown(value: Any, kind: str = "text") -> str | SafeString:
    """A value by its kind: text, money, price, dollars, count, percent, day, iso, month, status."""
    if kind == "status":
        return status_word(str(value)) if value else ""
    if kind == "percent":
        return _shown(lambda pct: f"{Decimal(pct).normalize():f} %", value)
    by_kind = {"money": money, "dollars": dollars, "count": count, "day": day}
    by_kind |= {"iso": iso, "month": month, "price": price}
    return by_kind[kind](value) if kind in by_kind else _shown(str, value)


@register.simple_tag
def status_word(state: str, label: str = "", kind: str = "") -> SafeString:
    """A state as a word with its mark; `label` and `kind` (a tone) override the table."""
    tone_name, mark, word = marks.of_state(state)
    return format_html(
        '<span class="status {}">{}<span>{}</span></span>',
        tone(kind) or tone_name,
        marks.drawn(mark if not kind else marks.MARK_OF_TONE.get(tone(kind), mark)),
        label or word,
    )


@register.simple_tag
def mark(name: str) -> SafeString:
    """One mark: check, ring, half, bang, cross, dash, info."""
    return marks.drawn(name)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """This page's address with some parameters changed; an empty one is taken away."""
    request: HttpRequest | None = context.get("request")
    params = address_query(request) if request is not None else None
    if params is None:
        return "?"
    for key, value in changes.items():
        params.pop(key, None)
        if value not in (None, ""):
            params[key] = str(value)
    return f"?{params.urlencode()}"


@register.simple_tag(takes_context=True)
def chip_query(context: template.Context, param: str, value: str) -> str:
    """This page's address with one filter set, from its first page."""
    return query(context, **{param: value, "page": "", "after": ""})


@register.simple_tag(takes_context=True)
def sort_query(context: template.Context, listing: Listing, column: Column) -> str:
    """The address that sorts by a column, or turns it round."""
    turned = f"-{column.key}" if listing.sort == column.key else column.key
    return query(context, sort=turned, page="", after="")


@register.simple_tag
def sort_state(listing: Listing, column: Column) -> str:
    """The column's aria-sort."""
    if listing.sort.removeprefix("-") != column.key:
        return "none"
    return "descending" if listing.sort.startswith("-") else "ascending"


@register.simple_tag(takes_context=True)
def may_open(context: template.Context, url_name: str) -> str:
    """Where a page is, if whoever is signed in may open it."""
    actor = context.get("actor")
    return (page_url(actor, url_name) or "") if actor is not None else ""


@register.filter
def chip_is_on(listing: Listing, chip: Any) -> bool:
    """Whether the address already has this filter."""
    return listing.active.get(chip.param, "") == chip.value


@register.filter
def is_number(column: Column) -> bool:
    """Whether a column's values stand at the right."""
    return column.kind in ("money", "price", "count", "percent", "days", "dollars")


@register.simple_tag
def cell(row: Any, column: Column) -> str | SafeString:
    """A row's value in a column."""
    value = value_of(row, column.key)
    text = shown(value, "iso" if column.kind == "day" else column.kind)
    if column.kind == "link" or column.url:
        address = value_of(row, column.url or "url")
        if address:
            if column.kind == "link":
                return format_html('<a class="row-link" href="{}">{}</a>', address, text)
            if column.kind == "act":
                return format_html('<a class="button small" href="{}">{}</a>', address, text)
            if column.opens_page:
                return format_html('<a href="{}">{}</a>', address, text)
            # Opens in the drawer; without JavaScript it is a page.
            return format_html(
                '<a class="explain-link" href="{}" data-explain>{}</a>', address, text
            )
    if column.kind == "money" and isinstance(value, int) and value < 0:
        return format_html('<span class="money">{}</span>', text)
    return _with_whole_days(text) if column.kind == "text" else text


def _with_whole_days(text: Any) -> Any:
    """A text in which no date is broken over two lines at its dashes."""
    if not isinstance(text, str) or DAY.search(text) is None:
        return text
    pieces = DAY.split(text)  # texts and days take turns
    return format_html_join(
        "",
        "{}{}",
        (
            (one, format_html('<span class="iso">{}</span>', day))
            for one, day in zip(pieces[::2], [*pieces[1::2], ""], strict=True)
        ),
    )


@register.filter
def address_of(row: Any) -> str:
    """Where a row leads."""
    return str(value_of(row, "url") or "")


@register.filter
def label_of(column: Column) -> str:
    """A column's head as plain words."""
    return column.head


@register.simple_tag
def render_picture(picture: Picture, caption: str = "", note: str = "") -> SafeString:
    """A picture with its caption and the table under it."""
    template_of = template.loader.get_template("parts/picture.html")
    context = {"picture": picture, "caption": caption or picture.title, "note": note}
    return mark_safe(template_of.render(context))  # noqa: S308 - the template escapes


@register.filter
def svg(picture: Picture) -> SafeString:
    """A picture's drawing; its maker has escaped every text."""
    return mark_safe(str(picture))  # noqa: S308 - see ipaportal/core/pictures/draw.py


@register.filter
def has_parts(node: Explain) -> bool:
    """Whether an explanation opens further."""
    return bool(node.parts)


@register.filter
def lookup(mapping: Mapping[str, Any], key: str) -> Any:
    """A dict's value."""
    return mapping.get(key, "")


@register.filter
def with_slash_breaks(text: str) -> SafeString:
    """Long codes that may break after a slash or a star."""
    escaped = conditional_escape(text)
    return mark_safe(escaped.replace("/", "/<wbr>").replace("*", "*<wbr>"))  # noqa: S308
