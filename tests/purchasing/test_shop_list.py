"""The list of group orders in a practice's shop: in how many items of each it is."""

import pytest

from purchasing.queries.orders import parts_in, shown_items
from tests.purchasing.group_orders import Shop

pytestmark = pytest.mark.django_db


def told(shop: Shop, who: int) -> tuple[int, int]:
    """What the list says, which is what the order's own page shows."""
    me = shop.managers[who]
    shown = shown_items(actor=me, order=shop.order)
    by_page = (sum(bool(one.mine) for one in shown), len(shown))
    assert parts_in(actor=me) == {shop.order.pk: by_page}
    return by_page


def test_counts_what_the_page_of_an_order_shows(shop, django_assert_max_num_queries):
    assert told(shop, 0) == (0, 2)
    shop.commit(0, 5)
    shop.commit(1, 5)
    assert (told(shop, 0), told(shop, 1), told(shop, 2)) == ((1, 2), (1, 2), (0, 2))
    with django_assert_max_num_queries(3):
        parts_in(actor=shop.managers[0])
