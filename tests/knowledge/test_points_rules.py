from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.models import LedgerEntry
from knowledge.rules import (
    STAGES,
    Booking,
    FormTerms,
    Standing,
    book,
    cap_of,
    has_enough_forms,
    points_for_stage,
    points_to_go,
    stage_cap,
    target_for,
)
from tests.factories.knowledge import PROVEN, SIMPLE

D = Decimal
POINTS = st.decimals(0, 60, places=2)
SHARES = st.decimals(0, 1, places=2)
TARGETS = st.integers(1, 400)
FORMS = {
    "procedure": FormTerms(D(8), D("0.30"), is_written=True),
    "wiki": FormTerms(D(4), D("0.15"), is_written=True),
    "recording": FormTerms(D(6), D("0.20"), is_written=True),
    "workshop": FormTerms(D(20), D("0.40")),
    "odd": FormTerms(D("3.33"), D("0.07"), is_written=True),
    "free": FormTerms(D(10)),
}


class Ledger:
    """The bookings of one engagement, as the operation would keep them."""

    def __init__(self, target, policy):
        self.target, self.policy = target, policy
        self.entries = []  # [form, deliverable, stage, amount]

    def standing(self, form, deliverable=None, stage=None):
        """What was booked at one stage; at all of them when none is named."""

        def net(keep):
            return sum((e[3] for e in self.entries if keep(e)), D(0))

        def counts(entry):
            return stage in (None, entry[2])

        others = {e[1] for e in self.entries if e[0] == form and e[1] != deliverable}
        return Standing(
            form=net(lambda e: e[0] == form and counts(e)),
            written=net(lambda e: FORMS[e[0]].is_written and counts(e)),
            others_with_points=sum(net(lambda e, o=o: e[1] == o) > 0 for o in others),
        )

    def book(self, form, deliverable, stage):
        booking = book(
            self.target, self.policy, FORMS[form], stage, self.standing(form, deliverable, stage)
        )
        self.entries.append((form, deliverable, stage, booking.amount))
        return booking

    def reverse(self, entry):
        form, deliverable, stage, amount = entry
        self.entries.append((form, deliverable, stage, -amount))


STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(FORMS)), st.integers(1, 3), st.sampled_from(STAGES)),
    max_size=40,
    unique=True,
)


def play(ledger, steps):
    for form, number, stage in steps:
        yield ledger.book(form, f"{form} {number}", stage)


@given(TARGETS, STEPS)
def test_the_bookings_of_a_form_never_exceed_its_cap(target, steps):
    ledger = Ledger(target, PROVEN)
    for _booking in play(ledger, steps):
        for form, terms in FORMS.items():
            if terms.cap_share is not None:
                assert ledger.standing(form).form <= target * terms.cap_share


@given(TARGETS, STEPS)
def test_written_and_recorded_forms_together_never_exceed_their_cap(target, steps):
    ledger = Ledger(target, PROVEN)
    for _booking in play(ledger, steps):
        assert ledger.standing("wiki").written <= target * D("0.40")


@given(TARGETS, SHARES, st.sampled_from([PROVEN, SIMPLE]))
def test_the_stages_of_a_cap_make_exactly_the_cap(target, share, policy):
    parts = [stage_cap(target, share, stage, policy.shares) for stage in STAGES]

    assert sum(parts) == cap_of(target, share)
    assert all(part >= 0 for part in parts)


@given(TARGETS, st.lists(st.sampled_from(["procedure", "wiki", "recording", "odd"]), max_size=60))
def test_accepted_documents_without_receivers_earn_at_most_an_eighth_of_the_target(target, forms):
    ledger = Ledger(target, PROVEN)
    for number, form in enumerate(forms):
        ledger.book(form, f"{form} {number}", "accepted")

    # 40 % for written forms, of which acceptance fills 30 %.
    assert sum(entry[3] for entry in ledger.entries) <= target * D("0.12")


@given(TARGETS, STEPS, st.sampled_from([PROVEN, SIMPLE]))
def test_a_booking_is_never_negative_nor_more_than_its_stage_and_says_what_cut_it(
    target, steps, policy
):
    for booking in play(Ledger(target, policy), steps):
        assert 0 <= booking.amount <= booking.uncapped
        assert (booking.amount < booking.uncapped) == (booking.limited_by != "")
        assert booking.amount == booking.amount.quantize(D("0.01"))


@given(STEPS, st.randoms())
def test_the_total_does_not_depend_on_the_order_when_no_cap_binds(steps, random):
    def total(order):
        ledger = Ledger(100_000, PROVEN)
        assert all(not booking.limited_by for booking in play(ledger, order))
        return sum((entry[3] for entry in ledger.entries), D(0))

    shuffled = list(steps)
    random.shuffle(shuffled)

    assert total(steps) == total(shuffled)


@given(POINTS | st.decimals(0, 60, places=4))
def test_rounding_never_creates_points(base):
    for policy in (PROVEN, SIMPLE):
        stages = [points_for_stage(base, policy.shares[stage]) for stage in STAGES]
        assert base - D("0.03") < sum(stages) <= base


@given(TARGETS, STEPS.filter(bool), st.data())
def test_a_reversal_gives_its_room_back(target, steps, data):
    ledger = Ledger(target, PROVEN)
    list(play(ledger, steps[:-1]))
    before = ledger.standing(steps[-1][0])
    form, number, stage = steps[-1]
    first = ledger.book(form, f"{form} {number}", stage)
    ledger.reverse(ledger.entries[-1])

    assert ledger.standing(form) == before
    again = ledger.book(form, f"{form} again", stage)

    assert again == first


@given(TARGETS, POINTS, POINTS, POINTS, SHARES)
def test_more_room_never_means_fewer_points(target, base, booked, less, cap):
    form = FormTerms(base, cap, is_written=True)
    full = Standing(form=booked + less, written=booked + less)
    roomy = Standing(form=booked, written=booked)

    assert (
        book(target, PROVEN, form, "received", roomy).amount
        >= book(target, PROVEN, form, "received", full).amount
    )


@pytest.mark.parametrize(
    ("form", "stage", "standing", "booking"),
    [
        ("workshop", "accepted", Standing(), Booking(D("6.00"), D("6.00"), "")),
        ("workshop", "received", Standing(), Booking(D("8.00"), D("8.00"), "")),
        # Of a cap of 40 points, acceptance may fill 12, receiving 16 and applying 12.
        ("workshop", "applied", Standing(form=D(6)), Booking(D("6.00"), D("6.00"), "")),
        ("workshop", "applied", Standing(form=D(7)), Booking(D("5.00"), D("6.00"), "form")),
        ("workshop", "applied", Standing(form=D(12)), Booking(D("0.00"), D("6.00"), "form")),
        ("workshop", "received", Standing(form=D(12)), Booking(D("4.00"), D("8.00"), "form")),
        ("wiki", "accepted", Standing(written=D(11)), Booking(D("1.00"), D("1.20"), "written")),
        # Both bind: the tighter one is told; the form's own when they bind alike.
        (
            *("wiki", "accepted", Standing(D("3.5"), D("11.5"))),
            Booking(D("0.50"), D("1.20"), "written"),
        ),
        ("wiki", "accepted", Standing(D(4), D(11)), Booking(D("0.50"), D("1.20"), "form")),
        ("wiki", "accepted", Standing(D("3.5"), D(11)), Booking(D("1.00"), D("1.20"), "form")),
        # The common cap is for written forms only.
        ("workshop", "accepted", Standing(written=D(40)), Booking(D("6.00"), D("6.00"), "")),
        ("free", "accepted", Standing(form=D(500)), Booking(D("3.00"), D("3.00"), "")),
    ],
)
def test_a_stage_earns_what_its_caps_leave_of_a_target_of_100(form, stage, standing, booking):
    assert book(100, PROVEN, FORMS[form], stage, standing) == booking


def test_simple_books_everything_at_once_and_knows_no_common_cap():
    written = Standing(written=D(99))

    assert book(100, SIMPLE, FORMS["wiki"], "accepted", written) == Booking(D(4), D(4), "")
    assert book(100, SIMPLE, FORMS["wiki"], "received", Standing()) == Booking(D(0), D(0), "")
    assert book(100, SIMPLE, FORMS["wiki"], "accepted", Standing(form=D(13))).limited_by == "form"


def test_a_form_that_counts_once_counts_for_its_first_deliverable_only():
    handover = FormTerms(D(20), is_once=True)

    assert book(100, PROVEN, handover, "received", Standing(form=D(6))).amount == 8
    second = book(100, PROVEN, handover, "accepted", Standing(form=D(6), others_with_points=1))
    assert second == Booking(D(0), D(6), "once")
    many = replace(handover, is_once=False)
    assert book(100, PROVEN, many, "accepted", Standing(others_with_points=1)).amount == 6
    assert book(100, SIMPLE, handover, "applied", Standing(others_with_points=1)).limited_by == ""


def test_a_lowered_target_takes_nothing_back():
    assert book(10, PROVEN, FORMS["workshop"], "accepted", Standing(form=D(30))) == Booking(
        D(0), D(6), "form"
    )
    assert book(10, SIMPLE, FORMS["wiki"], "applied", Standing(form=D(30))).limited_by == ""


def test_a_cap_is_rounded_down():
    assert cap_of(99, D("0.155")) == D("15.34")
    assert cap_of(100, None) is None
    assert cap_of(100, D(0)) == 0


@pytest.mark.parametrize(("base", "share"), [("-1", "0.3"), ("1", "1.01"), ("1", "-0.01")])
def test_numbers_out_of_range_are_a_mistake_in_the_program(base, share):
    with pytest.raises(ValueError, match="base points"):
        points_for_stage(D(base), D(share))


def test_the_shares_of_each_policy_add_up_to_the_whole():
    for policy in (PROVEN, SIMPLE):
        assert sum(policy.shares[stage] for stage in STAGES) == 1


def test_the_words_of_the_rules_are_those_of_the_ledger():
    assert list(STAGES) == LedgerEntry.Stage.values
    assert set(LedgerEntry.Limit.values) == {"", "form", "written", "once"}


def test_points_to_go_stop_at_zero():
    assert points_to_go(100, D("62.40")) == D("37.60")
    assert points_to_go(100, D(130)) == 0


@pytest.mark.parametrize(
    ("forms", "least", "enough"),
    [
        ([], 0, True),
        ([], 1, False),
        (["workshop", "workshop"], 2, False),
        (["workshop", "pairing"], 2, True),
        (iter(["a", "b", "c"]), 2, True),
    ],
)
def test_only_different_forms_count(forms, least, enough):
    assert has_enough_forms(forms, least) is enough


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "target"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), 60),
        (date(2026, 1, 1), date(2026, 3, 31), 60),
        (date(2026, 1, 1), date(2026, 4, 1), 100),
        (date(2026, 1, 1), date(2026, 6, 30), 100),
        (date(2026, 1, 1), date(2026, 7, 1), 140),
        (date(2024, 2, 29), date(2025, 2, 27), 140),
        (date(2026, 1, 1), date(2026, 12, 31), 140),
        (date(2026, 1, 1), date(2027, 1, 1), 180),
        (date(2026, 1, 1), date(2030, 1, 1), 180),
    ],
)
def test_the_target_follows_from_the_length_in_calendar_months(starts_on, ends_on, target):
    assert target_for(starts_on, ends_on) == target


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 900), st.integers(0, 900))
def test_a_longer_engagement_never_asks_for_less(starts_on, one, other):
    shorter, longer = sorted((one, other))

    assert target_for(starts_on, starts_on + timedelta(shorter)) <= target_for(
        starts_on, starts_on + timedelta(longer)
    )


def test_an_organisation_may_set_its_own_targets():
    assert target_for(date(2026, 1, 1), date(2026, 12, 31), ((1, 5), (None, 7))) == 7
