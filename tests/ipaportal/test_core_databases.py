"""The test databases themselves: clean before and after tests that commit."""

import pytest
from django.db import connection, transaction

from ipaportal.identity.models import Party


def names() -> set[str]:
    return set(Party.objects.values_list("name", flat=True))


@pytest.mark.django_db
def test_rolls_back_what_a_plain_test_writes_first():
    assert names() == set()
    Party.objects.create(name="plain", kind="practice")


@pytest.mark.parametrize("_again", [1, 2])
def test_gives_a_committing_test_a_fresh_database(committed_db, _again):
    assert names() == set()
    with transaction.atomic():
        Party.objects.create(name="committed", kind="practice")
    connection.close()
    assert names() == {"committed"}


@pytest.mark.django_db
def test_rolls_back_what_a_plain_test_writes():
    assert names() == set()


@pytest.mark.django_db
def test_keeps_to_a_database_of_its_own():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0].startswith("ipa_test_")
