"""Founding an organisation takes something from every package."""

from django.db import transaction

import accounts.operations
import knowledge.operations
import notifications.operations
import offboarding.operations
from core.models import Organisation
from core.scoping import organisation_scope


@transaction.atomic
def found_organisation(
    *, name: str, hr_email: str, hr_name: str, slug: str = "", language: str = "nl"
) -> Organisation:
    """Found an organisation with its first administrator and everything that ships.

    Raises:
        DomainError: an organisation with this short name exists already.
    """
    organisation = accounts.operations.create_organisation(
        name=name, hr_email=hr_email, hr_name=hr_name, slug=slug, language=language
    )
    with organisation_scope(organisation):
        notifications.operations.ship_rules(organisation=organisation)
        knowledge.operations.ship_policies(organisation=organisation)
        offboarding.operations.ship_procedure(organisation=organisation)
    return organisation
