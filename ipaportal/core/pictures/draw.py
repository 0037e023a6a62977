"""The pen of the pictures: exact numbers, escaped text, one frame with title and description."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from html import escape

Number = int | Fraction


@dataclass(frozen=True)
class Picture:
    """A drawing (for wide and for narrow screens) and the same numbers as a table."""

    title: str
    svg: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    legend: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.svg


def num(value: Number) -> str:
    """Write a coordinate to a thousandth, from an exact fraction, the same everywhere."""
    thousandths = round(Fraction(value) * 1000)
    sign, size = ("-" if thousandths < 0 else ""), abs(thousandths)
    text = f"{sign}{size // 1000}.{size % 1000:03d}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def attrs(**values: object) -> str:
    """Write attributes, escaped; empty ones are left out, cls is class, _ is -."""
    written = []
    for name, value in values.items():
        if value is None or value == "":
            continue
        shown = num(value) if isinstance(value, Fraction) else str(value)
        key = "class" if name == "cls" else name.replace("_", "-")
        written.append(f' {key}="{escape(shown, quote=True)}"')
    return "".join(written)


def text(x: Number, y: Number, words: str, cls: str = "") -> str:
    """A line of text."""
    return f'<text x="{num(x)}" y="{num(y)}"{attrs(cls=cls)}>{escape(words)}</text>'


def rect(
    x: Number, y: Number, width: Number, height: Number, cls: str, *, cents: int | None = None
) -> str:
    """A rectangle; `cents` is kept beside it for whoever checks the scale."""
    sides = f'x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"'
    return f"<rect {sides}{attrs(cls=cls, data_cents=cents)}/>"


def line(x1: Number, y1: Number, x2: Number, y2: Number, cls: str) -> str:
    """A straight line."""
    return f'<path d="M{num(x1)} {num(y1)}L{num(x2)} {num(y2)}" class="{cls}"/>'


def linked(href: str, label: str, body: str, cls: str = "") -> str:
    """A group with a tooltip; a link when there is somewhere to go."""
    inner = f"<title>{escape(label)}</title>{body}"
    if href:
        return f"<a{attrs(href=href, cls=cls, aria_label=label)}>{inner}</a>"
    return f"<g{attrs(cls=cls)}>{inner}</g>"


def framed(
    title: str, desc: str, width: Number, height: Number, parts: Iterable[str], cls: str = ""
) -> str:
    """
    A drawing with title and description.

    One with links is a group of links for a screen reader, because an image hides what is in it.
    """
    body = "".join(parts)
    key = sha256(f"{title}{desc}{cls}{body}".encode()).hexdigest()[:10]
    role = "group" if "<a " in body else "img"
    return (
        f'<svg class="pic {cls}" viewBox="0 0 {num(width)} {num(height)}" role="{role}" '
        f'aria-labelledby="t{key} d{key}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="t{key}">{escape(title)}</title><desc id="d{key}">{escape(desc)}</desc>'
        f"{body}</svg>"
    )


def empty(title: str, words: str) -> str:
    """A drawing of nothing that says what will stand here."""
    both = []
    for cls, width in (("wide", 1000), ("narrow", 360)):
        parts = [rect(0, 0, width, 96, "bed"), *wrapped(width // 2, 44, words, width // 8)]
        both.append(framed(title, words, width, 96, parts, cls))
    return "".join(both)


def wrapped(x: int, y: int, words: str, limit: int) -> list[str]:
    """Lines of centred text."""
    lines, current = [], ""
    for word in words.split():
        if current and len(current) + len(word) + 1 > limit:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}".strip()
    shown = [*lines, current]
    return [text(x, y + 18 * i, part, "soft mid") for i, part in enumerate(shown)]


def clipped(words: str, limit: int) -> str:
    """A label that fits; the whole one is in the tooltip and in the table."""
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"
