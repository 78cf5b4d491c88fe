"""The addresses of rows are those that `reverse` gives, without asking it for each of them."""

import uuid

import pytest
from django.template import Context, Template
from django.test.utils import override_script_prefix
from django.urls import NoReverseMatch, reverse

from core.addresses import row_address

ROW = uuid.UUID("6f1f4b0e-6a3c-4a53-9d4e-0f6d7f0e9c11")


@pytest.mark.parametrize(
    "name", ["offboarding:item_detail", "offboarding:item_complete", "dashboards:engagement_detail"]
)
def test_it_is_the_address_of_that_row(name):
    assert row_address(name, ROW) == reverse(name, args=[ROW])


def test_it_follows_the_place_where_the_product_stands():
    with override_script_prefix("/kennis/"):
        assert row_address("offboarding:item_detail", ROW).startswith("/kennis/offboarding/")
    assert row_address("offboarding:item_detail", ROW).startswith("/offboarding/")


def test_it_follows_the_addresses_that_are_in_force(settings):
    assert row_address("offboarding:item_detail", ROW)
    settings.ROOT_URLCONF = "portal.urls"

    with pytest.raises(NoReverseMatch):
        row_address("offboarding:item_detail", ROW)


@pytest.mark.parametrize("what", ["", None, "6f1f4b0e-6a3c-4a53-9d4e-0f6d7f0e9c11"])
def test_a_template_that_gives_no_row_is_told_so(what):
    template = Template("{% row_address 'offboarding:item_detail' row %}")

    assert template.render(Context({"row": ROW})) == row_address("offboarding:item_detail", ROW)
    with pytest.raises(TypeError, match="offboarding:item_detail"):
        template.render(Context({"row": what}))
