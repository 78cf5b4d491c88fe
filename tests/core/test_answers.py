import pytest
from django import forms
from django.test import RequestFactory

from core.answers import attempt, form_page, status_of
from core.errors import DomainError, InvalidTransitionError, NotPermittedError, StaleError


class NameForm(forms.Form):
    name = forms.CharField(max_length=5)


class PointingForm(NameForm):
    def refuse(self, error):
        self.add_error("name", str(error))


def refusing(error):
    def change():
        raise error

    return change


def test_a_change_is_carried_out_when_the_form_is_filled_in_well():
    form = NameForm({"name": "Kim"})

    assert attempt(form, lambda: form.cleaned_data["name"]) == "Kim"
    assert status_of(form) == 200


@pytest.mark.parametrize("form", [NameForm(), NameForm({"name": ""})])
def test_nothing_is_changed_before_the_form_is_filled_in_well(form):
    done = []

    assert attempt(form, lambda: done.append("changed")) is None
    assert done == []


@pytest.mark.parametrize(
    ("form", "error", "status"),
    [
        (NameForm(), None, 200),
        (NameForm({"name": "Kim"}), None, 200),
        (NameForm({"name": "Kimberley"}), None, 422),
        (NameForm({"name": "Kimberley"}), DomainError("never asked"), 422),
        (NameForm({"name": "Kim"}), DomainError("It is taken."), 409),
        (NameForm({"name": "Kim"}), InvalidTransitionError("It is over."), 409),
        (NameForm({"name": "Kim"}), NotPermittedError("It is not yours."), 403),
    ],
)
def test_the_status_says_who_refused(form, error, status):
    attempt(form, refusing(error) if error else lambda: "done")

    assert status_of(form) == status


def test_a_refusal_stands_above_the_form_or_at_the_field_that_the_form_names():
    plain, pointing = NameForm({"name": "Kim"}), PointingForm({"name": "Kim"})

    for form in (plain, pointing):
        attempt(form, refusing(DomainError("It is taken.")))

    assert plain.non_field_errors() == ["It is taken."]
    assert pointing.errors == {"name": ["It is taken."]}


def test_what_the_page_showed_wrongly_is_not_put_on_the_form():
    form = NameForm({"name": "Kim"})

    with pytest.raises(StaleError):
        attempt(form, refusing(StaleError("Look again.")))
    with pytest.raises(InvalidTransitionError):
        attempt(form, refusing(InvalidTransitionError("Over.")), outdated=(InvalidTransitionError,))

    assert not form.errors


def test_a_page_without_a_form_is_shown():
    assert status_of(None) == 200


def test_a_page_shows_its_form_with_that_status():
    form = NameForm({"name": ""})

    response = form_page(RequestFactory().get("/"), "404.html", form, {})

    assert response.status_code == 422
