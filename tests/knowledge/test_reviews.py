from decimal import Decimal

import pytest
from django.utils import timezone

from core.actors import SYSTEM, Actor
from core.audit import phrase_for
from core.errors import InvalidTransitionError, NotPermittedError, StaleError
from core.models import AuditEvent
from knowledge import operations
from knowledge.models import Deliverable, LedgerEntry, Review
from knowledge.operations import ReviewError
from knowledge.operations.authorship import EngagementOverError
from notifications.models import Message
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.core import ContactFactory
from tests.factories.engagements import EngagementFactory
from tests.knowledge.conftest import balance, hand_in, start, write
from tests.races import at_once


def accept(deliverable, actor, **answers):
    return operations.accept_deliverable(deliverable_id=deliverable.pk, actor=actor, **answers)


def test_accepting_books_tells_and_records(engagement, submitted, reviewer):
    accept(submitted, reviewer, is_complete="yes", is_usable="partly", comment="Helder!")

    submitted.refresh_from_db()
    assert submitted.state == "accepted"
    assert submitted.decided_at is not None
    review = Review.objects.get()
    assert (review.verdict, review.is_complete, review.is_usable, review.comment) == (
        "accepted",
        "yes",
        "partly",
        "Helder!",
    )
    assert (review.reviewer_label, review.reviewer_contact) == ("Peter Bos", engagement.manager)
    entry = LedgerEntry.objects.get()
    # A runbook brings 8 points, of which 30 % on acceptance.
    assert (entry.stage, entry.amount, entry.booked_by) == (
        "accepted",
        Decimal("2.40"),
        "Peter Bos",
    )
    message = Message.objects.get(kind="deliverable_accepted")
    assert message.contact == engagement.freelancer.business_contact
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"knowledge.deliverable.accepted", "knowledge.points.booked"} <= actions


def test_after_the_end_the_private_address_hears_it(engagement, submitted, reviewer):
    private = ContactFactory(
        organisation=engagement.organisation, email="fatima@prive.example", is_external=True
    )
    engagement.freelancer.private_contact = private
    engagement.freelancer.save()
    engagement.ends_on = timezone.localdate() - timezone.timedelta(days=1)
    engagement.save()

    accept(submitted, reviewer)

    assert Message.objects.get(kind="deliverable_accepted").contact == private


def test_asking_for_changes_gives_it_back(engagement, submitted, reviewer):
    operations.ask_changes(
        deliverable_id=submitted.pk, comment="Mis foutafhandeling", actor=reviewer, is_complete="no"
    )

    submitted.refresh_from_db()
    assert submitted.state == "changes_asked"
    assert submitted.decided_at is not None
    review = Review.objects.get()
    assert (review.verdict, review.comment, review.is_complete) == (
        "changes_asked",
        "Mis foutafhandeling",
        "no",
    )
    assert not LedgerEntry.objects.exists()
    assert Message.objects.get(kind="deliverable_returned").contact == (
        engagement.freelancer.business_contact
    )
    assert AuditEvent.objects.filter(action="knowledge.deliverable.returned").count() == 1


def test_each_version_has_its_own_review(submitted, author, reviewer):
    operations.ask_changes(deliverable_id=submitted.pk, comment="Meer", actor=reviewer)
    write(submitted, author, text="Uitgebreider")
    operations.submit_deliverable(deliverable_id=submitted.pk, actor=author)
    accept(submitted, reviewer)

    verdicts = Review.objects.order_by("version__number").values_list("verdict", flat=True)
    assert list(verdicts) == ["changes_asked", "accepted"]


def test_changes_need_a_comment(submitted, reviewer):
    with pytest.raises(ReviewError, match="missing or unclear"):
        operations.ask_changes(deliverable_id=submitted.pk, comment=" \n", actor=reviewer)

    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_an_answer_that_is_none_of_the_three_is_refused(submitted, reviewer):
    with pytest.raises(ReviewError, match="yes, partly or no"):
        accept(submitted, reviewer, is_complete="perhaps")

    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("step", ["draft", "accepted", "changes_asked", "withdrawn"])
def test_only_what_waits_is_reviewed(step, engagement, author, reviewer):
    deliverable = start(engagement, author)
    if step != "draft":
        write(deliverable, author)
        operations.submit_deliverable(deliverable_id=deliverable.pk, actor=author)
    if step == "accepted":
        accept(deliverable, reviewer)
    elif step == "changes_asked":
        operations.ask_changes(deliverable_id=deliverable.pk, comment="Meer", actor=reviewer)
    elif step == "withdrawn":
        operations.withdraw_deliverable(deliverable_id=deliverable.pk, actor=author)
    before = LedgerEntry.objects.count()

    with pytest.raises(InvalidTransitionError):
        accept(deliverable, reviewer)
    with pytest.raises(InvalidTransitionError):
        operations.ask_changes(deliverable_id=deliverable.pk, comment="Meer", actor=reviewer)

    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize(
    "door", ["user", "business contact", "private contact", "second login", "member with address"]
)
def test_nobody_reviews_their_own_handover(door, engagement, submitted):
    freelancer = engagement.freelancer
    organisation = engagement.organisation
    private = ContactFactory(organisation=organisation, email="fatima@prive.example")
    freelancer.private_contact = private
    freelancer.save()
    if door == "user":
        actor = Actor(label="Fatima", user_id=freelancer.user_id)
    elif door == "business contact":
        actor = Actor(label="Fatima", kind="link", contact_id=freelancer.business_contact_id)
    elif door == "private contact":
        actor = Actor(label="Fatima", kind="link", contact_id=private.pk)
    elif door == "second login":
        actor = Actor(label="Fatima", user_id=UserFactory(email="FATIMA@prive.example").pk)
    else:
        member = MembershipFactory(organisation=organisation, contact=private)
        actor = Actor(label="Fatima", user_id=member.user_id, contact_id=None)

    with pytest.raises(NotPermittedError):
        accept(submitted, actor)
    with pytest.raises(NotPermittedError):
        operations.ask_changes(deliverable_id=submitted.pk, comment="Meer", actor=actor)
    with pytest.raises(NotPermittedError):
        operations.hand_on_review(
            deliverable_id=submitted.pk, contact_id=engagement.manager_id, actor=actor
        )

    submitted.refresh_from_db()
    assert submitted.state == "submitted"
    assert not LedgerEntry.objects.exists()


def test_a_newer_version_is_looked_at_before_it_is_judged(submitted, author, reviewer):
    operations.ask_changes(deliverable_id=submitted.pk, comment="Meer", actor=reviewer)
    write(submitted, author, text="Uitgebreider")
    operations.submit_deliverable(deliverable_id=submitted.pk, actor=author)

    with pytest.raises(StaleError, match="newer version"):
        accept(submitted, reviewer, version=1)
    with pytest.raises(StaleError, match="newer version"):
        operations.ask_changes(
            deliverable_id=submitted.pk, comment="Nog meer", actor=reviewer, version=1
        )

    assert accept(submitted, reviewer, version=2).state == "accepted"


def test_another_professional_may_review(submitted, organisation):
    successor = EngagementFactory(organisation=organisation).freelancer
    contact_id = successor.business_contact_id

    assert accept(submitted, Actor(label="Ö. Yılmaz", kind="link", contact_id=contact_id))


def test_a_review_is_handed_on_to_a_colleague(engagement, submitted, reviewer):
    colleague = ContactFactory(organisation=engagement.organisation, name="Samira Haddou")
    due_on = submitted.review_due_on

    operations.hand_on_review(deliverable_id=submitted.pk, contact_id=colleague.pk, actor=reviewer)

    submitted.refresh_from_db()
    assert submitted.reviewer == colleague
    assert submitted.review_due_on == due_on
    asked = Message.objects.filter(kind="review_asked").order_by("pk")
    assert [message.contact for message in asked] == [engagement.manager, colleague]
    event = AuditEvent.objects.get(action="knowledge.deliverable.handed_on")
    assert event.data["contact"] == colleague.pk
    title = submitted.title
    assert phrase_for(event) == f"handed the review of “{title}” on to Samira Haddou"


def test_a_review_goes_to_somebody_who_can_take_it(engagement, submitted, reviewer):
    organisation = engagement.organisation
    gone = ContactFactory(organisation=organisation, is_active=False)
    bounced = ContactFactory(
        organisation=organisation, bounced_at=timezone.now(), bounce_code="550"
    )
    own = engagement.freelancer.business_contact
    for contact_id, error in [
        (gone.pk, ReviewError),
        (bounced.pk, ReviewError),
        (987654, ReviewError),
        (engagement.manager_id, ReviewError),
        (own.pk, NotPermittedError),
    ]:
        with pytest.raises(error):
            operations.hand_on_review(
                deliverable_id=submitted.pk, contact_id=contact_id, actor=reviewer
            )

    submitted.refresh_from_db()
    assert submitted.reviewer is None
    assert Message.objects.count() == 1


def test_a_decided_review_is_not_handed_on(engagement, submitted, reviewer):
    accept(submitted, reviewer)
    colleague = ContactFactory(organisation=engagement.organisation)

    with pytest.raises(InvalidTransitionError):
        operations.hand_on_review(
            deliverable_id=submitted.pk, contact_id=colleague.pk, actor=reviewer
        )


def test_a_closed_file_is_not_reviewed_any_more(engagement, submitted, reviewer):
    engagement.closed_at = timezone.now()
    engagement.save()

    with pytest.raises(EngagementOverError):
        accept(submitted, reviewer)


def test_the_system_may_review_as_hr_would(submitted):
    assert accept(submitted, SYSTEM).state == "accepted"


@pytest.mark.django_db(transaction=True)
def test_twenty_reviewers_at_once_book_once(organisation, engagement, author, reviewer):
    deliverable = hand_in(engagement, author)

    answers = at_once(organisation, *[lambda: accept(deliverable, reviewer)] * 20)

    assert sum(isinstance(answer, Deliverable) for answer in answers) == 1
    assert sum(isinstance(answer, InvalidTransitionError) for answer in answers) == 19
    assert LedgerEntry.objects.count() == 1
    assert Message.objects.filter(kind="deliverable_accepted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepted_and_returned_at_once_ends_in_one_of_both(
    organisation, engagement, author, reviewer
):
    deliverable = hand_in(engagement, author)

    answers = at_once(
        organisation,
        lambda: accept(deliverable, reviewer),
        lambda: operations.ask_changes(
            deliverable_id=deliverable.pk, comment="Meer", actor=reviewer
        ),
    )

    assert sum(isinstance(answer, InvalidTransitionError) for answer in answers) == 1
    assert Review.objects.count() == 1
    deliverable.refresh_from_db()
    assert LedgerEntry.objects.count() == (deliverable.state == "accepted")


@pytest.mark.django_db(transaction=True)
def test_handed_on_and_accepted_at_once_is_accepted(organisation, engagement, author, reviewer):
    deliverable = hand_in(engagement, author)
    colleague = ContactFactory(organisation=organisation)

    at_once(
        organisation,
        lambda: accept(deliverable, reviewer),
        lambda: operations.hand_on_review(
            deliverable_id=deliverable.pk, contact_id=colleague.pk, actor=reviewer
        ),
    )

    deliverable.refresh_from_db()
    assert deliverable.state == "accepted"
    assert LedgerEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_handovers_accepted_at_once_keep_the_cap_together(
    organisation, engagement, author, reviewer
):
    # Target 20: runbooks can earn 6, of which acceptance fills 30 %; six would earn 14.40.
    engagement.knowledge_target = 20
    engagement.save()
    made = [hand_in(engagement, author, title=f"Werkinstructie {n}") for n in range(6)]

    answers = at_once(organisation, *[lambda one=one: accept(one, reviewer) for one in made])

    assert all(isinstance(answer, Deliverable) for answer in answers)
    assert balance() == Decimal("1.80")
    assert LedgerEntry.objects.count() == 6
