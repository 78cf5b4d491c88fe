"""Plan a successor in a running product where `tests.journeys.receiving` prepared a predecessor.

`python -m tests.journeys.succeeding SLUG` prints the public ids of both engagements as JSON.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django


def plan(organisation: Any) -> dict[str, str]:
    """Sanne, who has a login and an engagement after Fatima's; nobody said yet that they belong."""
    import engagements.operations  # noqa: PLC0415
    from core.actors import SYSTEM  # noqa: PLC0415
    from engagements.models import Engagement  # noqa: PLC0415

    before = Engagement.objects.get()
    person = engagements.operations.create_freelancer(
        organisation=organisation,
        facts=engagements.operations.FreelancerFacts(
            full_name="Sanne de Wit", email=f"sanne@zzp.{organisation.slug}.example"
        ),
        actor=SYSTEM,
    )
    engagements.operations.give_login(freelancer_id=person.pk, actor=SYSTEM)
    after = engagements.operations.create_engagement(
        organisation=organisation,
        facts=engagements.operations.EngagementFacts(
            freelancer_id=person.pk,
            department_id=before.department_id,
            manager_id=before.manager_id,
            title="Data-engineer",
            starts_on=organisation.today() + timedelta(days=5),
            ends_on=organisation.today() + timedelta(days=200),
        ),
        actor=SYSTEM,
    )
    return {"predecessor": str(before.public_id), "successor": str(after.public_id)}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # Models can be imported only now.
    from django.db import transaction  # noqa: PLC0415

    from core.models import Organisation  # noqa: PLC0415
    from core.scoping import organisation_scope  # noqa: PLC0415

    organisation = Organisation.objects.get(slug=sys.argv[1])
    with organisation_scope(organisation), transaction.atomic():
        found = plan(organisation)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
