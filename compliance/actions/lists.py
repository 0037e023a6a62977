"""Beneath the actions: lists that are loaded whole or not at all."""

from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural


class ListUnusable(Refused):
    """A list with faults, each with where it stands."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        told = " ".join(f"{where}: {words}" for where, words in problems[:3])
        super().__init__(
            f"The list has {plural(len(problems), 'problem')}, first {told} Nothing was recorded. "
            "Mend the list, and load it again."
        )
