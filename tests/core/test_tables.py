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
