"""The signature picture: where a month's dollars went, every width to scale."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from ipaportal.core.pictures import draw
from ipaportal.core.pictures.draw import Picture
from ipaportal.core.words import dollars_text

WIDE, TALL, LABEL_ROOM = 1000, 300, 216
BAR, HEAD, ROW, GAP = 8, 26, 36, 6
NARROW, NARROW_ROW = 360, 48


@dataclass(frozen=True)
class Branch:
    """An amount and what became of it; tones: "", soft, warm, bad, good."""

    label: str
    cents: int
    href: str = ""
    tone: str = ""
    parts: tuple["Branch", ...] = ()

    @property
    def gross(self) -> int:
        """The room the branch needs: what came in, or all that went out and came back."""
        return max(abs(self.cents), sum(abs(part.cents) for part in self.parts))


def money_tree(
    root: Branch,
    *,
    title: str = "Where the dollars went",
    nothing: str = "No money has moved yet. A plan file's dollars are drawn here once received.",
) -> Picture:
    """
    Draw an amount flowing into its parts, to scale, twice: wide, and as rows for phones.

    Parts that do not add up to their amount leave a branch "Not yet explained".
    """
    root = _explained(root)
    if not root.gross:
        return Picture(title, draw.empty(title, nothing))
    scale_of = max(branch.gross for branch, _ in _walk(root))
    desc = "; ".join(f"{b.label} {dollars_text(b.cents)}" for b, _ in _walk(root))
    svg = _wide(root, title, desc, Fraction(TALL, scale_of))
    svg += _narrow(root, title, desc)
    rows = tuple(
        ("\u2003" * depth + branch.label, dollars_text(branch.cents), _share(branch, root))
        for branch, depth in _walk(root)
    )
    return Picture(title, svg, ("Where", "Amount", f"Share of {root.label}"), rows)


def _explained(branch: Branch) -> Branch:
    if not branch.parts:
        return branch
    parts = [_explained(part) for part in branch.parts]
    missing = branch.cents - sum(part.cents for part in parts)
    if missing:
        parts.append(Branch("Not yet explained", missing, tone="bad"))
    # What came back stands under what went out, each in the order given.
    parts.sort(key=lambda part: part.cents < 0)
    return replace(branch, parts=tuple(parts))


def _walk(branch: Branch, depth: int = 0) -> Iterator[tuple[Branch, int]]:
    yield branch, depth
    for part in branch.parts:
        yield from _walk(part, depth + 1)


def _share(branch: Branch, root: Branch) -> str:
    if not root.cents:
        return ""
    tenths = round(Fraction(branch.cents * 1000, root.cents))
    sign = "−" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10} %"


def _said(branch: Branch) -> str:
    return f"{branch.label}: {dollars_text(branch.cents)}"


def _tone(branch: Branch) -> str:
    tone = "bad" if branch.cents < 0 and not branch.tone else branch.tone
    return f"t-{tone}" if tone else ""


def _wide(root: Branch, title: str, desc: str, scale: Fraction) -> str:
    depth = max(depth for _, depth in _walk(root))
    step = Fraction(WIDE - LABEL_ROOM - BAR, depth) if depth else Fraction(0)
    parts: list[str] = []
    _place(parts, root, (Fraction(0), Fraction(0)), step, scale, None)
    return draw.framed(title, desc, WIDE, _extent(root, scale) + 4, parts, "wide")


def _extent(branch: Branch, scale: Fraction) -> Fraction:
    """The height that a branch with all its parts and labels takes."""
    own = branch.gross * scale
    if not branch.parts:
        return max(own, Fraction(ROW))
    below = sum(_extent(part, scale) for part in branch.parts) + GAP * (len(branch.parts) - 1)
    return HEAD + max(own, Fraction(below))


def _place(
    parts: list[str],
    branch: Branch,
    at: tuple[Fraction, Fraction],
    step: Fraction,
    scale: Fraction,
    slot: tuple[Fraction, Fraction] | None,
) -> None:
    x, top = at
    y = top + (HEAD if branch.parts else 0)
    width = abs(branch.cents) * scale
    body = _ribbon(branch, slot, (x, y), width) if slot else ""
    body += _bar(branch, x, y, scale) + _label(branch, x, y, width)
    parts.append(draw.linked(branch.href, _said(branch), body, _tone(branch)))
    start, top_of_part = y, y
    for part in branch.parts:
        spot = (x + step, top_of_part)
        _place(parts, part, spot, step, scale, (x + BAR, start))
        start += abs(part.cents) * scale
        top_of_part += _extent(part, scale) + GAP


def _ribbon(
    branch: Branch,
    slot: tuple[Fraction, Fraction],
    end: tuple[Fraction, Fraction],
    width: Fraction,
) -> str:
    (x0, y0), (x1, y1) = slot, end
    bend, n = (x0 + x1) / 2, draw.num
    if not branch.cents:
        d = f"M{n(x0)} {n(y0)}C{n(bend)} {n(y0)} {n(bend)} {n(y1 + 8)} {n(x1)} {n(y1 + 8)}"
        return f'<path class="thread" d="{d}"/>'
    d = (
        f"M{n(x0)} {n(y0)}C{n(bend)} {n(y0)} {n(bend)} {n(y1)} {n(x1)} {n(y1)}"
        f"V{n(y1 + width)}C{n(bend)} {n(y1 + width)} {n(bend)} {n(y0 + width)} "
        f"{n(x0)} {n(y0 + width)}Z"
    )
    cls = "flow back" if branch.cents < 0 else "flow"
    return f'<path class="{cls}" data-cents="{branch.cents}" d="{d}"/>'


def _bar(branch: Branch, x: Fraction, y: Fraction, scale: Fraction) -> str:
    out = sum(part.cents for part in branch.parts if part.cents > 0)
    back = sum(-part.cents for part in branch.parts if part.cents < 0)
    solid = max(abs(branch.cents), out) if branch.parts else abs(branch.cents)
    drawn = draw.rect(x, y, BAR, solid * scale, "bar", cents=solid) if solid else ""
    if back:
        drawn += draw.rect(x, y + solid * scale, BAR, back * scale, "bar t-bad back", cents=-back)
    return drawn


def _label(branch: Branch, x: Fraction, y: Fraction, width: Fraction) -> str:
    amount = f"amount{' loss' if branch.cents < 0 else ''}"
    if branch.parts:
        words = draw.clipped(branch.label, 26)
        # One text with two parts, so that the amount follows the name at any font.
        return (
            f'<text x="{draw.num(x)}" y="{draw.num(y - 9)}" class="name halo">'
            f"{draw.escape(words)} "
            f'<tspan class="{amount}" dx="4">{dollars_text(branch.cents)}</tspan></text>'
        )
    middle = max(y + width / 2, y + 15)
    words = draw.clipped(branch.label, 34)
    return draw.text(x + BAR + 8, middle - 2, words, "name halo") + draw.text(
        x + BAR + 8, middle + 15, dollars_text(branch.cents), f"{amount} halo"
    )


Row = tuple[Branch, int, int]


def _narrow(root: Branch, title: str, desc: str) -> str:
    """Rows for phones: each a bar to scale that begins where it leaves its amount."""
    rows: list[Row] = []
    _lay(rows, root, 0, 0)
    low = min(begin for _, _, begin in rows)
    high = max(begin + abs(branch.cents) for branch, _, begin in rows)
    scale = Fraction(NARROW, high - low)
    parts = [
        _row(branch, depth, (begin - low) * scale, scale, i * NARROW_ROW)
        for i, (branch, depth, begin) in enumerate(rows)
    ]
    return draw.framed(title, desc, NARROW, NARROW_ROW * len(parts), parts, "narrow")


def _lay(rows: list[Row], branch: Branch, depth: int, start: int) -> None:
    """Where each bar begins, in cents; what came back ends where the cursor stands."""
    begin = start + branch.cents if branch.cents < 0 and depth else start
    rows.append((branch, depth, begin))
    cursor = begin
    for part in branch.parts:
        _lay(rows, part, depth + 1, cursor)
        cursor += part.cents


def _row(branch: Branch, depth: int, begin: Fraction, scale: Fraction, y: int) -> str:
    amount = f"amount end{' loss' if branch.cents < 0 else ''}"
    body = draw.text(depth * 10, y + 15, draw.clipped(branch.label, 32 - depth), "name")
    body += draw.text(NARROW, y + 15, dollars_text(branch.cents), amount)
    body += draw.rect(0, y + 24, NARROW, 12, "bed")
    if branch.cents:
        cls = "bar back" if branch.cents < 0 else "bar"
        body += draw.rect(begin, y + 24, abs(branch.cents) * scale, 12, cls, cents=branch.cents)
    return draw.linked(branch.href, _said(branch), body, _tone(branch))
