"""The points policies that every organisation begins with."""

from pathlib import Path
from typing import Any, Final

import yaml
from django.db import transaction

from core import audit
from core.actors import SYSTEM
from core.models import Organisation
from core.scoping import organisation_scope
from knowledge.models import TransferForm, TransferPolicy

SHIPPED: Final = Path(__file__).parent.parent / "data" / "policies.yaml"


@transaction.atomic
def ship_policies(*, organisation: Organisation) -> list[TransferPolicy]:
    """Give an organisation the shipped policies that it does not have yet.

    A policy that exists is left alone, whatever the organisation made of it since.

    Returns:
        The policies that were added; none the second time.
    """
    # Two starts at once would both find nothing: the organisation's row lets one pass.
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    with organisation_scope(organisation):
        shipped = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
        known = set(TransferPolicy.objects.values_list("code", flat=True))
        has_default = TransferPolicy.objects.filter(is_default=True).exists()
        added = []
        for position, facts in enumerate(shipped["policies"]):
            if facts["code"] not in known:
                is_default = position == 0 and not has_default
                forms = _forms_with_caps(shipped["forms"])
                added.append(_add(organisation, facts, forms, is_default=is_default))
        return added


def _forms_with_caps(forms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"cap_share": None, **form} for form in forms]


def _add(
    organisation: Organisation,
    facts: dict[str, Any],
    forms: list[dict[str, Any]],
    *,
    is_default: bool,
) -> TransferPolicy:
    policy = TransferPolicy(organisation=organisation, is_default=is_default, **facts)
    policy.full_clean(exclude=["organisation"])
    policy.save()
    rows = [
        TransferForm(organisation=organisation, policy=policy, position=position, **form)
        for position, form in enumerate(forms, start=1)
    ]
    for row in rows:
        row.clean_fields(exclude=["organisation", "policy"])
    TransferForm.objects.bulk_create(rows)
    audit.record("knowledge.policy.shipped", subject=policy, actor=SYSTEM)
    return policy
