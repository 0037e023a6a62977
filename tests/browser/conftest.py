"""A page in the system's Chromium for every test that asks for one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.browsing import watched_page


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page that fails the test on any error of a script."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with watched_page() as page:
        yield page
