import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation
from lxml import html

from core.fields import WebAddressInput
from core.forms import filter_helper, helper


class EngagementForm(forms.Form):
    title = forms.CharField(label="Titel", help_text="Zoals op de overeenkomst.")
    note = forms.CharField(label="Notitie", required=False)
    kind = forms.ChoiceField(
        label="Soort",
        choices=[("a", "Verlenging"), ("b", "Verkorting")],
        widget=forms.RadioSelect,
        help_text="Waarom het einde schuift.",
    )
    agreed = forms.BooleanField(label="Besproken")
    proof = forms.FileField(label="Bewijs", required=False)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def draw(form: forms.Form, tag: str = "{{ form|crispy }}") -> html.HtmlElement:
    text = Template("{% load crispy_forms_tags %}" + tag).render(Context({"form": form}))
    return html.fragment_fromstring(text, create_parent="div")


def words_of(page: html.HtmlElement, name: str) -> str:
    return " ".join(page.xpath(f".//*[@id='div_id_{name}']")[0].text_content().split())


def test_optional_fields_say_so_and_required_ones_carry_no_star():
    page = draw(EngagementForm())

    assert words_of(page, "note") == "Notitie (optional)"
    assert words_of(page, "title").startswith("Titel Zoals")
    assert "*" not in page.text_content()


def test_a_filter_form_calls_nothing_optional_and_has_no_form_tag():
    form = EngagementForm()
    form.helper = filter_helper("note")

    page = draw(form, "{% crispy form %}")

    assert words_of(page, "note") == "Notitie"
    assert page.find(".//form") is None


def test_help_and_error_stand_between_label_and_control_and_describe_it():
    page = draw(EngagementForm({"title": ""}))

    field = page.xpath(".//*[@id='div_id_title']")[0]
    control = field.find(".//input")
    assert control.get("aria-invalid") == "true"
    described = control.get("aria-describedby").split()
    assert described == ["id_title_helptext", "id_title_error"]
    order = [element.get("id") or element.tag for element in field]
    assert order == ["label", "id_title_helptext", "id_title_error", "id_title"]


def test_a_choice_is_a_group_with_a_legend_and_its_error():
    page = draw(EngagementForm({}))

    group = page.xpath(".//fieldset")[0]
    assert group.find("legend").text_content().strip() == "Soort"
    for name in group.get("aria-describedby").split():
        assert page.xpath(f".//*[@id='{name}']")
    assert len(group.xpath(".//input[@type='radio']")) == 2


def test_a_box_to_tick_stands_beside_its_words():
    page = draw(EngagementForm({}))

    box = page.xpath(".//input[@type='checkbox']")[0]
    assert page.xpath(f".//label[@for='{box.get('id')}']")[0].text_content() == "Besproken"
    assert "Error" in words_of(page, "agreed")


def test_every_control_has_a_label_and_no_style_of_its_own():
    page = draw(EngagementForm({}))

    for control in page.xpath(".//input"):
        assert page.xpath(f".//label[@for='{control.get('id')}']")
    assert page.xpath(".//*[@style] | .//script | .//style") == []


def test_the_summary_comes_first_and_takes_the_focus():
    form = EngagementForm({})
    form.helper = helper("title", "note", "kind", "agreed", "proof")

    page = draw(form, "{% crispy form %}")

    summary = page[0]
    assert summary.get("data-focus") is not None
    assert summary.get("tabindex") == "-1"
    assert len(summary.findall(".//a")) == 3


def test_what_was_typed_is_kept():
    page = draw(EngagementForm({"title": "<b>", "kind": "b"}))

    assert page.xpath(".//input[@name='title']/@value") == ["<b>"]
    assert page.xpath(".//input[@checked]/@value") == ["b"]


def test_a_long_web_address_is_refused_before_it_is_taken_apart():
    field = WebAddressInput(max_length=500, assume_scheme="https")
    with pytest.raises(ValidationError) as refused:
        field.to_python("https://" + "\u0327\u0301" * 60_000)

    assert refused.value.error_list[0].code == "max_length"
    assert field.clean(" https://veldam.example/a ") == "https://veldam.example/a"
