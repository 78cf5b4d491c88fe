"""The pages on which HR works on tasks."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from notifications.models import Message
from offboarding import operations
from offboarding.models import ChecklistItem, EvidenceFile
from offboarding.queries import lists
from tests.factories.accounts import MembershipFactory
from tests.factories.core import ContactFactory, OrganisationFactory
from tests.factories.engagements import EngagementFactory
from tests.factories.offboarding import ChecklistItemFactory
from tests.offboarding.conftest import HR, day, task

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def item(engagement):
    return task(engagement, "OF05")


@pytest.fixture
def client(engagement, hr_client):
    """HR, signed in when the story begins (and not when the clock of the machine says so)."""
    return hr_client


def address(name, item):
    return reverse(f"offboarding:{name}", args=[item.public_id])


def fresh(item):
    return ChecklistItem.objects.get(pk=item.pk)


def text_of(response):
    return response.content.decode()


class TestOneTask:
    def test_it_says_what_is_asked_of_whom_and_by_when(self, client, item):
        page = text_of(client.get(item.get_absolute_url()))

        assert item.text_en in page
        assert "Peter Bos" in page
        assert "Fatima El Idrissi" in page
        assert "Yes, it is done" in page

    def test_evidence_that_is_asked_for_is_not_called_optional(self, client, engagement, item):
        asked = text_of(client.get(task(engagement, "ON02").get_absolute_url()))
        free = text_of(client.get(item.get_absolute_url()))

        assert "a note or a file, one of the two." in asked
        assert "(optional)" not in asked
        assert "one of the two" not in free
        assert "(optional)" in free

    def test_two_reminders_are_counted_in_dutch_too(self, client, hr, item):
        for number in (1, 2):
            Message.objects.create(
                organisation=item.organisation,
                contact=item.owner,
                kind="item_reminder",
                params={"item": item.pk},
                dedupe_key=f"item_reminder:{number}",
                state="sent",
                sent_at=timezone.now(),
                expires_at=timezone.now(),
            )
        hr.user.language = "nl"
        hr.user.save()

        assert "2 keer herinnerd" in text_of(client.get(item.get_absolute_url()))

    @pytest.mark.parametrize(
        ("number", "words"), [(1, "één keer herinnerd"), (2, "2 keer herinnerd")]
    )
    def test_the_row_of_a_late_task_counts_them_alike(self, item, number, words):
        with translation.override("nl"):
            said = lists._lateness(item, 0, number, item.due_on + datetime.timedelta(days=1))

        assert words in said

    def test_it_asks_for_evidence_only_where_the_step_does(self, client, engagement, item):
        words = "This task asks for evidence"

        assert words not in text_of(client.get(item.get_absolute_url()))
        assert words in text_of(client.get(task(engagement, "OF21").get_absolute_url()))

    def test_it_stays_within_its_queries(self, client, item, django_assert_max_num_queries):
        with django_assert_max_num_queries(25):
            client.get(item.get_absolute_url())

    def test_done_goes_back_to_where_it_came_from(self, client, item):
        response = client.post(
            address("item_complete", item),
            {"note": "Geregeld", "next": "/engagements/?state=ending"},
        )

        assert response.status_code == 303
        assert response.url == "/engagements/?state=ending"
        assert (fresh(item).state, fresh(item).note) == ("done", "Geregeld")
        assert fresh(item).settled_by.startswith("Marieke Visser")

    @pytest.mark.parametrize(
        "elsewhere", ["https://evil.example/", "//evil.example", "", "nowhere"]
    )
    def test_it_never_sends_the_browser_elsewhere(self, client, item, elsewhere):
        response = client.post(address("item_complete", item), {"next": elsewhere})

        assert response.url == item.get_absolute_url()

    def test_evidence_that_is_missing_is_asked_for_on_the_page(self, client, engagement):
        item = task(engagement, "OF21")

        response = client.post(address("item_complete", item), {"note": ""})

        assert response.status_code == 409
        assert "Add a note or a file" in text_of(response)
        assert fresh(item).is_open

    def test_a_file_can_be_handed_in_and_downloaded(self, client, engagement):
        item = task(engagement, "OF21")
        client.post(
            address("item_complete", item),
            {"upload": SimpleUploadedFile("bewijs.txt", b"Account is weg.")},
        )
        evidence = EvidenceFile.objects.get(item=item)

        page = text_of(client.get(item.get_absolute_url()))
        download = client.get(reverse("offboarding:evidence_download", args=[evidence.public_id]))

        assert "bewijs.txt" in page
        assert download["Content-Disposition"] == 'attachment; filename="bewijs.txt"'
        assert download["Content-Type"] == "text/plain"
        assert download["X-Content-Type-Options"] == "nosniff"
        assert b"".join(download.streaming_content) == b"Account is weg."

    def test_a_file_that_is_refused_says_why(self, client, engagement):
        item = task(engagement, "OF21")

        response = client.post(
            address("item_complete", item), {"upload": SimpleUploadedFile("a.exe", b"MZ")}
        )

        assert response.status_code == 409
        assert not EvidenceFile.objects.exists()

    def test_not_yet_notes_the_day(self, client, item):
        client.post(address("item_postpone", item), {"expected_on": day(3).isoformat()})

        assert fresh(item).expected_on == day(3)

    def test_not_yet_without_a_day_opens_its_question(self, client, item):
        response = client.post(address("item_postpone", item), {"expected_on": ""})

        assert response.status_code == 422
        assert "Give the day." in text_of(response)
        assert '<details class="disclosure" open>' in text_of(response)

    def test_a_day_that_is_past_is_refused(self, client, item):
        response = client.post(address("item_postpone", item), {"expected_on": day(-1).isoformat()})

        assert response.status_code == 422
        assert "This day is past" in text_of(response)

    def test_does_not_apply_needs_a_reason(self, client, item):
        assert client.post(address("item_waive", item), {"reason": " "}).status_code == 422
        assert client.post(address("item_waive", item), {"reason": "Geen team"}).status_code == 303
        assert fresh(item).state == "waived"

    def test_a_settled_task_can_be_opened_again(self, client, item):
        operations.complete_item(item_id=item.pk, actor=HR)

        page = text_of(client.get(item.get_absolute_url()))
        client.post(address("item_reopen", item), {"reason": "Te vroeg"})

        assert "Open this task again" in page
        assert fresh(item).is_open

    def test_it_offers_to_put_off_only_what_may_be(self, client, engagement):
        later = text_of(client.get(task(engagement, "OF26").get_absolute_url()))
        access = text_of(client.get(task(engagement, "OF22").get_absolute_url()))

        assert "Put off" in later
        assert "Put off" not in access

    def test_putting_off(self, client, engagement):
        item = task(engagement, "OF26")

        client.post(address("item_snooze", item), {"working_days": "3"})

        assert fresh(item).snoozed_until == day(3)

    @pytest.mark.parametrize(("days", "status"), [("", 422), ("x", 422), ("365", 409)])
    def test_putting_off_for_ever_is_refused(self, client, engagement, days, status):
        item = task(engagement, "OF26")

        response = client.post(address("item_snooze", item), {"working_days": days})

        assert response.status_code == status
        assert fresh(item).snoozed_until is None

    def test_giving_it_to_a_colleague_by_name(self, client, item, office):
        kim = ContactFactory(organisation=office, name="Kim Smit", email="k.smit@veldam.example")

        client.post(address("item_assign", item), {"contact": "Kim Smit"})

        assert fresh(item).owner == kim

    def test_giving_it_to_nobody_we_know_says_so(self, client, item):
        response = client.post(address("item_assign", item), {"contact": "Niemand"})

        assert response.status_code == 422
        assert "We do not know “Niemand”" in text_of(response)

    def test_it_suggests_who_is_likely_to_take_it(self, client, item):
        page = text_of(client.get(item.get_absolute_url()))

        assert "Servicedesk (" in page
        assert "Peter Bos (" in page

    def test_asking_now_sends_one_mail(self, client, item):
        client.post(address("item_remind", item))
        again = client.post(address("item_remind", item))

        assert Message.objects.filter(kind="item_reminder").count() == 1
        assert again.status_code == 409
        assert "reminded today already" in text_of(again)

    def test_its_history_tells_what_happened(self, client, engagement):
        item = task(engagement, "OF06")
        operations.postpone_item(item_id=item.pk, expected_on=day(2), actor=HR)
        operations.shift_items(
            engagement=engagement.__class__.objects.get(pk=engagement.pk),
            old_ends_on=engagement.ends_on,
            actor=HR,
        )

        page = text_of(client.get(item.get_absolute_url()))

        assert "expects “Hand in the draft of the handover document” on Wed 25 Nov" in page
        assert "started the list: 44 tasks, 0 without owner" in page

    def test_a_closed_file_shows_the_task_and_offers_nothing(self, client, engagement, item):
        engagement.closed_at = datetime.datetime.now(datetime.UTC)
        engagement.save()

        page = text_of(client.get(item.get_absolute_url()))

        assert item.text_en in page
        assert "Yes, it is done" not in page
        assert "Remind now" not in page


class TestARow:
    def test_htmx_gets_the_row_and_the_counts(self, client, item):
        response = client.post(address("item_complete", item), {}, **HTMX)

        page = text_of(response)
        assert response.status_code == 200
        assert page.count("<li") == 1
        assert f'id="item-{item.public_id}"' in page
        assert "item-done" in page
        assert "43 open · 1 done" in page
        assert "<html" not in page

    def test_a_slip_can_be_undone_with_one_press(self, client, item):
        row = text_of(client.post(address("item_complete", item), {}, **HTMX))
        assert address("item_reopen", item) in row
        assert "That was a slip." in row

        client.post(address("item_reopen", item), {"reason": "That was a slip."}, **HTMX)

        assert fresh(item).is_open

    def test_its_buttons_belong_to_the_one_form_of_their_page(self, client, engagement, item):
        listed = text_of(client.get(reverse("offboarding:item_list") + "?role=it"))
        board = text_of(client.get(engagement.get_absolute_url()))
        row = text_of(client.post(address("item_complete", item), {}, **HTMX))

        for page in (listed, board):
            assert page.count('<form id="item-answers"') == 1
            assert page.count('form="item-answers"') > 1
        assert 'name="shows_engagement"' in listed
        assert 'name="shows_engagement"' not in board
        assert ("<form" in row, row.count('form="item-answers"')) == (False, 1)

    def test_it_goes_back_to_the_list_with_its_filters(self, client, item):
        listed = client.get(reverse("offboarding:item_list") + "?role=it&late=")

        assert 'name="next" value="/offboarding/items/?role=it&amp;late="' in text_of(listed)

    def test_a_refusal_stands_in_the_row(self, client, item):
        operations.complete_item(item_id=item.pk, actor=HR)

        response = client.post(address("item_complete", item), {}, **HTMX)

        assert "This task is done already." in text_of(response)

    def test_a_reminder_is_confirmed_in_the_row(self, client, engagement):
        response = client.post(address("item_remind", task(engagement, "OF06")), {}, **HTMX)

        assert "A reminder is on its way" in text_of(response)


class TestTheList:
    @pytest.fixture
    def listed(self, client):
        def read(query=""):
            response = client.get(reverse("offboarding:item_list") + query)
            assert response.status_code == 200
            return [row.item for row in response.context["rows"]]

        return read

    def test_the_longest_late_stands_on_top(self, listed):
        due = [item.due_on for item in listed()]

        assert due == sorted(due)

    def test_only_what_is_late(self, listed, engagement):
        late = listed("?late=on")

        assert {item.code for item in late} == set(
            ChecklistItem.objects.overdue(day(0)).values_list("code", flat=True)
        )
        assert "ON01" not in {item.code for item in late}

    def test_only_what_nobody_owns(self, listed, engagement):
        assert listed("?unowned=on") == []
        engagement.items.filter(code="OF21").update(owner=None)

        assert [item.code for item in listed("?unowned=on")] == ["OF21"]

    def test_by_role_owner_and_department(self, listed, engagement, office):
        elsewhere = EngagementFactory(organisation=office)
        operations.start_checklists(engagement=elsewhere, actor=HR)

        assert {item.owner_role for item in listed("?role=security")} == {"security"}
        assert {item.owner.name for item in listed("?owner=sanne")} == {"Sanne Kok"}
        here = listed(f"?department={engagement.department.public_id}")
        assert {item.engagement for item in here} == {engagement}

    def test_filters_show_as_chips_and_tabs_keep_them(self, client, engagement):
        response = client.get(reverse("offboarding:item_list") + "?role=security&late=on")

        assert [chip.label for chip in response.context["chips"]] == ["security"]
        tabs = {str(tab.label): tab for tab in response.context["tabs"]}
        assert tabs["Late"].is_current
        assert tabs["All open"].url == "?role=security"
        assert tabs["All open"].count == 1

    def test_nonsense_in_the_address_filters_nothing(self, listed):
        assert len(listed("?role=gardener&department=x&late=&page=99")) == 44

    def test_what_is_settled_or_of_a_closed_file_is_not_there(self, listed, engagement):
        operations.complete_item(item_id=task(engagement, "OF05").pk, actor=HR)
        assert "OF05" not in {item.code for item in listed()}
        engagement.closed_at = datetime.datetime.now(datetime.UTC)
        engagement.save()

        assert listed() == []

    def test_it_comes_in_pages_with_few_queries(
        self, client, engagement, django_assert_max_num_queries
    ):
        for _ in range(20):
            ChecklistItemFactory(engagement=engagement)

        with django_assert_max_num_queries(12):
            response = client.get(reverse("offboarding:item_list"))

        assert len(response.context["rows"]) == 50
        assert response.context["page_obj"].paginator.count == 64

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("", "There are no open tasks"),
            ("?late=on", "Nothing is late"),
            ("?unowned=on", "Every task has an owner"),
            ("?role=it", "No task fits these filters"),
        ],
    )
    def test_an_empty_list_says_what_that_means(self, client, engagement, query, words):
        engagement.items.all().delete()

        assert words in text_of(client.get(reverse("offboarding:item_list") + query))


class TestWhoMay:
    ANSWERS = (
        "item_complete",
        "item_postpone",
        "item_waive",
        "item_reopen",
        "item_snooze",
        "item_assign",
        "item_remind",
    )

    @pytest.fixture
    def auditor(self, office):
        client = Client()
        client.force_login(MembershipFactory(organisation=office, role="auditor").user)
        return client

    def test_an_auditor_reads_and_changes_nothing(self, auditor, item):
        page = text_of(auditor.get(item.get_absolute_url()))

        assert "Yes, it is done" not in page
        listed = auditor.get(reverse("offboarding:item_list"))
        assert listed.status_code == 200
        assert address("item_complete", item) not in text_of(listed)
        assert "item-answers" not in text_of(listed)
        for name in self.ANSWERS:
            assert auditor.post(address(name, item), {"note": "x"}).status_code == 403
        assert fresh(item).is_open

    def test_nobody_reaches_a_task_of_another_organisation(self, client, monday):
        foreign = ChecklistItemFactory(engagement__organisation=OrganisationFactory())

        assert client.get(foreign.get_absolute_url()).status_code == 404
        for name in self.ANSWERS:
            assert client.post(address(name, foreign), {"note": "x"}).status_code == 404

    def test_a_get_changes_nothing(self, client, item):
        for name in self.ANSWERS:
            assert client.get(address(name, item)).status_code == 405

    def test_a_visitor_is_asked_to_sign_in(self, item):
        for url in (item.get_absolute_url(), reverse("offboarding:item_list")):
            assert Client().get(url).status_code == 302
