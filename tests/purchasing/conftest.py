"""The world that tests of buying together share, by its name."""

from tests.purchasing.group_orders import shop  # noqa: F401 - a fixture
