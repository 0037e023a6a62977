"""A page in the system's Chromium for every test that asks for one."""

from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.browsing import watched_page


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page that fails the test on any error of a script."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with watched_page() as page:
        yield page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed in the browser tells what the page said."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and page is not None:
        report.sections.append((f"The page, {page.url}", page.locator("body").inner_text()))
    return report
