"""Ranges of codes as contracts give them: from the first to the last, of one length."""


def lies_in(code: str, first: str, last: str) -> bool:
    """Whether a code lies in a range, both ends inclusive: letters and digits in order."""
    return len(code) == len(first) and first <= code <= last


def width(first: str, last: str) -> tuple[int, ...]:
    """How far a range reaches, to be compared: by the first place in which its ends differ."""
    return tuple(ord(b) - ord(a) for a, b in zip(first, last, strict=True))
