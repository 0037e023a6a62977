"""The parts in a real browser, with no server: pages of the gallery under the strict policy."""

import mimetypes
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import sync_playwright

from tests.browser.browsing import findings
from tests.gallery.pages import render_page

PAGES = ["statement", "run", "parts", "sign_in"]
SITE = "http://portal.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'"
)
EXPLAINED = '<h3>Received</h3><p>RMR*AZ*<a href="/explain/2" data-explain>98.41</a></p>'


@pytest.fixture(scope="module")
def rendered():
    """The pages, made before Playwright's loop runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ipaportal.home.context_processors._ipa_name", lambda: "IPA")
        return {name: render_page(name) for name in PAGES}


@pytest.fixture(scope="module")
def chromium(rendered):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def answer(route, rendered):
    path = route.request.url.removeprefix(SITE).partition("?")[0].lstrip("/")
    if path.startswith("static/"):
        found = Path(finders.find(path.removeprefix("static/")))
        route.fulfill(body=found.read_bytes(), content_type=mimetypes.guess_type(found)[0])
    elif path in rendered:
        headers = {"Content-Security-Policy": POLICY}
        route.fulfill(body=rendered[path], content_type="text/html; charset=utf-8", headers=headers)
    elif path.startswith("explain"):
        route.fulfill(body=EXPLAINED, content_type="text/html")
    elif path.startswith("inbox"):
        body = rendered["parts"].replace("<h1>Parts</h1>", "<h1>1 file received</h1>")
        route.fulfill(body=body, content_type="text/html; charset=utf-8")
    else:
        route.fulfill(body="<p>elsewhere</p>", content_type="text/html")


def new_page(chromium, rendered, width=1440):
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "console",
        lambda said: page.faults.append(said.text) if said.type == "error" else None,
    )
    page.route("**/*", lambda route: answer(route, rendered))
    return page


@pytest.fixture
def open_page(chromium, rendered):
    pages = []

    def open_(name, width=1440):
        pages.append(new_page(chromium, rendered, width))
        pages[-1].goto(f"{SITE}/{name}")
        return pages[-1]

    yield open_
    for page in pages:
        page.context.close()


@pytest.fixture(scope="module")
def shown(chromium, rendered):
    """One page for all that is only looked at: a context of one's own costs more than a look."""
    page = new_page(chromium, rendered)

    def show(name, width, scheme):
        page.faults.clear()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto(f"{SITE}/{name}")
        return page

    yield show
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", PAGES)
def test_has_no_serious_finding_and_fits(shown, name, width, scheme):
    page = shown(name, width, scheme)
    serious = [f for f in findings(page) if f["impact"] in ("serious", "critical")]
    assert [(f["id"], [node["html"] for node in f["nodes"]]) for f in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.faults == []


def test_slash_and_control_k_reach_the_search(open_page):
    page = open_page("run")
    for keys in ("/", "Control+k"):
        page.keyboard.press(keys)
        assert page.evaluate("document.activeElement.id") == "search"
        page.locator("h1").click()
        page.evaluate("document.activeElement.blur()")
    page.locator("#id_reason").focus()
    page.keyboard.press("/")
    assert page.locator("#id_reason").input_value() == "/"


def test_explains_in_a_drawer_and_gives_the_focus_back(open_page):
    page = open_page("statement")
    amount = page.locator("a.money.big")
    amount.focus()
    page.keyboard.press("Enter")
    page.locator("#drawer h3", has_text="Received").wait_for()
    assert page.evaluate("document.getElementById('drawer').open")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('drawer').open")
    assert page.evaluate("document.activeElement.classList.contains('big')")
    assert page.faults == []


def test_opens_a_row_by_click_and_by_its_link(open_page):
    page = open_page("run")
    page.locator("tbody tr[data-open] td:nth-child(2)").first.click()
    page.wait_for_url("**/members/*")
    page = open_page("run")
    page.locator("tbody .row-link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/members/*")


def test_opens_the_menu_on_a_phone_by_keyboard(open_page):
    page = open_page("statement", 390)
    rail = page.locator("#rail")
    assert not rail.is_visible()
    page.locator("#rail-toggle").focus()
    page.keyboard.press("Space")
    assert rail.is_visible()
    assert page.locator("svg.narrow").first.is_visible()
    assert not page.locator("svg.wide").first.is_visible()


def test_sends_a_file_and_shows_the_answer_without_asking_again(open_page, tmp_path):
    page = open_page("parts")
    page.evaluate("document.querySelector('form[data-drop]').action = '/inbox'")
    file = tmp_path / "plan.edi"
    file.write_text("ISA*00*")
    page.locator("form[data-drop] input[type=file]").set_input_files(file)
    page.locator("[data-send]").click()
    page.locator("h1", has_text="1 file received").wait_for()
    assert page.url == f"{SITE}/inbox"
    assert page.faults == []


def test_works_without_scripts(chromium, rendered):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", lambda route: answer(route, rendered))
    page.goto(f"{SITE}/statement")
    page.locator("a.money.big").click()
    page.wait_for_url("**/explain/1")
    context.close()
