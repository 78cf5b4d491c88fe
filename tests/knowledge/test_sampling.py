"""Words that stand out are looked at by HR, and count all the same."""

import sys
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actors import Actor
from core.audit import phrase_for
from core.errors import InvalidTransitionError, NotPermittedError
from core.models import AuditEvent
from core.scoping import organisation_scope
from knowledge import operations
from knowledge.models import Confirmation
from knowledge.queries import found_samples, points_of, topic_figures
from knowledge.rules import Said, samples_of
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.knowledge import ConfirmationFactory, ReceiverFactory, TopicFactory
from tests.knowledge.conftest import accepted_about, name, say
from tests.races import just_behind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HR = Actor(label="Marieke Visser")
LIST = reverse("knowledge:sample_list")


def said(*seconds, person=1, words="Zin {}", first=0):
    return [
        Said(first + key, person, NOON + timedelta(seconds=second), words.format(chr(97 + key)))
        for key, second in enumerate(seconds)
    ]


# The rule ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "keys"),
    [
        ((0, 60, 120), (0, 1, 2)),
        ((0, 60, 121), ()),
        ((0, 1), ()),
        ((0, 500, 510, 520, 5000), (1, 2, 3)),
        ((0, 100, 200, 210, 220), (1, 2, 3, 4)),
    ],
)
def test_three_words_within_two_minutes_stand_out(seconds, keys):
    found = samples_of(said(*seconds))

    assert [(one.keys, one.signs) for one in found] == ([(keys, ("fast",))] if keys else [])


def test_the_same_sentence_three_times_stands_out_however_slow():
    days = [day * 86_400 for day in range(3)]
    sentences = ("Ik kan dit nu zelf", "ik kan dit  nu ZELF 2!", "Ik kan dit nu zelf, 3.")
    same = [
        Said(key, 1, NOON + timedelta(seconds=second), sentence)
        for key, (second, sentence) in enumerate(zip(days, sentences, strict=True))
    ]

    assert [(one.keys, one.signs) for one in samples_of(same)] == [((0, 1, 2), ("same",))]
    assert samples_of(same[:2]) == []


def test_different_people_are_not_one():
    mixed = [*said(0, 10, person=1), *said(5, 15, person=2, first=10)]

    assert samples_of(mixed) == []


def test_both_signs_are_told_once():
    found = samples_of(said(0, 1, 2, words="Altijd hetzelfde hoor"))

    assert found[0].signs == ("fast", "same")


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 2000), st.sampled_from(["a b c", "d e f"])),
        max_size=25,
    ),
    st.randoms(),
)
def test_the_order_in_which_words_are_read_does_not_matter(drawn, dice):
    words = [
        Said(key, person, NOON + timedelta(seconds=second), text)
        for key, (person, second, text) in enumerate(drawn)
    ]
    shuffled = words[:]
    dice.shuffle(shuffled)

    found = samples_of(words)

    assert {one.person: one.keys for one in samples_of(shuffled)} == {
        one.person: one.keys for one in found
    }
    assert all(len(one.keys) >= 3 for one in found)


# The list ---------------------------------------------------------------------------------------


@pytest.fixture
def rush(organisation):
    """Three words of one receiver, within half a minute."""
    contact = ContactFactory(organisation=organisation, name="Samira Haddou")
    return [
        ConfirmationFactory(
            organisation=organisation,
            receiver__contact=contact,
            receiver__topic__engagement__organisation=organisation,
            at=timezone.now() - timedelta(seconds=30 - number),
            words=f"Zin {chr(97 + number)} van Samira.",
        )
        for number in range(3)
    ]


MOST_DRAWN = 14


@pytest.fixture
def people(organisation):
    """Two people, each with a topic for every word that they may say."""
    contacts = ContactFactory.create_batch(2, organisation=organisation)
    topics = TopicFactory.create_batch(MOST_DRAWN, engagement__organisation=organisation)
    return [[ReceiverFactory(topic=one, contact=contact) for one in topics] for contact in contacts]


SIGNS = ["e", "E", "é", "ẹ", "ß", "ﬀ", "K", "İ", " ", ".", "7", "_", "x"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.integers(0, 400),
            st.text(st.sampled_from(SIGNS), min_size=1, max_size=4),
        ),
        max_size=MOST_DRAWN,
    )
)
def test_the_database_leaves_out_nothing_that_the_rule_finds(people, drawn):
    now = timezone.now() - timedelta(hours=1)
    with transaction.atomic():
        made = Confirmation.objects.bulk_create(
            Confirmation(
                organisation_id=people[person][number].organisation_id,
                receiver=people[person][number],
                answer="received",
                words=words,
                is_external=False,
                said_by="x",
                at=now + timedelta(seconds=second),
            )
            for number, (person, second, words) in enumerate(drawn)
        )
        found = {one.keys: one.signs for one in found_samples()}
        transaction.set_rollback(True)

    said = [Said(one.pk, one.receiver.contact_id, one.at, one.words) for one in made]
    assert found == {one.keys: one.signs for one in samples_of(said)}


def test_no_other_letter_is_folded_into_the_one_that_is_counted():
    letters = map(chr, range(sys.maxunicode + 1))

    assert [one for one in letters if "e" in one.casefold()] == ["E", "e"]


def seen_url(confirmation):
    return reverse("knowledge:sample_seen", args=[confirmation.receiver.contact.public_id])


def look(confirmations, actor=HR):
    return operations.look_at_words(confirmation_ids=[one.pk for one in confirmations], actor=actor)


def test_hr_reads_what_stands_out_and_says_that_they_looked(hr_client, hr, rush):
    page = hr_client.get(LIST).content.decode()
    assert "Samira Haddou" in page
    assert "Zin a van Samira." in page
    assert LIST in hr_client.get(reverse("knowledge:deliverable_list")).content.decode()
    assert LIST in hr_client.get(reverse("dashboards:home")).content.decode()

    words = [str(one.public_id) for one in rush]
    response = hr_client.post(seen_url(rush[0]), {"words": words}, follow=True)

    text = response.content.decode()
    assert "You looked at what Samira Haddou said." in text
    assert "No answer stands out." in text
    assert str(hr.user) in text
    rush[0].refresh_from_db()
    assert (rush[0].looked_by, rush[0].withdrawn_at) == (str(hr.user), None)
    assert "looked at what Samira Haddou said" in phrase_for(AuditEvent.objects.latest("pk"))
    assert AuditEvent.objects.filter(action="knowledge.confirmation.looked_at").count() == 3
    for url in (reverse("knowledge:deliverable_list"), reverse("dashboards:home")):
        assert LIST not in hr_client.get(url).content.decode()


def test_what_came_after_the_page_was_shown_stays_to_look_at(hr_client, rush):
    contact = rush[0].receiver.contact
    later = [
        ConfirmationFactory(
            organisation=rush[0].organisation,
            receiver__contact=contact,
            receiver__topic__engagement__organisation=rush[0].organisation,
            words=f"Later {chr(97 + number)} gezegd.",
        )
        for number in range(3)
    ]

    hr_client.post(seen_url(rush[0]), {"words": [str(one.public_id) for one in rush]})

    (sample,) = found_samples()
    assert set(sample.keys) == {one.pk for one in later}


def test_looking_changes_neither_points_nor_coverage(topic, author, reviewer, organisation):
    accepted_about(topic, author, reviewer)
    word = say(name(topic, reviewer), "performed", "Ik deed het helemaal zelf.")
    before = points_of(topic.engagement), topic_figures(organisation)

    look([word])

    assert (points_of(topic.engagement), topic_figures(organisation)) == before
    assert Confirmation.objects.in_force().get() == word


def test_what_was_looked_at_or_taken_back_is_not_looked_at_again(hr_client, rush):
    look(rush[:1])
    assert len(look(rush)) == 2

    with pytest.raises(InvalidTransitionError, match="already"):
        look(rush)
    response = hr_client.post(seen_url(rush[0]), {"words": [str(rush[0].public_id)]}, follow=True)
    assert "Somebody looked at this already." in response.content.decode()


def test_nobody_looks_at_their_own_answers(rush):
    own = Actor(label="Samira Haddou", contact_id=rush[0].receiver.contact_id)

    with pytest.raises(NotPermittedError, match="A colleague looks"):
        look(rush, own)

    assert len(found_samples()) == 1


@pytest.mark.parametrize("words", [[], ["x"], ["6a5c3f0c-3e0e-4f3b-9d0a-3d0f3f9f7c11"]])
def test_words_that_are_not_there_change_nothing(words, hr_client, rush):
    response = hr_client.post(seen_url(rush[0]), {"words": words}, follow=True)

    assert response.status_code == 200
    assert not Confirmation.objects.filter(looked_at__isnull=False).exists()


def test_questions_and_what_was_taken_back_do_not_stand_out(rush):
    rush[0].answer = "not_yet"
    rush[0].save()
    assert found_samples() == []
    rush[0].answer = "received"
    rush[0].withdrawn_at, rush[0].withdrawn_reason = timezone.now(), "Nee"
    rush[0].save()
    assert found_samples() == []


def test_what_is_longer_ago_than_a_quarter_is_left_alone(rush):
    with time_machine.travel(timezone.now() + timedelta(days=93)):
        assert found_samples() == []


def test_an_auditor_reads_and_says_nothing(organisation, rush):
    client = Client()
    client.force_login(MembershipFactory(organisation=organisation, role="auditor").user)

    page = client.get(LIST)
    assert page.status_code == 200
    assert "I looked at this" not in page.content.decode()
    assert client.post(seen_url(rush[0])).status_code == 403


def test_another_organisation_sees_nothing_of_it(rush, db):
    other = OrganisationFactory()
    with organisation_scope(other):
        client = Client()
        client.force_login(MembershipFactory(organisation=other, role="hr").user)
        assert found_samples() == []

    assert "Samira" not in client.get(LIST).content.decode()
    assert client.post(seen_url(rush[0])).status_code == 404


def test_who_looked_has_a_name(rush):
    with (
        pytest.raises(IntegrityError, match="confirmation_looked_at_by_somebody"),
        transaction.atomic(),
    ):
        Confirmation.objects.filter(pk=rush[0].pk).update(looked_at=timezone.now())


def test_the_list_needs_few_queries(hr_client, rush, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        hr_client.get(LIST)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_look_at_once_one_is_written_down(organisation, rush):
    answer = just_behind(
        organisation, lambda: look(rush, Actor(label="Jan Mol")), lambda: look(rush)
    )

    assert isinstance(answer, InvalidTransitionError)
    assert set(Confirmation.objects.values_list("looked_by", flat=True)) == {"Jan Mol"}
