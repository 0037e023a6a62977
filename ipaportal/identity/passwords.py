"""Passwords that are long and still the first to be tried: known ones with a tail, few letters."""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

FEWEST_DIFFERENT = 6
TAIL = re.compile(r"[\W\d_]+")


class GuessablePasswordValidator:
    """Refuse `password1234`, `111111222222` and digits alone, whatever their length."""

    def __init__(self) -> None:
        self.known = CommonPasswordValidator().passwords

    def validate(self, password: str, user: object = None) -> None:
        """
        Refuse what is guessed first.

        :raises ValidationError: if it is a known password with figures or signs, or has few letters
        """
        bare = TAIL.sub("", password.lower())
        if password.isdigit() or bare in self.known or len(set(password)) < FEWEST_DIFFERENT:
            raise ValidationError(
                "This is one of the first that is guessed: figures alone, few different letters, "
                "or a well-known password with something added. Take several words.",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return "Not a well-known password with something added."
