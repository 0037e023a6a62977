"""What pages of health records share."""

from django.urls import reverse

TITLE = "Health records"


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of records."""
    here = reverse("compliance:health_record_list") if more else ""
    return [("Compliance", reverse("compliance:desk")), (TITLE, here), *more]
