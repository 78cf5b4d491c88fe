"""Whatever the order of accepting, returning, taking back and agreeing: the books stay right."""

import contextlib
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import Actor
from core.errors import InvalidTransitionError
from core.scoping import organisation_scope
from knowledge import operations
from knowledge.models import Deliverable, DeliverableVersion, KnowledgeAgreement, LedgerEntry
from knowledge.queries import dossier_of, faults_of, points_of, progress_of
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import PROVEN, KnowledgeAgreementFactory, form_of

CODES = ("handover-document", "runbook", "knowledge-base", "workshop", "questions")
HR = Actor(label="Marieke Visser", user_id=987654)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("accept"), st.sampled_from(CODES)),
        st.tuples(st.just("reverse"), st.integers(0, 30)),
        st.tuples(st.just("target"), st.integers(1, 200)),
    ),
    min_size=1,
    max_size=25,
)


def waiting(engagement, code):
    deliverable = Deliverable.objects.create(
        organisation=engagement.organisation,
        engagement=engagement,
        form=form_of(engagement.organisation, code),
        title=code,
        state="submitted",
        submitted_at="2026-01-05T09:00:00Z",
    )
    DeliverableVersion.objects.create(
        organisation=engagement.organisation,
        deliverable=deliverable,
        number=1,
        kind="text",
        submitted_at="2026-01-05T09:00:00Z",
    )
    return deliverable


def replay(engagement, history):
    for what, which in history:
        if what == "accept":
            deliverable = waiting(engagement, which)
            operations.accept_deliverable(deliverable_id=deliverable.pk, actor=HR)
        elif what == "target":
            engagement.agreements.update(state="superseded")
            KnowledgeAgreementFactory(
                engagement=engagement,
                target=which,
                version=engagement.agreements.count() + 1,
                reason="Anders",
                in_force=True,
            )
        else:
            entry = LedgerEntry.objects.order_by("pk")[which : which + 1].first()
            if entry is not None:
                with contextlib.suppress(InvalidTransitionError):
                    operations.reverse_entry(entry_id=entry.pk, reason="Onterecht", actor=HR)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=steps)
@pytest.mark.django_db
def test_the_books_are_right_after_any_history(history):
    organisation = OrganisationFactory()
    with organisation_scope(organisation):
        engagement = EngagementFactory(organisation=organisation, knowledge_target=100)
        replay(engagement, history)
        entries = list(LedgerEntry.objects.order_by("pk"))

        assert faults_of(organisation) == []
        points = points_of(engagement)
        assert points.balance == sum((entry.amount for entry in entries), Decimal(0)) >= 0
        assert (points.received, points.applied) == (0, 0)
        assert LedgerEntry.objects.filter(reverses=None).count() == sum(
            what == "accept" for what, _ in history
        )
        assert_caps_held_when_booking(organisation, entries)
        agreement = KnowledgeAgreement.objects.in_force().filter(engagement=engagement).first()
        progress, steps_drawn = progress_of(dossier_of(engagement), agreement)
        assert progress == points
        assert (steps_drawn[-1].balance if steps_drawn else 0) == points.balance


def assert_caps_held_when_booking(organisation, entries):
    """Recount by hand, without the rules: no booking took more than its caps left."""
    of_form, written = defaultdict(Decimal), Decimal(0)
    for entry in entries:
        form = form_of(organisation, entry.form_code)
        if entry.reverses_id is None and entry.amount:
            if form.cap_share is not None:
                room = entry.target * form.cap_share - of_form[entry.form_code]
                assert entry.amount <= room
            if form.once_only:
                assert of_form[entry.form_code] == 0
            if form.is_written:
                assert entry.amount <= entry.target * Decimal("0.40") - written
        assert abs(entry.amount) <= form.base_points * PROVEN.shares["accepted"]
        of_form[entry.form_code] += entry.amount
        written += entry.amount if form.is_written else 0
