from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.errors import InvalidTransitionError, StaleError
from engagements.models import Engagement, Freelancer
from engagements.rules import Decisions, State, state_of


def locked(engagement_id: int) -> Engagement:
    """Return the engagement, its row locked until the end of the transaction.

    Every change of an engagement and of what hangs on it starts here, so that two of them never
    wait for each other crosswise.

    Raises:
        InvalidTransitionError: the import that made it was undone in the meantime.
    """
    # The lock by itself: in one statement with the joins below, a row whose manager was changed
    # while we waited for it would not be found at all.
    Engagement.objects.select_for_update().filter(pk=engagement_id).values_list("pk").first()
    engagement = (
        Engagement.objects.select_related(
            "freelancer__business_contact",
            "freelancer__private_contact",
            "department__head",
            "manager",
            "intermediary",
        )
        .filter(pk=engagement_id)
        .first()
    )
    if engagement is None:
        raise InvalidTransitionError(_("This was removed in the meantime."))
    return engagement


def lock_in_order(engagement_ids: Iterable[int]) -> None:
    """Lock several engagements, before any of them is locked by itself.

    Whoever needs more than one takes them in the order of keys, mails and imports too: two who
    need the same ones never wait for each other crosswise.
    """
    rows = Engagement.objects.select_for_update().filter(pk__in=list(engagement_ids))
    list(rows.order_by("pk").values_list("pk"))


def locked_with_days(engagement_id: int) -> Engagement:
    """Return the engagement as `locked` does, after waiting for a turn to change its days.

    Raises:
        InvalidTransitionError: the import that made it was undone in the meantime.
    """
    # The professional of an engagement never changes.
    own = Engagement.objects.filter(pk=engagement_id).values_list("freelancer_id", flat=True)
    queue_for_days_of(own)
    return locked(engagement_id)


def queue_for_days_of(freelancer_ids: Iterable[int]) -> None:
    """Let whoever changes the days of one professional queue, until the end of the transaction.

    Two periods that overlap, written at the same moment, would wait for each other in the
    constraint that refuses one of them; the database ends that as a deadlock, in words for nobody.
    Professionals come before engagements: whoever needs both locks them in this order.
    """
    queue = Freelancer.objects.select_for_update(no_key=True).order_by("pk")
    list(queue.filter(pk__in=list(freelancer_ids)).values_list("pk"))


def check_version(engagement: Engagement, version: int | None) -> None:
    """Refuse a change made on a page that shows an older version; None does not compare.

    Raises:
        StaleError: somebody else changed the engagement since.
    """
    if version is not None and engagement.version != version:
        raise StaleError(
            _("Somebody else changed this engagement. Look at it again and make your change anew.")
        )


def state_now(engagement: Engagement) -> State:
    """Return the state of an engagement today, where the organisation is."""
    organisation = engagement.organisation
    return state_of(
        organisation.today(),
        engagement.starts_on,
        engagement.ends_on,
        Decisions(
            cancelled=engagement.cancelled_at is not None,
            closed=engagement.closed_at is not None,
            ended_early=engagement.ended_early_at is not None,
        ),
        organisation.ending_days,
    )
