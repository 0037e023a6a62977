from dataclasses import dataclass

import pytest
from django.template import engines
from django.test import RequestFactory

from ipaportal.audit.models import AccessEvent
from ipaportal.core import parts
from ipaportal.core.parts import Chip, Column, Explain, list_rows
from tests.gallery import pages
from tests.gallery.pages import render_page

COLUMNS = [
    Column("name", "Name", "link", sort="name"),
    Column("cents", "Paid $", "money", sort="cents", total=500),
]
ROWS = [{"name": f"row {i:02}", "cents": i * 100, "url": f"/r/{i}"} for i in range(120)]


@pytest.fixture(autouse=True)
def _no_database_in_the_frame(monkeypatch):
    monkeypatch.setattr("ipaportal.home.context_processors._ipa_name", lambda: "IPA")


def rendered(source, url="/page", **context):
    template = engines["django"].from_string("{% load portal %}" + source)
    return template.render(context, RequestFactory().get(url))


@pytest.mark.parametrize("name", ["statement", "run", "parts", "sign_in"])
def test_renders_every_part(name):
    page = render_page(name)
    assert page.count("<h1>") == 1
    assert "style=" not in page
    assert "{{" not in page
    assert "{%" not in page


def test_pages_sort_and_total_a_list():
    listing = list_rows(ROWS, COLUMNS, {"sort": "-cents", "page": "2"}, caption="Rows")
    assert (listing.first, listing.last, listing.total_count) == (51, 100, 120)
    assert listing.rows[0]["name"] == "row 69"
    table = rendered('{% include "parts/table.html" %}', "/p?sort=-cents&page=2", listing=listing)
    assert "51–100 of 120" in table
    assert 'aria-sort="descending"' in table
    assert 'aria-sort="none"' in table
    assert 'data-open="/r/69"' in table
    assert 'href="/r/69"' in table
    assert "?sort=-cents&amp;page=3" in table
    assert "?sort=cents" in table
    assert '<th scope="row">Total</th>' in table
    assert "5.00" in table


@pytest.mark.parametrize("params", [{"page": "x"}, {"page": "-1"}, {"sort": "secret"}, {}])
def test_falls_back_on_an_address_that_makes_no_sense(params):
    listing = list_rows(ROWS, COLUMNS, params, caption="Rows", default_sort="name")
    assert (listing.page, listing.sort, listing.rows[0]["name"]) == (1, "name", "row 00")


def test_stops_at_the_last_page():
    assert list_rows(ROWS, COLUMNS, {"page": "99"}, caption="Rows").first == 101


def test_sets_a_filter_and_keeps_the_others():
    chips = [Chip("state", "", "All"), Chip("state", "held", "Held", 12)]
    params = {"state": "held", "q": "ann"}
    listing = list_rows(ROWS, COLUMNS, params, caption="Rows", chips=chips)
    table = rendered(
        '{% include "parts/table.html" %}', "/p?state=held&q=ann&page=2", listing=listing
    )
    assert '<a href="?q=ann">All</a>' in table
    assert '<a href="?q=ann&amp;state=held" aria-current="true">Held' in table


def test_escapes_what_people_wrote():
    nasty = [{"name": "<b>x</b>", "cents": 1, "url": '"><script>'}]
    listing = list_rows(nasty, COLUMNS, {}, caption="<i>")
    table = rendered('{% include "parts/table.html" %}', listing=listing)
    assert "<b>" not in table
    assert "<script" not in table
    assert "<i>" not in table


@dataclass
class Row:
    name: str
    cents: int


def test_reads_objects_as_well_as_dicts():
    listing = list_rows([Row("Ann", -205)], COLUMNS, {}, caption="Rows")
    assert "−2.05" in rendered('{% include "parts/table.html" %}', listing=listing)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ -123456|money }}", "−1,234.56"),
        ("{{ 1204|count }}", "1,204"),
        ('{{ 1|plural:"member" }}', "1 member"),
        ("{{ nothing|money }}", ""),
        ('{{ "Dr. Ines Alvarez"|initials }}', "DA"),
        ('{{ "7.50"|shown:"percent" }}', "7.5 %"),
    ],
)
def test_writes_values(source, expected):
    assert rendered(source, nothing=None) == expected


def test_says_a_state_in_a_word_with_its_mark():
    word = rendered('{% status_word "needs_approval" %}')
    assert 'class="status warm"' in word
    assert "Needs approval" in word
    assert "<svg" in word
    assert 'class="status still"' in rendered('{% status_word "somewhere new" %}')


def test_polls_until_it_is_finished():
    source = '{% include "parts/progress.html" with label="Run" done=1 total=2 url="/p" %}'
    assert 'hx-get="/p"' in rendered(source)
    assert "hx-get" not in rendered(source.replace('url="/p"', 'url="/p" finished=True'))


def test_shows_an_error_at_its_field():
    page = rendered('{% include "parts/form.html" %}', form=pages.Approve({}))
    assert 'id="id_reason_error">This field is required.' in page
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in page


def test_explains_down_to_the_line_of_the_file():
    node = Explain("Paid", 100, parts=(Explain("Received", 120, raw="RMR*AZ*<1>~"),))
    tree = rendered('{% include "parts/explain.html" %}', node=node)
    assert "RMR*AZ*&lt;1&gt;~" in tree
    assert "$1.20" in tree


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["who", "-who"])
@pytest.mark.parametrize("keys", [(), ("pk", "at")])
def test_far_pages_are_read_from_the_end_or_by_keys_and_hold_the_same_rows(monkeypatch, sort, keys):
    AccessEvent.objects.bulk_create(
        AccessEvent(kind="view", view_name="x", actor_name=name) for name in "abcabcabcab"
    )
    columns = [Column("who", "Who", sort="actor_name")]

    def pages(far: int) -> list[list[int]]:
        monkeypatch.setattr(parts, "FAR", far)
        return [
            [row.pk for row in list_rows(
                AccessEvent.objects.all(), columns, {"sort": sort, "page": str(page)},
                caption="Rows", page_size=3, by_keys=keys,
            ).rows]
            for page in range(1, 5)
        ]  # fmt: skip

    assert pages(far=0) == pages(far=99)
    assert [len(page) for page in pages(far=0)] == [3, 3, 3, 2]
