import re
from pathlib import Path

import pytest

from ipaportal import settings

ROOT = settings.BASE_DIR / "ipaportal"
CSS = (ROOT / "static" / "portal.css").read_text(encoding="utf-8")
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", CSS)
}
PAIRS = [
    *(
        (ink, ground)
        for ink in ("ink", "muted", "accent")
        for ground in ("ground", "surface", "sunken")
    ),
    *(
        (ink, ground)
        for ink in ("warm", "bad", "good")
        for ground in ("ground", "surface", "sunken")
    ),
    *((tone, f"{tone}-tint") for tone in ("warm", "bad", "good")),
    *(("ink", f"{tone}-tint") for tone in ("accent", "warm", "bad", "good")),
    ("accent", "warm-tint"),
    ("muted", "accent-tint"),
    ("accent", "bad-tint"),
    ("accent", "good-tint"),
    ("accent-strong", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    *(("ink", flow) for flow in ("flow", "flow-soft", "flow-warm", "flow-bad", "flow-good")),
]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_is_legible_in_both_themes(text, ground, theme):
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_shows_the_edges_of_controls(theme):
    assert contrast(TOKENS["edge"][theme], TOKENS["surface"][theme]) >= 3


def test_uses_only_the_five_sizes_of_type():
    sizes = set(re.findall(r"--text-(\d+):", CSS))
    assert sizes == {"13", "15", "18", "24", "32"}


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "templates").rglob("*.html")),
    ids=lambda path: path.name,
)
def test_has_no_inline_style_or_script(path: Path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|hx-on", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))
