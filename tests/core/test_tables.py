import django_tables2 as tables
import pytest
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.utils import translation
from django_tables2 import RequestConfig
from lxml import html

from core.tables import NumberColumn, Table


class PeopleTable(Table):
    caption = "People"
    row_header = "name"
    name = tables.Column(verbose_name="Name")
    tasks = NumberColumn(verbose_name="Open tasks")
    actions = tables.Column(orderable=False, verbose_name="", empty_values=(), default="-")


ROWS = [{"name": f"Person {number:03}", "tasks": number} for number in range(312)]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def draw(address: str = "/", rows: list[dict] = ROWS) -> html.HtmlElement:
    request = RequestFactory().get(address)
    table = PeopleTable(rows)
    RequestConfig(request).configure(table)
    text = Template("{% load django_tables2 %}{% render_table table %}").render(
        RequestContext(request, {"table": table})
    )
    return html.fragment_fromstring(text, create_parent="div")


def test_the_list_has_a_caption_and_names_its_rows():
    page = draw()

    assert page.find(".//caption").text_content() == "People"
    assert page.xpath(".//tbody/tr[1]/th[@scope='row']")[0].text_content() == "Person 000"


def test_only_the_sorted_column_tells_its_direction():
    page = draw("/?sort=-tasks")

    assert page.xpath(".//th/@aria-sort") == ["descending"]
    assert page.xpath(".//tbody/tr[1]/th")[0].text_content() == "Person 311"


def test_sorting_again_turns_the_order_and_returns_to_the_first_page():
    page = draw("/?sort=tasks&page=3&q=zorg")

    link = page.xpath(".//thead//th[@aria-sort]/a/@href")[0]
    assert "sort=-tasks" in link
    assert "q=zorg" in link
    assert "page" not in link


def test_each_value_carries_its_label_for_phones():
    page = draw()

    assert page.xpath(".//tbody/tr[1]/td[@data-label='Open tasks']")[0].text_content() == "0"
    assert page.xpath(".//details[contains(@class, 'table-sort')]//a")


def test_the_pager_says_which_rows_of_how_many():
    page = draw("/?page=13")

    assert " ".join(page.find(".//nav/p").text_content().split()) == "301\N{EN DASH}312 of 312"
    assert page.xpath(".//nav//a/@rel") == ["prev"]


def test_an_address_cannot_ask_for_more_than_a_hundred_rows():
    assert len(draw("/?per_page=100000").xpath(".//tbody/tr")) == 100
    assert len(draw("/?per_page=-5").xpath(".//tbody/tr")) == 25


def test_an_empty_list_says_so_instead_of_showing_an_empty_table():
    page = draw(rows=[])

    assert page.find(".//table") is None
    assert page.xpath(".//*[@class='empty']")[0].text_content().strip() == "There is nothing here."


class LinkedTable(Table):
    row_header = "name"
    name = tables.Column(verbose_name="Name", linkify=lambda record: record["url"])
    told = tables.Column(verbose_name="Told")

    def render_told(self, value: str, record: dict) -> str:
        return f"{value} by {record['name']}"


def drawn_rows(*rows: dict) -> list[html.HtmlElement]:
    request = RequestFactory().get("/")
    table = LinkedTable(rows)
    RequestConfig(request).configure(table)
    return list(html.fragment_fromstring(table.body(), create_parent="table"))


def test_a_cell_is_text_and_leads_where_its_column_says():
    (row,) = drawn_rows({"name": "<b>Bos</b>", "url": '/a/?q="x"', "told": "<i>told</i>"})

    assert row.xpath("th/a/@href") == ['/a/?q="x"']
    assert row.xpath("th")[0].text_content() == "<b>Bos</b>"
    assert row.xpath("td")[0].text_content() == "<i>told</i> by <b>Bos</b>"
    assert not row.xpath(".//b | .//i")


def test_a_cell_without_an_address_or_a_value_stays_plain():
    (row,) = drawn_rows({"name": "Bos", "url": None, "told": None})

    assert not row.xpath(".//a")
    assert row.xpath("td")[0].text_content() == "—"
