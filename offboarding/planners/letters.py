"""What the mails about tasks outside the daily overview say at the moment of sending."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.models import Engagement
from notifications.models import Message
from notifications.planning import Letter
from offboarding.models import ChecklistItem, Phase, Subject
from offboarding.planners.steps import landing_on


def compose_item_reminder(message: Message) -> Letter | None:
    """Ask for one task; nothing to say once it is done or belongs to somebody else."""
    item = (
        ChecklistItem.objects.open()
        .running()
        .filter(pk=message.params["item"])
        .select_related("owner", "engagement__freelancer", "engagement__department")
        .first()
    )
    if item is None or message.contact_id not in _addresses(item):
        return None
    return Letter(
        template="item_reminder",
        context={
            "item": item,
            "engagement": item.engagement,
            "reader": message.contact,
            "is_late": item.is_late(item.organisation.today()),
            "action_label": _("Open the task"),
        },
        landing=landing_on(item),
    )


def compose_end_now(message: Message) -> Letter | None:
    """Tell whoever takes access and assets back that an engagement ends at once."""
    engagement = (
        Engagement.objects.running()
        .filter(public_id__in=[message.dossier])
        .select_related("freelancer", "department", "manager")
        .first()
    )
    if engagement is None:
        return None
    items = list(
        ChecklistItem.objects.open()
        .filter(
            engagement=engagement,
            owner=message.contact_id,
            phase=Phase.OFFBOARDING,
            subject__in=[Subject.ACCESS, Subject.ASSET],
        )
        .order_by("due_on", "position")
    )
    if not items:
        return None
    return Letter(
        template="end_now",
        context={
            "engagement": engagement,
            "items": items,
            "reader": message.contact,
            "action_label": _("Open the list"),
        },
    )


def _addresses(item: ChecklistItem) -> Sequence[int | None]:
    freelancer = item.engagement.freelancer
    return freelancer.contact_ids if freelancer.is_contact(item.owner_id) else [item.owner_id]


COMPOSERS: Mapping[str, tuple[Callable[[Message], Letter | None], Promise]] = {
    "item_reminder": (compose_item_reminder, gettext_lazy("reminder of a task")),
    "end_now": (compose_end_now, gettext_lazy("engagement ends at once")),
}
