import pytest
from django.utils import timezone

from accounts import operations
from accounts.forms import ContactForm, OrganisationForm
from accounts.operations import ContactFacts
from core.actors import Actor
from core.errors import DomainError
from core.models import AuditEvent, Contact
from tests.factories.core import ContactFactory

HR = Actor(label="Marieke Visser")


def test_a_new_address_forgets_that_the_old_one_bounced(organisation):
    contact = ContactFactory(
        organisation=organisation, bounced_at=timezone.now(), bounce_code="550 5.1.1"
    )

    operations.save_contact(
        organisation=organisation,
        facts=ContactFacts(name=contact.name, email="new@veldam.example"),
        actor=HR,
        contact_id=contact.pk,
    )

    contact.refresh_from_db()
    assert contact.is_reachable
    assert contact.email_changed_at is not None
    assert AuditEvent.objects.get().data["address_changed"] is True


@pytest.mark.parametrize(
    ("form", "field"), [(ContactForm, "email"), (OrganisationForm, "desk_email")]
)
def test_no_address_has_a_quotation_mark(organisation, form, field):
    for address, is_taken in (('"a\x0bb"@veldam.example', False), ("ab@veldam.example", True)):
        given = form({field: address}, instance=organisation if field == "desk_email" else None)

        assert (field not in given.errors) is is_taken


def test_two_contacts_cannot_share_an_address(organisation):
    ContactFactory(organisation=organisation, email="p.bos@veldam.example")

    with pytest.raises(DomainError):
        operations.save_contact(
            organisation=organisation,
            facts=ContactFacts(name="Other", email="P.Bos@veldam.example"),
            actor=HR,
        )

    assert Contact.objects.count() == 1
