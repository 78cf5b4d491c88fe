"""Long lists are counted no further than anybody pages."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from core.models import Contact
from core.pages import (
    MOST_COUNTED,
    CountedPaginator,
    counts_of,
    filled_of,
    keys_and_count,
    read_page,
)
from core.scoping import across_organisations, organisation_scope
from core.tables import Tab
from tests.factories.core import ContactFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


def many(organisation, number):
    Contact.objects.bulk_create(
        Contact(organisation=organisation, name=f"Naam {n}", email=f"n{n}@voorbeeld.example")
        for n in range(number)
    )


def test_lists_are_counted_together_in_one_statement(django_assert_num_queries):
    mine, other = OrganisationFactory(), OrganisationFactory()
    with organisation_scope(other):
        ContactFactory(organisation=other)
    with organisation_scope(mine):
        ContactFactory.create_batch(3, organisation=mine, is_external=False)
        ContactFactory(organisation=mine, is_external=True)
        lists = {
            "all": Contact.objects.order_by("name"),
            "external": Contact.objects.filter(is_external=True),
            "none": Contact.objects.none().order_by("pk"),
            "nobody": Contact.objects.filter(name="Niemand"),
        }
        with django_assert_num_queries(1):
            counts = counts_of(lists)
    assert counts == {"all": 4, "external": 1, "none": 0, "nobody": 0}


def test_of_several_lists_those_with_anything_are_found_in_one_statement(
    django_assert_num_queries,
):
    mine, other = OrganisationFactory(), OrganisationFactory()
    with organisation_scope(other):
        ContactFactory(organisation=other, name="Niet van ons")
    with organisation_scope(mine):
        first = ContactFactory(organisation=mine, name="Anna")
        last = ContactFactory(organisation=mine, name="Zoë")
        lists = {
            "elsewhere": Contact.objects.filter(name="Niet van ons"),
            "backwards": Contact.objects.order_by("-name"),
            "none": Contact.objects.none(),
        }
        with django_assert_num_queries(1):
            found = filled_of(lists)
        assert {name: list(rows) for name, rows in found.items()} == {"backwards": [last, first]}


@pytest.mark.parametrize(
    ("places", "names", "count"),
    [(slice(0, 2), [0, 1], 5), (slice(4, 6), [4], 5), (slice(6, 8), [], 0)],
)
def test_keys_are_read_with_the_count_of_the_whole_list(
    places, names, count, django_assert_num_queries
):
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        many(organisation, 5)
        keys = {contact.pk: contact.name for contact in Contact.objects.all()}
        with django_assert_num_queries(1):
            found, total = keys_and_count(Contact.objects.order_by("name"), places)
    assert ([keys[key] for key in found], total) == ([f"Naam {name}" for name in names], count)


def test_keys_of_what_django_knows_to_be_empty_are_not_asked_for(django_assert_num_queries):
    with organisation_scope(OrganisationFactory()), django_assert_num_queries(0):
        nobody = Contact.objects.filter(pk__in=[]).order_by("name")
        assert keys_and_count(nobody, slice(0, 2)) == ([], 0)


@pytest.mark.parametrize("number", [MOST_COUNTED, MOST_COUNTED + 1, MOST_COUNTED + 5])
def test_no_list_is_counted_further_than_the_most(number):
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        many(organisation, number)
        counts = counts_of({"all": Contact.objects.all()})
        _keys, total = keys_and_count(Contact.objects.order_by("name"), slice(0, 1))
    assert counts == {"all": min(number, MOST_COUNTED + 1)}
    assert total == counts["all"]


def test_counting_without_a_scope_is_refused():
    with across_organisations(), pytest.raises(RuntimeError, match="scope"):
        counts_of({"all": Contact.objects.all()})


@pytest.mark.parametrize(
    ("count", "shown"), [(1, "1"), (9_999, "9999"), (10_000, "10000"), (10_001, "10000+")]
)
def test_tabs_and_pages_say_when_there_is_more(rf, count, shown):
    tab = Tab("Alle", "?", is_current=True, count=count)
    page = CountedPaginator(range(count), 25, count=count).get_page(1)
    with translation.override("nl"):
        tabs = render_to_string("_components/tabs.html", {"label": "Lijst", "tabs": [tab]})
        pager = render_to_string(
            "_components/pager.html", {"page_obj": page, "request": rf.get("/")}
        )
    assert f'<span class="note">{shown}</span>' in tabs
    assert f"van {shown}\n" in pager


def test_a_list_of_nothing_has_no_pages(rf):
    page = CountedPaginator([], 25, count=0).get_page(1)

    said = render_to_string("_components/pager.html", {"page_obj": page, "request": rf.get("/")})

    assert not said.strip()


def test_the_last_page_says_how_to_see_the_rest(rf):
    pages = CountedPaginator(range(20_000), 25, count=MOST_COUNTED + 1)
    last = pages.get_page(9_999)
    assert (last.start_index(), last.end_index(), last.has_next()) == (9_976, 10_000, False)
    with translation.override("nl"):
        said = [
            "Filter of zoek om de rest te zien."
            in render_to_string(
                "_components/pager.html", {"page_obj": page, "request": rf.get("/")}
            )
            for page in (pages.get_page(399), last)
        ]
    assert said == [False, True]


@pytest.mark.parametrize(
    ("asked", "number", "names"),
    [
        *((None, 1, [0, 1]), ("", 1, [0, 1]), ("1", 1, [0, 1]), ("x", 1, [0, 1])),
        *(("2", 2, [2, 3]), ("3", 3, [4])),
        *(("4", 3, [4]), ("999999", 3, [4])),
        *(("0", 1, [0, 1]), ("-1", 1, [0, 1]), ("9" * 30, 1, [0, 1])),
    ],
)
def test_a_page_is_read_with_the_count_of_the_whole_list(asked, number, names):
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        many(organisation, 5)
        page = read_page(Contact.objects.order_by("name"), asked, 2)
        found = [contact.name for contact in page]
    assert (page.number, page.paginator.count, page.paginator.num_pages) == (number, 5, 3)
    assert found == [f"Naam {name}" for name in names]


@pytest.mark.parametrize("asked", [None, "1", "7"])
def test_a_page_of_nothing_is_empty(asked):
    with organisation_scope(OrganisationFactory()):
        page = read_page(Contact.objects.order_by("name"), asked, 2)
    assert (list(page), page.number, page.paginator.count) == ([], 1, 0)


def test_reading_and_counting_a_page_is_one_statement(django_assert_num_queries):
    organisation = OrganisationFactory()
    with organisation_scope(organisation), django_assert_num_queries(1):
        list(read_page(Contact.objects.order_by("name"), "1", 2))
