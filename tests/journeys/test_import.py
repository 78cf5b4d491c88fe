"""A list from another system: what is wrong is named, what is right goes in and comes out."""

import re

from playwright.sync_api import Page, expect
from stack import Stack

from tests.journeys.conftest import Visit
from tests.journeys.dutch import nl
from tests.journeys.steps import confirm_list, dutch_row, sign_in, upload_list

MANY = 300


def test_mistakes_are_named_cell_by_cell_and_the_good_rows_go_in_without_them(
    visit: Visit, stack: Stack, domain: str
):
    hr = visit()
    sign_in(hr, stack, f"hr@{domain}")
    upload_list(
        hr,
        [
            dutch_row(domain, 1),
            dutch_row(domain, 2, einddatum="1-5-2020"),
            dutch_row(domain, 3, **{"e-mail_professional": "geen adres"}),
            dutch_row(domain, 4, startdatum="gisteren", titel=""),
            dutch_row(domain, 1),
        ],
    )
    errors = hr.get_by_role("region", name=nl("Rows with an error"))
    expect(errors).to_contain_text("“1-5-2020”")
    expect(errors).to_contain_text(nl("The last day cannot be before the first day."))
    expect(errors).to_contain_text("“geen adres”")
    expect(errors).to_contain_text("“gisteren”")
    expect(errors.locator(".rows-group")).to_have_count(4)
    with hr.expect_download() as download:
        hr.get_by_role("link", name=nl("Download these rows")).click()
    assert "geen adres" in download.value.path().read_text(encoding="utf-8-sig")

    hr.locator("#without_errors").check()
    confirm_list(hr)
    assert count_engagements(hr) == 1


def test_a_long_list_shows_how_far_it_is_and_can_be_taken_back(
    visit: Visit, stack: Stack, domain: str
):
    hr = visit()
    sign_in(hr, stack, f"hr@{domain}")
    upload_list(hr, [dutch_row(domain, number) for number in range(1, MANY + 1)])
    expect(hr.get_by_text(nl("Every row is in order."))).to_be_visible()
    confirm_list(hr)
    result = hr.url
    assert count_engagements(hr) == MANY

    hr.goto(result)
    hr.get_by_role("button", name=nl("Undo the import of %(name)s", name="opdrachten.csv")).click()
    expect(hr.get_by_role("heading", name=nl("The import was undone"))).to_be_visible()
    assert count_engagements(hr) == 0


def count_engagements(hr: Page) -> int:
    hr.goto("/engagements/")
    found = re.search(r"\d+", hr.locator("h1").inner_text() + hr.locator("main").inner_text())
    assert found
    return int(found[0])
