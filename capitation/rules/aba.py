"""ABA routing numbers: nine digits, the last of which checks the others."""

_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)


def check_digit(first_eight: str) -> int:
    """The ninth digit that belongs to eight: weights 3 7 1, to the next multiple of ten."""
    total = sum(int(d) * w for d, w in zip(first_eight, _WEIGHTS, strict=True))
    return -total % 10


def is_routing_number(text: str) -> bool:
    """Whether nine digits could be a bank's routing number: the check digit, and not all zeros."""
    return (
        len(text) == 9
        and text.isascii()
        and text.isdigit()
        and int(text) != 0
        and check_digit(text[:8]) == int(text[8])
    )
