import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifications import rules
from notifications.planning import ReminderDraft

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DOSSIERS = [uuid.UUID(int=number) for number in range(2)]
offsets = st.sampled_from([-21, -14, -7, 0, 1, 3])


@st.composite
def drafts(draw):
    offset = draw(offsets)
    about_on = draw(st.sampled_from([date(2026, 12, 1), date(2026, 12, 8)]))
    due_at = NOW + timedelta(days=offset, hours=draw(st.integers(-5, 5)))
    return ReminderDraft(
        rule="balance",
        band=f"{offset:+d}",
        about_on=about_on,
        contact_id=draw(st.integers(1, 2)),
        dossier=draw(st.sampled_from(DOSSIERS)),
        due_at=due_at,
        expires_at=due_at + timedelta(days=draw(st.integers(0, 30))),
        urgency=draw(st.sampled_from([20, 50, 80])),
    )


def unique(some):
    return list({rules.key_of(draft, 1): draft for draft in some}.values())


lists = st.lists(drafts(), max_size=12).map(unique)


@given(lists, lists)
def test_every_new_notice_meets_exactly_one_fate(new, earlier):
    decision = rules.decide(new, earlier, NOW)

    fates = decision.kept + decision.superseded + decision.expired
    assert sorted(map(id, fates)) == sorted(map(id, new))


@given(lists, lists)
def test_at_most_one_of_a_group_is_kept_and_it_is_of_use(new, earlier):
    decision = rules.decide(new, earlier, NOW)

    groups = [rules.group_of(draft) for draft in decision.kept]
    assert len(groups) == len(set(groups))
    assert all(draft.expires_at > NOW for draft in decision.kept)


@given(lists, lists)
def test_nothing_less_urgent_is_told_after_something_more_urgent(new, earlier):
    decision = rules.decide(new, earlier, NOW)

    for draft in decision.kept:
        told = [e for e in earlier if rules.group_of(e) == rules.group_of(draft)]
        assert all(rules.rank_of(e) < rules.rank_of(draft) for e in told)


@given(lists)
def test_group_with_something_useful_tells_its_most_urgent_useful_notice(new):
    decision = rules.decide(new, [], NOW)

    useful = [draft for draft in new if draft.expires_at > NOW]
    for draft in decision.kept:
        peers = [d for d in useful if rules.group_of(d) == rules.group_of(draft)]
        assert draft == max(peers, key=rules.rank_of)
    assert {rules.group_of(d) for d in decision.kept} == {rules.group_of(d) for d in useful}


@given(lists, lists)
def test_lateness_is_never_silent(new, earlier):
    """The most urgent notice of a group is told, was told, or is shown as expired."""
    decision = rules.decide(new, earlier, NOW)

    for draft in decision.superseded:
        group = rules.group_of(draft)
        visible = [*decision.kept, *decision.expired, *earlier]
        assert any(
            rules.group_of(other) == group and rules.rank_of(other) >= rules.rank_of(draft)
            for other in visible
        )


@given(lists, lists, st.randoms())
def test_order_of_asking_changes_nothing(new, earlier, random):
    shuffled = list(new)
    random.shuffle(shuffled)

    one, other = rules.decide(new, earlier, NOW), rules.decide(shuffled, earlier, NOW)

    assert set(map(id, one.kept)) == set(map(id, other.kept))
    assert set(map(id, one.expired)) == set(map(id, other.expired))


@given(lists)
def test_deciding_again_with_what_was_decided_keeps_nothing_new(new):
    first = rules.decide(new, [], NOW)

    again = rules.decide(first.superseded, first.kept + first.expired, NOW)

    assert not again.kept


@given(drafts(), st.integers(1, 9))
def test_key_tells_apart_everything_that_makes_a_notice_another(draft, organisation):
    others = [
        replace(draft, rule="other"),
        replace(draft, band="hr+8"),
        replace(draft, about_on=draft.about_on + timedelta(days=1)),
        replace(draft, contact_id=draft.contact_id + 1),
        replace(draft, dossier=uuid.uuid4()),
        replace(draft, item=uuid.uuid4()),
    ]
    keys = {rules.key_of(other, organisation) for other in [draft, *others]}
    keys.add(rules.key_of(draft, organisation + 1))

    assert len(keys) == 8
    same = replace(draft, due_at=draft.due_at + timedelta(days=1), urgency=99)
    assert rules.key_of(same, organisation) == rules.key_of(draft, organisation)


def test_key_reads_as_specified():
    draft = ReminderDraft(
        rule="item_due",
        band="-2",
        about_on=date(2026, 12, 1),
        contact_id=7,
        dossier=uuid.UUID(int=1),
        item=uuid.UUID(int=2),
        due_at=NOW,
        expires_at=NOW,
    )

    assert rules.key_of(draft, 3) == (
        f"rem:v1:3:{uuid.UUID(int=1)}:{uuid.UUID(int=2)}:item_due:-2:2026-12-01:7"
    )
    longest = replace(draft, rule="r" * 40, band="b" * 20, contact_id=2**63)
    assert len(rules.key_of(longest, 2**63)) <= 300
