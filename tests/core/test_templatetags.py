from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django import forms
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils import translation
from lxml import html

from core.charts import PointStep, Station, WeekCount


@pytest.fixture(autouse=True)
def dutch_november():
    with time_machine.travel("2026-11-23T09:00+01:00", tick=False), translation.override("nl"):
        yield


def draw(source: str, **values: object) -> html.HtmlElement:
    text = Template("{% load kb %}" + source).render(Context(values))
    return html.fragment_fromstring(text, create_parent="div")


def test_an_icon_without_words_is_hidden_from_screen_readers():
    (icon,) = draw('{% icon "check" %}')

    assert icon.get("aria-hidden") == "true"
    assert icon.find("use").get("href").endswith("icons.svg#check")


def test_an_icon_with_words_speaks_and_cannot_break_out():
    (icon,) = draw('{% icon "check" words %}', words='"><script>')

    assert icon.get("role") == "img"
    assert icon.get("aria-label") == '"><script>'


def test_every_icon_named_in_a_template_is_in_the_sprite(settings):
    sprite = (settings.BASE_DIR / "static/icons.svg").read_text()
    templates = "".join(
        path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")
    )
    tag = '{% icon "'
    names = {part.split('"')[0] for part in templates.split(tag)[1:]}
    names |= {part.split('"')[0] for part in templates.split('icon_name="')[1:]}

    assert names
    assert {name for name in names if f'id="{name}"' not in sprite} == set()


class ChoosingForm(forms.Form):
    name = forms.CharField(
        widget=forms.TextInput({"placeholder": '"><script>', "autofocus": True, "hidden": False})
    )
    place = forms.ChoiceField(
        choices=[
            ("", "Alle"),
            ("a&b", "<b>Zorg</b>"),
            ("Verder", [("x", "Elders"), ("y", "Nergens")]),
        ],
        initial="y",
    )


def test_the_attributes_of_a_field_cannot_break_out():
    (field,) = draw("{{ form.name }}", form=ChoosingForm())

    assert field.get("placeholder") == '"><script>'
    assert ("autofocus" in field.attrib, "hidden" in field.attrib) == (True, False)
    assert field.get("id") == "id_name"


def test_a_list_offers_its_choices_in_their_groups():
    (field,) = draw("{{ form.place }}", form=ChoosingForm())

    offered = [(one.get("value"), one.text) for one in field.iter("option")]
    assert offered == [("", "Alle"), ("a&b", "<b>Zorg</b>"), ("x", "Elders"), ("y", "Nergens")]
    assert [one.get("value") for one in field.xpath(".//option[@selected]")] == ["y"]
    (group,) = field.iter("optgroup")
    assert (group.get("label"), len(group)) == ("Verder", 2)


def test_a_meter_says_in_numbers_what_its_bar_shows():
    meter = draw("{% points_meter balance 40 %}", balance=Decimal("12.50"))

    assert " ".join(meter.text_content().split()) == "12,5 / 40"
    assert meter.find(".//rect").get("width") == "31.2"


def test_the_same_amount_reads_as_each_language_writes_it():
    page = "{{ amount|points }}"
    dutch = draw(page, amount=Decimal("12.50")).text
    with translation.override("en"):
        english = draw(page, amount=Decimal("12.50")).text

    assert (dutch, english) == ("12,5", "12.5")


def test_a_state_has_words_beside_its_colour():
    tag = draw('{% status_tag "4 dagen te laat" "bad" %}')

    assert tag.text_content() == "4 dagen te laat"
    assert tag[0].get("class") == "tag tag-bad"


def test_a_done_state_has_no_colour():
    assert "tag" not in draw('{% status_tag "Klaar" "plain" %}')[0].get("class").split()


def test_filters_say_nothing_about_a_missing_day():
    for name in ("date_long", "date_short", "moment_short", "in_days", "from_now"):
        assert draw("{{ day|" + name + " }}", day=None).text_content() == ""


def test_coordinates_are_never_written_with_a_dutch_comma():
    weeks = [WeekCount(date(2026, 11, 23), 7), WeekCount(date(2026, 11, 30), 3)]

    chart = draw("{% ends_per_week weeks %}", weeks=weeks)

    bars = chart.findall(".//rect")
    assert len(bars) == 2
    for bar in bars:
        assert "," not in "".join(bar.attrib.values())


def test_a_bar_leads_to_the_engagements_behind_it_and_the_table_says_the_same():
    weeks = [
        WeekCount(date(2026, 12, 14), 9, "/engagements/?week=51"),
        WeekCount(date(2026, 12, 21), 0, "/engagements/?week=52"),
    ]

    chart = draw("{% ends_per_week weeks %}", weeks=weeks)

    links = chart.xpath(".//svg//a/@href")
    assert links == ["/engagements/?week=51"]
    rows = [row.text_content().split() for row in chart.findall(".//tbody/tr")]
    assert rows == [["51", "ma", "14", "dec", "9"], ["52", "ma", "21", "dec", "0"]]


def test_a_chart_is_named_and_described():
    chart = draw("{% ends_per_week weeks %}", weeks=[WeekCount(date(2026, 12, 14), 9)])

    for name in chart.find(".//svg").get("aria-labelledby").split():
        assert chart.xpath(f".//*[@id='{name}']")[0].text_content()


def test_weeks_without_any_end_are_one_sentence():
    chart = draw("{% ends_per_week weeks %}", weeks=[WeekCount(date(2026, 12, 14), 0)])

    assert chart.find(".//svg") is None
    assert chart.text_content().strip()


def test_points_over_time_show_the_balance_and_the_agreed_number():
    chart = draw(
        "{% points_burnup steps target starts ends %}",
        steps=[PointStep(date(2026, 9, 1), Decimal("62.50"))],
        target=Decimal(100),
        starts=date(2026, 3, 3),
        ends=date(2026, 12, 1),
    )

    words = [text.text_content() for text in chart.findall(".//text")]
    assert "62,5" in words
    assert any("100" in word for word in words)
    assert chart.find(".//tbody//td").text_content() == "62,5"


def test_points_without_an_agreed_number_draw_no_target():
    chart = draw(
        "{% points_burnup steps target starts ends %}",
        steps=[],
        target=Decimal(0),
        starts=date(2026, 3, 3),
        ends=date(2026, 12, 1),
    )

    assert chart.xpath(".//*[contains(@class, 'chart-target')]") == []


def test_the_bar_of_points_has_three_tints_and_their_numbers():
    bar = draw(
        "{% points_bar target a b c %}", target=100, a=Decimal(24), b=Decimal(26), c=Decimal(12)
    )

    assert [rect.get("width") for rect in bar.findall(".//rect")] == ["24", "26", "12"]
    assert [item.text_content().split()[0] for item in bar.findall(".//li")] == ["24", "26", "12"]


def test_the_relay_line_marks_where_the_baton_is():
    line = draw(
        "{% relay_line stations %}",
        stations=[Station("Welkom", "3 maart", "done"), Station("Overdracht", state="now")],
    )

    current = line.xpath(".//li[@aria-current='step']")
    assert [item.text_content().strip() for item in current] == ["Overdracht"]


def test_another_page_keeps_filters_and_order():
    request = RequestFactory().get("/engagements/", {"q": "el idrissi & co", "sort": "-end"})
    template = Template('{% load kb %}{% page_address "page" 3 %}')

    address = html.fromstring(f'<a href="{template.render(RequestContext(request))}">')

    assert address.get("href") == "?q=el+idrissi+%26+co&sort=-end&page=3"


class HandoverForm(forms.Form):
    title = forms.CharField(label="Titel")
    kind = forms.ChoiceField(
        label="Soort", choices=[("file", "Bestand"), ("link", "Link")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Notitie", required=False)
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("Dit kan nu niet.")


def test_every_error_is_listed_and_leads_to_the_first_control_of_its_field():
    page = draw(
        "{% load crispy_forms_tags %}{{ form|crispy }}{% error_summary form %}",
        form=HandoverForm({}),
    )

    summary = page.xpath(".//*[contains(@class, 'error-summary')]")[0]
    texts = [item.text_content().strip() for item in summary.findall(".//li")]
    assert texts[0] == "Dit kan nu niet."
    assert [text.split(":")[0] for text in texts[1:3]] == ["Titel", "Soort"]
    for link in summary.findall(".//a"):
        target = page.xpath(f".//*[@id='{link.get('href')[1:]}']")
        assert target[0].tag == "input"


def test_a_form_that_was_not_sent_has_no_summary():
    assert draw("{% error_summary form %}", form=HandoverForm()).xpath(".//li") == []


def test_a_missing_form_is_no_error():
    assert draw("{% error_summary form %}", form=None).xpath(".//li") == []


def test_a_formset_lists_its_own_errors_and_those_of_its_forms():
    formset_class = forms.formset_factory(HandoverForm, min_num=2, validate_min=True, extra=0)
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-title": "Runbook"}

    summary = draw("{% error_summary formset %}", formset=formset_class(data))

    links = summary.xpath(".//a/@href")
    assert "#id_form-0-kind_0" in links
    assert len(summary.xpath(".//li")) > len(links)


def test_the_pager_counts_and_leads_on():
    request = RequestFactory().get("/engagements/", {"q": "zorg"})
    page = Paginator(range(312), 25).page(2)
    text = Template('{% include "_components/pager.html" %}').render(
        RequestContext(request, {"page_obj": page})
    )

    pager = html.fragment_fromstring(text, create_parent="div")
    assert pager.find(".//p").text_content().strip().startswith("26\N{EN DASH}50")
    assert pager.xpath(".//a/@href") == ["?q=zorg&page=1", "?q=zorg&page=3"]


def test_history_names_who_and_when():
    entries = [SimpleNamespace(text="Aanvaard", actor="Peter Bos", at=None)]

    item = draw('{% include "_components/history.html" %}', entries=entries)

    assert "Peter Bos" in item.text_content()
