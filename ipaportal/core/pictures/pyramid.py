"""A panel by age and sex, back to back."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import count_text


@dataclass(frozen=True)
class Band:
    """An age band's members by sex, youngest band first."""

    label: str
    female: int
    male: int
    href: str = ""


def panel_pyramid(bands: Sequence[Band], *, title: str = "Panel by age and sex") -> Picture:
    """Draw women to the left and men to the right, the oldest band on top."""
    most = max((max(band.female, band.male) for band in bands), default=0)
    if not most:
        words = "No members are on this panel yet."
        return Picture(title, draw.empty(title, words))
    desc = "; ".join(f"{b.label}: {b.female} women, {b.male} men" for b in bands)
    svg = "".join(
        _drawn(bands, most, title, desc, width, cls)
        for width, cls in ((760, "mid"), (360, "narrow"))
    )
    rows = tuple(
        (b.label, count_text(b.female), count_text(b.male), count_text(b.female + b.male))
        for b in bands
    )
    return Picture(title, svg, ("Age", "Women", "Men", "All"), rows)


def _drawn(bands: Sequence[Band], most: int, title: str, desc: str, width: int, cls: str) -> str:
    middle, half, row, room = width // 2, 36, 26, 52
    scale = Fraction(middle - half - room, most)
    parts = [
        draw.text(middle - half, 14, "Women", "soft end"),
        draw.text(middle + half, 14, "Men", "soft"),
    ]
    for i, band in enumerate(reversed(bands)):
        y, left, right = 22 + i * row, band.female * scale, band.male * scale
        body = draw.text(middle, y + 16, band.label, "mid")
        body += draw.rect(middle - half - left, y + 3, left, 18, "bar", cents=band.female)
        body += draw.rect(middle + half, y + 3, right, 18, "bar t-flow", cents=band.male)
        body += draw.text(middle - half - left - 6, y + 16, count_text(band.female), "soft end")
        body += draw.text(middle + half + right + 6, y + 16, count_text(band.male), "soft")
        said = f"{band.label}: {count_text(band.female)} women, {count_text(band.male)} men"
        parts.append(draw.linked(band.href, said, body))
    return draw.framed(title, desc, width, 26 + row * len(bands), parts, cls)
