"""Prepare a topic with a receiver in a running product, and act for the professional.

`python -m tests.journeys.receiving prepare SLUG`, `… agree SLUG`, `… wait SLUG`, `… figures SLUG`,
`… reply SLUG TEXT`; each prints what it made or found as JSON.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django


def begin(organisation: Any) -> tuple[Any, Any, Any]:
    """A professional with a critical topic that both sides agreed on, and who receives it."""
    import engagements.operations  # noqa: PLC0415
    import knowledge.operations  # noqa: PLC0415
    from core.actors import SYSTEM, Actor  # noqa: PLC0415

    domain = f"{organisation.slug}.example"
    today = organisation.today()
    manager = engagements.operations.contact_at(
        organisation=organisation, email=f"p.bos@{domain}", name="Peter Bos"
    )
    person = engagements.operations.create_freelancer(
        organisation=organisation,
        facts=engagements.operations.FreelancerFacts(
            full_name="Fatima El Idrissi", email=f"fatima@zzp.{domain}"
        ),
        actor=SYSTEM,
    )
    department = engagements.operations.save_department(
        organisation=organisation, name="Zorgdata", head_id=manager.pk, actor=SYSTEM
    )
    engagement = engagements.operations.create_engagement(
        organisation=organisation,
        facts=engagements.operations.EngagementFacts(
            freelancer_id=person.pk,
            department_id=department.pk,
            manager_id=manager.pk,
            title="Data-engineer",
            starts_on=today - timedelta(days=100),
            ends_on=today + timedelta(days=12),
        ),
        actor=SYSTEM,
    )
    author = Actor(label=person.full_name, contact_id=person.business_contact_id)
    client = Actor(label=manager.name, kind="link", contact_id=manager.pk)
    topic = knowledge.operations.propose_topic(
        engagement_id=engagement.pk,
        facts=knowledge.operations.TopicFacts(
            title="Koppelingen Zorgdata",
            criticality=4,
            why="Zonder deze koppeling staat de nachtelijke levering stil.",
        ),
        side="client",
        actor=client,
    )
    knowledge.operations.agree_topic(topic_id=topic.pk, side="freelancer", actor=author)
    samira = engagements.operations.contact_at(
        organisation=organisation, email=f"samira@{domain}", name="Samira Haddou"
    )
    knowledge.operations.name_receiver(
        topic_id=topic.pk, email=samira.email, name="", side="client", actor=client
    )
    return topic, author, client


def agree(organisation: Any) -> dict[str, Any]:
    """A topic, a receiver, an agreement on three forms, and a login; nothing handed over yet."""
    import engagements.operations  # noqa: PLC0415
    import knowledge.operations  # noqa: PLC0415
    from core.actors import SYSTEM  # noqa: PLC0415

    topic, author, client = begin(organisation)
    engagement = topic.engagement
    engagements.operations.give_login(freelancer_id=engagement.freelancer_id, actor=SYSTEM)
    agreement = knowledge.operations.propose_agreement(
        engagement_id=engagement.pk,
        facts=knowledge.operations.AgreementFacts(
            target=20, forms={"runbook": 1, "presentation": 1, "workshop": 1}
        ),
        side="client",
        actor=client,
    )
    knowledge.operations.accept_agreement(
        agreement_id=agreement.pk, side="freelancer", actor=author
    )
    return {"engagement": str(engagement.public_id), **figures(organisation)}


def prepare(organisation: Any) -> dict[str, Any]:
    """The same topic, handed over a week ago to a receiver who is asked."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    import knowledge.operations  # noqa: PLC0415
    from knowledge.models import TransferForm  # noqa: PLC0415
    from tests.factories.uploads import make_pdf  # noqa: PLC0415

    topic, author, client = begin(organisation)
    engagement = topic.engagement
    form = TransferForm.objects.get(policy__is_default=True, code="runbook")
    deliverable = knowledge.operations.start_deliverable(
        engagement_id=engagement.pk,
        form_id=form.pk,
        title="Herstart van de koppeling",
        outcome="De koppeling na een storing zelf herstarten.",
        actor=author,
    )
    knowledge.operations.save_draft(
        deliverable_id=deliverable.pk,
        content=knowledge.operations.Content(kind="file"),
        actor=author,
    )
    knowledge.operations.add_file(
        deliverable_id=deliverable.pk,
        upload=SimpleUploadedFile("werkinstructie.pdf", make_pdf("Werkinstructie")),
        actor=author,
    )
    knowledge.operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)
    knowledge.operations.set_topics(
        deliverable_id=deliverable.pk, topic_ids=[topic.pk], side="client", actor=client
    )
    knowledge.operations.accept_deliverable(deliverable_id=deliverable.pk, actor=client)
    return wait(organisation)


def wait(organisation: Any) -> dict[str, Any]:
    """Let it be days ago that the receiver was asked, so that a daily mail went out since."""
    from django.utils import timezone  # noqa: PLC0415

    from knowledge.models import Receiver  # noqa: PLC0415

    Receiver.objects.update(asked_at=timezone.now() - timedelta(days=4))
    return figures(organisation)


def reply(organisation: Any, text: str) -> dict[str, Any]:
    """Answer the one question that waits, as the professional."""
    import knowledge.operations  # noqa: PLC0415
    from core.actors import Actor  # noqa: PLC0415
    from engagements.models import Freelancer  # noqa: PLC0415
    from knowledge.models import Confirmation  # noqa: PLC0415

    person = Freelancer.objects.get()
    knowledge.operations.reply_to_question(
        confirmation_id=Confirmation.objects.questions().get().pk,
        reply=text,
        actor=Actor(label=person.full_name, contact_id=person.business_contact_id),
    )
    return figures(organisation)


def figures(organisation: Any) -> dict[str, Any]:
    """Return which stages are booked, with what, and how much would walk out."""
    from engagements.models import Engagement  # noqa: PLC0415
    from knowledge.models import LedgerEntry  # noqa: PLC0415
    from knowledge.queries import figures_of  # noqa: PLC0415

    booked = LedgerEntry.objects.order_by("pk")
    return {
        "stages": {entry.stage: str(entry.amount) for entry in booked},
        "base": str(sum(entry.uncapped for entry in booked)),
        "leak": str(figures_of(Engagement.objects.get()).leak),
    }


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # Models can be imported only now.
    from django.db import transaction  # noqa: PLC0415

    from core.models import Organisation  # noqa: PLC0415
    from core.scoping import organisation_scope  # noqa: PLC0415

    acts = {"agree": agree, "prepare": prepare, "wait": wait, "reply": reply, "figures": figures}
    act = acts[sys.argv[1]]
    organisation = Organisation.objects.get(slug=sys.argv[2])
    with organisation_scope(organisation), transaction.atomic():
        found = act(organisation, *sys.argv[3:])
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
