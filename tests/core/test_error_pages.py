import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.utils import translation
from lxml import html

PAGES = ["400", "403", "403_csrf", "404", "500", "503"]


@pytest.mark.parametrize("name", PAGES)
def test_an_error_page_needs_neither_request_nor_database(name):
    page = html.fromstring(render_to_string(f"{name}.html"))

    assert len(page.findall(".//h1")) == 1
    assert page.xpath("//*[@style] | //style | //script") == []


@pytest.mark.parametrize("name", PAGES)
def test_an_error_page_speaks_the_language_in_force(name):
    for language in ("nl", "en"):
        with translation.override(language):
            assert html.fromstring(render_to_string(f"{name}.html")).get("lang") == language


def test_an_address_that_does_not_exist_leads_back_to_the_start(client, db):
    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert html.fromstring(response.content).xpath("//main//a/@href") == ["/"]


def test_a_hundred_and_one_files_at_once_get_a_page_that_says_so(client, db):
    files = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(101)]

    response = client.post("/accounts/login/", {"files": files}, headers={"Accept-Language": "en"})

    assert response.status_code == 400
    assert "at most 100" in html.fromstring(response.content).text_content()


@pytest.mark.parametrize(
    "address",
    [
        *("/professionals/?q=a%00b", "/settings/contacts/?q=%00", "/engagements/?manager=%00"),
        *("/engagements/new/?freelancer=%00", "/policies/new/?copy=%00", "/library/?topic=a%00"),
        *(
            "/engagements/suggestions/%00/?q=a",
            "/settings/contacts/?q=%2500%00",
            "/accounts/login/?next=%00",
        ),
    ],
)
def test_an_address_with_a_nul_is_refused_everywhere(hr_client, address):
    response = hr_client.get(address)

    assert response.status_code == 400
    assert len(html.fromstring(response.content).findall(".//h1")) == 1


def test_a_percent_sign_and_zeros_are_no_nul(hr_client):
    assert hr_client.get("/settings/contacts/?q=%2500").status_code == 200
