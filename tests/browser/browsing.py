"""What the browser tests share: the system's Chromium, axe, signing in, pictures."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from ipaportal.identity.models import User
from tests.people import PASSWORD, client_of

SHOTS = os.environ.get("IPA_SCREENSHOTS", "")
VIEWS = ((390, "light"), (390, "dark"), (1440, "dark"), (1440, "light"))
# Axe takes its time: each theme and each width once, the second time what hangs on them.
JUDGED = frozenset({(390, "dark"), (1440, "light")})
OF_A_VIEW = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
# What of a page that scrolls sideways sticks out, outside of what scrolls by itself.
WIDER = """width => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll("main *")]
    .filter(e => e.getBoundingClientRect().right > width + 1
      && !e.closest(".scroll, .chips, .tabs, pre, svg"))
    .map(e => e.outerHTML.slice(0, 120))
    .concat(document.documentElement.scrollWidth + " px wide")"""


AXE = Axe().axe_script
# Of the answer, what is violated: the rest is longer than the page. No page has frames.
FIND = """rules => axe.run(document, {resultTypes: ['violations'], iframes: false,
  ...(rules && {runOnly: rules})}).then(found => found.violations)"""
# Fonts are there and the new width has been painted.
SETTLED = """() => document.fonts.ready.then(() => new Promise(
  done => requestAnimationFrame(() => requestAnimationFrame(done))))"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; the connections of Playwright's own loop are closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()
        connections.close_all()


@contextmanager
def watched_page(*, with_console: bool = False) -> Iterator[Page]:
    """A page that fails the test on any error of a script, or also on any in the console."""
    errors: list[str] = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("pageerror", lambda error: errors.append(str(error)))
        if with_console:
            page.on("console", lambda m: m.type == "error" and errors.append(m.text))
        page.set_default_timeout(15_000)
        yield page
    assert errors == []


def findings(page: Page, rules: list[str] | None = None) -> list[dict]:
    """What axe finds on the page as it stands, by all rules or some; it is given axe once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(FIND, rules)


def judge(page: Page, name: str, rules: list[str] | None = None) -> None:
    """Let axe look at the page as it stands."""
    found = findings(page, rules)
    grave = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(name, v["id"], [n["html"] for n in v["nodes"]]) for v in grave] == []


def look(
    page: Page,
    name: str,
    judged: Collection[tuple[int, str]] = JUDGED,
    shots: str | Path = SHOTS,
    pictured: Collection[tuple[int, str]] = VIEWS,
) -> None:
    """See that the page fits each width and axe finds nothing grave; keep pictures if wished."""
    rules = None
    for width, scheme in VIEWS:
        is_pictured = bool(shots) and (width, scheme) in pictured
        if not is_pictured and (width, scheme) not in {*judged, *JUDGED}:
            continue
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        if (width, scheme) in judged:
            judge(page, name, rules)
            rules = OF_A_VIEW
        page.evaluate(SETTLED)
        wide = page.evaluate(WIDER, width)
        assert wide == [], f"{name} sticks out of {width} px: {wide}"
        if is_pictured:
            whole = page.locator("dialog[open]").count() == 0
            page.screenshot(path=f"{shots}/{name}-{width}-{scheme}.png", full_page=whole)


def sign_in(page: Page, home: str, user: User) -> None:
    """Be another person from here on, having just confirmed who it is."""
    client = client_of(user)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": home}]
    )
