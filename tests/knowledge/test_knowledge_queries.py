from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone, translation

from knowledge import operations, queries
from knowledge.models import DeliverableVersion, LedgerEntry, TransferPolicy
from knowledge.templatetags.handovers import deliverable_tag, markdown
from tests.factories.engagements import EngagementFactory
from tests.factories.knowledge import (
    DeliverableFactory,
    DeliverableFileFactory,
    KnowledgeAgreementFactory,
    LedgerEntryFactory,
)
from tests.knowledge.conftest import hand_in, promised, start, write


def booked(engagement, amount, stage="accepted", on=None):
    ground = {} if stage == "accepted" else {"without_receiver": True, "reason": "Niemand"}
    return LedgerEntryFactory(
        deliverable__engagement=engagement,
        amount=amount,
        stage=stage,
        booked_at=on or timezone.now(),
        **ground,
    )


def test_points_of_many_engagements_take_one_query(organisation, policy, django_assert_num_queries):
    engagements = [
        EngagementFactory(organisation=organisation, knowledge_target=100) for _ in range(5)
    ]
    first, second, *_others = engagements
    booked(first, "6.00")
    booked(first, "8.00", "received")
    booked(first, "6.50", "applied")
    KnowledgeAgreementFactory(engagement=second, in_force=True, target=140)

    with django_assert_num_queries(1):
        points = queries.points_by_engagement(engagement.pk for engagement in engagements)

    assert set(points) == {engagement.pk for engagement in engagements}
    of_first = points[first.pk]
    assert (of_first.accepted, of_first.received, of_first.applied) == (6, 8, Decimal("6.50"))
    assert (of_first.balance, of_first.target, of_first.is_agreed) == (
        Decimal("20.50"),
        100,
        False,
    )
    assert (points[second.pk].target, points[second.pk].is_agreed) == (140, True)
    assert of_first.to_go == Decimal("79.50")
    assert queries.points_by_engagement([]) == {}


def test_the_burn_up_has_one_step_a_day_on_the_organisations_clock(engagement):
    for amount, moment in [
        ("1.00", datetime(2026, 9, 1, 21, 30, tzinfo=UTC)),
        ("2.00", datetime(2026, 9, 1, 22, 30, tzinfo=UTC)),  # after midnight in Amsterdam
        ("3.00", datetime(2026, 9, 2, 10, 0, tzinfo=UTC)),
        ("-1.00", datetime(2026, 9, 4, 10, 0, tzinfo=UTC)),
    ]:
        entry = booked(engagement, abs(Decimal(amount)), on=moment)
        if amount.startswith("-"):
            LedgerEntryFactory(
                deliverable=entry.deliverable,
                amount=Decimal(amount) * 2,
                reverses=entry,
                reason="x",
                booked_at=moment,
            )

    _points, drawn = queries.progress_of(queries.dossier_of(engagement), None)
    steps = [(step.on, step.balance) for step in drawn]

    assert steps == [
        (date(2026, 9, 1), 1),
        (date(2026, 9, 2), 6),
        (date(2026, 9, 4), 5),
    ]


def test_a_preview_is_what_accepting_books(engagement, author, reviewer):
    for code in ("runbook", "workshop", "handover-document", "handover-document"):
        deliverable = hand_in(engagement, author, code)
        preview = queries.preview_of(deliverable)
        before = LedgerEntry.objects.count()
        operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

        entry = LedgerEntry.objects.latest("pk")
        assert LedgerEntry.objects.count() == before + 1
        assert (preview.booking.amount, preview.booking.limited_by) == (
            entry.amount,
            entry.limited_by,
        )
        assert preview.share == 30
    with translation.override("en"):
        assert preview.limit_label == "counts once per engagement"


def test_the_mix_stays_within_the_caps(policy):
    lines, mix = queries.mix_of(
        policy, 100, {"runbook": 5, "recording": 4, "workshop": 3, "unknown": 2, "questions": 0}
    )

    by_code = {chosen.form.code: chosen for chosen in lines}
    assert set(by_code) == {"runbook", "recording", "workshop"}
    assert (by_code["runbook"].line.full, by_code["runbook"].line.capped) == (40, 30)
    # 30 + 20 written, of which 40 counts; 40 of the workshops.
    assert (mix.total, mix.is_written_limited, mix.is_enough) == (80, True, False)


def test_the_mix_of_a_policy_without_a_common_cap(organisation, policy):
    simple = TransferPolicy.objects.get(code="simple")

    _lines, mix = queries.mix_of(simple, 100, {"runbook": 5, "recording": 4, "workshop": 3})

    assert (mix.total, mix.is_written_limited, mix.is_enough) == (90, False, False)


def test_hours_follow_from_points():
    assert queries.hours_for(100) == 20


def test_versions_take_few_queries(submitted, author, reviewer, django_assert_max_num_queries):
    for number in range(4):
        operations.ask_changes(deliverable_id=submitted.pk, comment="Meer", actor=reviewer)
        write(submitted, author, text=f"Versie {number}")
        operations.submit_deliverable(deliverable_id=submitted.pk, actor=author)
    operations.ask_changes(deliverable_id=submitted.pk, comment="Meer", actor=reviewer)
    write(submitted, author, text="Concept")

    with django_assert_max_num_queries(2):
        shown = queries.versions_of(submitted)
        assert [one.version.number for one in shown] == [5, 4, 3, 2, 1]
        assert all(one.review for one in shown)
        assert not any(one.is_empty for one in shown)
    assert len(queries.versions_of(submitted, with_draft=True)) == 6


def test_an_empty_version_says_so(engagement, author):
    start(engagement, author)

    assert queries.versions_of(start(engagement, author), with_draft=True)[0].is_empty


class TestCard:
    """What the engagement page shows about knowledge."""

    def next_step(self, engagement):
        with translation.override("en"):
            return queries.card_of(engagement).next_step

    def test_the_next_step_is_the_most_pressing_one(self, engagement, author, reviewer):
        assert self.next_step(engagement) == (
            "Agree with the professional on what will be handed over."
        )
        agreement = KnowledgeAgreementFactory(engagement=engagement, target=80)
        assert self.next_step(engagement) == "The agreement waits for an answer."
        operations.accept_agreement(agreement_id=agreement.pk, side="freelancer", actor=author)
        assert self.next_step(engagement) == "80 points to go."
        hand_in(engagement, author)
        assert self.next_step(engagement) == "1 handover waits for review."
        engagement.closed_at = timezone.now()
        assert self.next_step(engagement) == ""

    def test_a_reached_target_asks_for_nothing(self, engagement, policy):
        KnowledgeAgreementFactory(engagement=engagement, in_force=True, target=1)
        booked(engagement, 2)

        assert self.next_step(engagement) == ""

    def test_withdrawn_handovers_are_left_out(self, engagement, author):
        shown = hand_in(engagement, author)
        gone = start(engagement, author)
        operations.withdraw_deliverable(deliverable_id=gone.pk, actor=author)

        assert queries.card_of(engagement).deliverables == [shown]

    def test_it_says_whether_files_were_handed_in(self, engagement, organisation):
        draft = DeliverableFileFactory(version__deliverable__engagement=engagement)
        DeliverableFileFactory(
            version__deliverable__engagement=EngagementFactory(organisation=organisation),
            version__submitted_at=timezone.now(),
        )
        assert not queries.card_of(engagement).has_files

        DeliverableVersion.objects.filter(pk=draft.version_id).update(submitted_at=timezone.now())
        assert queries.card_of(engagement).has_files

    def test_the_card_needs_few_queries(
        self, engagement, author, reviewer, django_assert_max_num_queries
    ):
        for _number in range(5):
            deliverable = hand_in(engagement, author)
            operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)

        with django_assert_max_num_queries(4):
            queries.card_of(engagement)


class TestPromises:
    """What the client promised: a review in time, and paid hours."""

    def promises(self, engagement, agreement=None):
        with translation.override("en"):
            return [
                (promise.label, promise.state, promise.note)
                for promise in promised(engagement, agreement)
            ]

    def test_nothing_reviewed_yet_is_open(self, engagement, submitted):
        assert self.promises(engagement)[0] == (
            "Review within 3 working days",
            "open",
            "nothing reviewed yet",
        )

    def test_paid_hours_of_the_agreement_are_named(self, engagement, policy):
        agreement = KnowledgeAgreementFactory(engagement=engagement, paid_hours=Decimal("16.5"))

        hours = next(p for p in self.promises(engagement, agreement) if "hours" in p[0])
        assert hours[:2] == ("16.5 paid hours for handing over", "open")

    @pytest.mark.parametrize(
        ("days", "state", "note"), [(2, "kept", "1 of 1 in time"), (7, "late", "0 of 1 in time")]
    )
    def test_reviews_in_time_are_counted(self, days, state, note, engagement, author, reviewer):
        monday = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
        with time_machine.travel(monday, tick=False):
            deliverable = hand_in(engagement, author)
        with time_machine.travel(monday + timedelta(days=days), tick=False):
            operations.accept_deliverable(deliverable_id=deliverable.pk, actor=reviewer)
            assert self.promises(engagement)[0][1:] == (state, note)

    def test_a_review_that_waits_too_long_is_late(self, engagement, author):
        monday = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
        with time_machine.travel(monday, tick=False):
            hand_in(engagement, author)
        with time_machine.travel(monday + timedelta(days=4), tick=False):
            assert self.promises(engagement)[0][1:] == (
                "late",
                "should have been done Thu 10 Sept",
            )


class TestDisplay:
    """What templates say."""

    def tag(self, today=None, **facts):
        with translation.override("en"):
            return str(deliverable_tag(DeliverableFactory(**facts), today or timezone.localdate()))

    def test_only_what_needs_attention_has_a_colour(self, organisation):
        facts = {"engagement__organisation": organisation}
        assert "tag-quiet" in self.tag(**facts)
        assert "tag-info" in self.tag(submitted=True, **facts)
        assert self.tag(accepted=True, **facts) == '<span class="text-soft">accepted</span>'
        late = self.tag(timezone.localdate() + timedelta(days=5), submitted=True, **facts)
        assert "tag-bad" in late
        assert "2 days late" in late

    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("# Een\n\n### Twee\n\n# Drie", "<h3>Een</h3>\n<h4>Twee</h4>\n<h3>Drie</h3>\n"),
            ("### Eerst\n\n# Dan", "<h3>Eerst</h3>\n<h3>Dan</h3>\n"),
            ("Titel\n=====", "<h3>Titel</h3>\n"),
            ("<b>vet</b>", "<p>&lt;b&gt;vet&lt;/b&gt;</p>\n"),
            ("![x](https://spion.example/p.png)", "<p></p>\n"),
            (
                "[x](https://a.example)",
                '<p><a href="https://a.example" rel="noopener noreferrer nofollow">x</a></p>\n',
            ),
            ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
            ("[x](data:text/html,hoi)", "<p>[x](data:text/html,hoi)</p>\n"),
            ('<https://a.example/"onclick=x>', None),
            ("`<script>`", "<p><code>&lt;script&gt;</code></p>\n"),
        ],
    )
    def test_markdown_can_do_nothing_but_be_read(self, text, html):
        shown = str(markdown(text))
        assert "<script" not in shown
        assert " onclick" not in shown
        if html is not None:
            assert shown == html

    def test_headings_never_go_deeper_than_html_has(self):
        text = "\n\n".join("#" * level + f" Kop {level}" for level in range(1, 7))
        assert str(markdown(text, 5)).count("<h6>") == 5


def test_a_draft_is_not_among_what_was_handed_in(engagement, author):
    deliverable = start(engagement, author)

    assert queries.versions_of(deliverable) == []
    assert DeliverableVersion.objects.count() == 1


def table_of(columns, rows):
    return "\n".join(["|" + "a|" * columns, "|" + "-|" * columns, *["|a"] * rows])


def test_a_table_of_some_size_is_a_table():
    assert "<table>" in markdown(f"Eerst dit.\n\n{table_of(12, 300)}\n\n{table_of(4, 500)}")


@pytest.mark.parametrize("size", [(3000, 3000), (100, 500), (20, 3000)], ids=str)
def test_a_vast_table_stays_text(size):
    html = markdown(f"# Kop\n\n{table_of(*size)}")

    assert "<table>" not in html
    assert "<h3>Kop</h3>" in html
    assert "|a" in html
