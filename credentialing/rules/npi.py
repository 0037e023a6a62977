"""National Provider Identifier: its check digit."""


def is_npi(text: str) -> bool:
    """
    Tell whether ten digits are a possible NPI: Luhn over `80840` and the number.

    Source: 45 CFR 162.406 and CMS, "Requirements for NPI and the Check Digit".
    """
    if len(text) != 10 or not text.isascii() or not text.isdigit() or text[0] not in "12":
        return False
    return _luhn_sum("80840" + text) % 10 == 0


def with_check_digit(nine: str) -> str:
    """Nine digits and the tenth that makes them an NPI."""
    return nine + str(-_luhn_sum("80840" + nine + "0") % 10)


def _luhn_sum(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total
