"""Reads the plain part of YAML that our tables are written in; anything fancier is refused."""

import re
from pathlib import Path

LINE = re.compile(r"(?P<indent> *)(?P<key>[^\s'\"#\[{][^#]*?):(?: +(?P<value>.*))?$")
WORD = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,\[\]]*[^,\[\]\s]))\s*(?:,|$)""")
FANCY = ("{", "&", "*", "!", "|", ">", "%", "@", "`", "- ")


class NotPlain(ValueError):
    """A line that is not of the plain part."""


def load(path: Path) -> dict[str, object]:
    """
    Mappings by indentation, text, whole numbers, lists in brackets, comments.

    :raises NotPlain: at anything else, and at a key that stands twice
    """
    top: dict[str, object] = {}
    open_ones = [(-1, top)]
    for number, written in enumerate(_joined(path.read_text()), start=1):
        line = _bare(written)
        if not line.strip():
            continue
        found = LINE.match(line)
        if not found:
            raise NotPlain(f"{path.name}, line {number}: {written}")
        depth, key = len(found["indent"]), found["key"]
        while depth <= open_ones[-1][0]:
            open_ones.pop()
        into = open_ones[-1][1]
        if key in into:
            raise NotPlain(f"{path.name}, line {number}: {key} stands twice")
        if found["value"]:
            into[key] = _value(found["value"].strip())
        else:
            into[key] = {}
            open_ones.append((depth, into[key]))
    return top


def _joined(text: str) -> list[str]:
    """The lines; a list in brackets may run over several."""
    lines: list[str] = []
    for line in text.splitlines():
        is_open = bool(lines) and lines[-1].count("[") > lines[-1].count("]")
        if is_open and not lines[-1].lstrip().startswith("#"):
            lines[-1] = f"{_bare(lines[-1])} {line.strip()}"
        else:
            lines.append(line)
    return lines


def _bare(line: str) -> str:
    """A line without its comment."""
    return "" if line.lstrip().startswith("#") else re.sub(r" +# .*$", "", line).rstrip()


def _value(text: str) -> object:
    if text.startswith("["):
        return [_plain(a or b or c) for a, b, c in WORD.findall(text[1:-1].strip())]
    if text[:1] in "\"'":
        return text[1:-1]
    if text.startswith(FANCY):
        raise NotPlain(text)
    return _plain(text)


def _plain(text: str) -> object:
    return int(text) if re.fullmatch(r"\d+", text) else text
