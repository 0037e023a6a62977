"""Five years of work as a picture: places of work as bars, gaps between them marked."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from credentialing.rules.work_history import Asks, gaps, months_after
from ipaportal.core.pictures import Picture, draw
from ipaportal.core.words import day_text

TITLE = "Five years of work"
ROW, HEAD = 24, 22
NEEDS = {
    Asks.NOTHING: "short, nothing to explain",
    Asks.WORDS: "over six months: explain it",
    Asks.WRITING: "over a year: explain it in writing",
}


def work_picture(spans: Sequence[tuple[str, date, date | None]], today: date) -> Picture:
    """Draw where somebody worked in the last five years, and where nowhere."""
    begins = months_after(today, -60)
    shown = [(name, max(start, begins), min(end or today, today)) for name, start, end in spans
             if (end or today) > begins and start < today]  # fmt: skip
    found = gaps([(start, end) for _, start, end in spans], today)
    if not shown:
        return Picture(TITLE, draw.empty(TITLE, "Nothing is entered for the last five years yet."))
    rows = [(name, start, end, False, "") for name, start, end in sorted(shown, key=lambda s: s[1])]
    rows += [("Gap", gap.start, gap.end, True, NEEDS[gap.asks]) for gap in found]
    desc = "; ".join(f"{name} from {start} until {end}" for name, start, end, _, _ in rows)
    svg = "".join(
        _drawn(rows, begins, today, desc, width, names, cls)
        for width, names, cls in ((760, 200, "mid"), (360, 0, "narrow"))
    )
    table = tuple(
        (
            f"{name}: {note}" if note else name,
            day_text(start),
            day_text(end),
            str((end - start).days),
        )
        for name, start, end, _, note in rows
    )
    return Picture(TITLE, svg, ("Where", "From", "Until", "Days"), table)


def _drawn(rows, begins: date, today: date, desc: str, width: int, names: int, cls: str) -> str:
    scale = Fraction(width - names, max((today - begins).days, 1))
    row = ROW if names else ROW + 18
    parts = []
    for years in range(6):
        day = months_after(begins, 12 * years)
        x = min(names + (day - begins).days * scale, width - 34)
        parts.append(draw.text(x, 12, str(day.year), "soft"))
    for number, (name, start, end, is_gap, _) in enumerate(rows):
        y = HEAD + number * row
        x, size = names + (start - begins).days * scale, max((end - start).days * scale, 2)
        words = name if len(name) < 30 else f"{name[:28]}…"
        parts.append(draw.text(0, y + (13 if names else 12), words, ""))
        parts.append(
            draw.rect(x, y if names else y + 17, size, 16, "bar t-warm" if is_gap else "bar")
        )
    return draw.framed(TITLE, desc, width, HEAD + len(rows) * row + 4, parts, cls)
