"""Finding in the library: Dutch and English, whole words and first parts, real files."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import docx
import pptx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from core.actors import Actor
from core.files import random_name
from core.scoping import organisation_scope
from knowledge.models import (
    Deliverable,
    DeliverableFile,
    DeliverableVersion,
    FileText,
    LibraryItem,
    LibraryReader,
)
from knowledge.operations import reading, refresh_names, retire_item, shelve
from knowledge.queries import Library, LibraryFilter, library_files
from knowledge.queries.headlines import SHOWN, START, STOP, marked, opening
from knowledge.queries.library import MOST_RANKED
from knowledge.rules import plain_text, terms_of
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.core import OrganisationFactory
from tests.factories.engagements import DepartmentFactory, EngagementFactory, FreelancerFactory
from tests.factories.knowledge import (
    DeliverableFactory,
    DeliverableVersionFactory,
    TopicFactory,
    TopicHandoverFactory,
    form_of,
)
from tests.factories.uploads import make_pdf, make_xlsx

pytestmark = pytest.mark.django_db
HANNA = Actor(label="Hanna Smit")


def document(*paragraphs):
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    return saved(made)


def slides(*titles):
    made = pptx.Presentation()
    for title in titles:
        made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = title
    return saved(made)


def saved(made):
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


# Title, name of the file, content.
SHELF = {
    "closing": (
        "Draaiboek maandafsluiting",
        "draaiboek.docx",
        document(
            "Elke eerste werkdag sluit u de periode in het grootboek.",
            "Het wachtwoordbeheer van de kluis ligt bij functioneel beheer.",
        ),
    ),
    "waiting": (
        "Datamodel wachtlijsten",
        "datamodel.pptx",
        slides("Drie tabellen", "Aanmelding per aanvraag", "Uitstroomredenen", "Valkuilen"),
    ),
    "coupling": (
        "Werkinstructie nachtelijke koppeling",
        "werkinstructie.pdf",
        make_pdf("Start de taak opnieuw vanaf stap 3 en meld de storing in het logboek."),
    ),
    "rights": (
        "Autorisatieoverzicht zaaksysteem",
        "autorisaties.xlsx",
        make_xlsx([("Rol", "Mag"), ("Behandelaar", "dossiers inzien"), ("Zaak", 20261234)]),
    ),
    "grants": (
        "Overdracht subsidieproces",
        "overdracht.docx",
        document("Bezwaarschriften gaan eerst langs de jurist.", "Beschikkingen op maandag."),
    ),
    "rhythm": (
        "Ritme van het beheeroverleg",
        "ritme.md",
        "# Vergaderingen\n\nTweewekelijks, met een besluitenlijst in Özgürs map.".encode(),
    ),
    "certificates": (
        "Certificaten vernieuwen",
        "certificaten.txt",
        "Verloopt het certificaat, dan stopt de koppeling zonder melding. Coördinatie: ICT.".encode(
            "cp1252"
        ),
    ),
    "desk": (
        "Zo werkt de nieuwe balie",
        "balie.pptx",
        slides("Afspraken plannen", "Identiteitscontrole", "Rijbewijsaanvraag"),
    ),
    "release": (
        "Release procedure",
        "release.md",
        b"Roll back the deployment when monitoring raises alerts. Tag every build.",
    ),
    "incident": (
        "Incident handbook",
        "incident.pdf",
        make_pdf("Escalate to the on-call engineer, then write a blameless review."),
    ),
    "warehouse": (
        "Data warehouse architecture",
        "architecture.pptx",
        slides("Ingestion layers", "Slowly changing dimensions", "Ownership of data sets"),
    ),
    "supplier": (
        "Supplier contacts",
        "suppliers.xlsx",
        make_xlsx([("Supplier", "Renewal"), ("Contoso licences", "yearly in September")]),
    ),
}
# What is typed, what has to stand on top, and by what it is found.
DUTCH = [
    ("wachtwoord", "closing", "first part of a compound, inside a docx"),
    ("wachtwoordbeheer", "closing", "whole compound"),
    ("maandafsluiting", "closing", "title"),
    ("maand", "closing", "first part of a compound in a title"),
    ("sluiten grootb", "closing", "beginning of the last word"),
    ("draaiboek.docx", "closing", "file name as it is written"),
    ("wachtlijst", "waiting", "plural in the title"),
    ("uitstroom", "waiting", "first part of a compound, inside a pptx"),
    ("valkuil", "waiting", "plural, inside a pptx"),
    ("aanmeldingen", "waiting", "singular, inside a pptx"),
    ("nachtelijke koppelingen", "coupling", "singular in the title"),
    ("storingen", "coupling", "singular, inside a pdf"),
    ("logboek", "coupling", "inside a pdf"),
    ("autorisatie", "rights", "plural in the name of a file"),
    ("behandelaars dossier", "rights", "two words, inside an xlsx"),
    ("20261234", "rights", "number, inside an xlsx"),
    ("toegangsbeheer", "rights", "title of its topic"),
    ("overdrachten", "grants", "singular in the title"),
    ("bezwaar", "grants", "first part of a compound, inside a docx"),
    ("vergadering", "rhythm", "plural, inside an md"),
    ("Ozgur", "rhythm", "without its diacritics, inside an md"),
    ("wat is de coordinatie van het certificaat", "certificates", "as one asks, inside a txt"),
    ("certificaat zonder melding", "certificates", "with a word between, inside a txt"),
    ("rijbewijzen", None, "a plural that no stem shares"),
    ("identiteit", "desk", "first part of a compound, inside a pptx"),
    ("Çelik", "desk", "name of the maker"),
    ("celik balie", "desk", "name of the maker without diacritics, and the title"),
    ("grootboekperiode afsluiting", None, "nobody wrote that"),
]
ENGLISH = [
    ("deployments", "release", "singular, inside an md"),
    ("rolling back", "release", "another form of the verb, inside an md"),
    ("the alert", "release", "plural, with a word that says nothing"),
    ("builds", "release", "singular, inside an md"),
    ("escalation", "incident", "noun of a verb, inside a pdf"),
    ("blameless reviews", "incident", "singular, inside a pdf"),
    ("on-call", "incident", "with a hyphen, inside a pdf"),
    ("warehouses", "warehouse", "singular in the title"),
    ("slow change", "warehouse", "other forms, inside a pptx"),
    ("owner", "warehouse", "beginning of a word, inside a pptx"),
    ("architecture.pptx", "warehouse", "file name as it is written"),
    ("renew supplier", "supplier", "other forms, inside an xlsx"),
    ("vendor management", "supplier", "title of its topic"),
]
TABLE = [*DUTCH, *ENGLISH]


class Shelf:
    """A library of real files, in one department, by a professional."""

    def __init__(self, organisation):
        self.organisation = organisation
        self.today = organisation.today()
        self.member = LibraryReader(today=self.today, is_member=True)
        self.department = DepartmentFactory(organisation=organisation, name="Zorgdata")
        self.freelancer = FreelancerFactory(organisation=organisation, full_name="Fatima Idrissi")
        self.engagement = EngagementFactory(
            organisation=organisation, department=self.department, freelancer=self.freelancer
        )
        jan = FreelancerFactory(organisation=organisation, full_name="Jan Çelik")
        by_jan = EngagementFactory(
            organisation=organisation, department=self.department, freelancer=jan
        )
        self.made = {
            name: self.put(*what, engagement=by_jan if name == "desk" else None)
            for name, what in SHELF.items()
        }
        for name, title in (("rights", "Toegangsbeheer"), ("supplier", "Vendor management")):
            made = self.made[name]
            topic = TopicFactory(engagement=made.engagement, title=title)
            TopicHandoverFactory(topic=topic, deliverable=made)
        refresh_names(organisation=organisation)

    def put(self, title, file_name="", content=b"", engagement=None, **facts):
        deliverable = DeliverableFactory(
            engagement=engagement or self.engagement, accepted=True, title=title, **facts
        )
        version = DeliverableVersionFactory(
            deliverable=deliverable, submitted_at=timezone.now(), text="", kind="file"
        )
        if file_name:
            file = self.file(version, file_name, content)
        shelve(deliverable=deliverable, version=version)
        if file_name:
            text = FileText.objects.get(file=file)
            reading._read(reading.ReadingClaim(text.pk, text.organisation_id, 0))
        return deliverable

    def file(self, version, name, content):
        stored = default_storage.save(random_name(version, ""), ContentFile(content))
        return DeliverableFile.objects.create(
            organisation=version.organisation,
            engagement=version.deliverable.engagement,
            version=version,
            file=stored,
            original_name=name,
            size=len(content),
            sha256=f"{hash(content) & (2**256 - 1):064x}"[-64:],
            media_type="application/octet-stream",
        )

    def find(self, text="", reader=None, number=1, **asked):
        library = Library(
            self.organisation, reader or self.member, LibraryFilter(text=text, **asked)
        )
        return library.answer(number)

    def names(self, text="", reader=None, **asked):
        """Return what was found, by the names of the shelf, best first."""
        by_key = {deliverable.pk: name for name, deliverable in self.made.items()}
        found = self.find(text, reader, **asked).page.object_list
        return [by_key.get(one.item.deliverable_id, "?") for one in found]


@pytest.fixture(scope="module")
def shelf(django_db_setup, django_db_blocker) -> Iterator[Shelf]:
    """One library for all searches: reading real files takes its time."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        organisation = OrganisationFactory()
        with organisation_scope(organisation):
            made = Shelf(organisation)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def inside(shelf, django_db_blocker):
    """The shelf, with its scope open and everything undone afterwards."""
    with (
        django_db_blocker.unblock(),
        organisation_scope(shelf.organisation),
        translation.override("en"),
        transaction.atomic(),
    ):
        yield shelf
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("query", "expected", "by"), TABLE, ids=[f"{query}: {by}" for query, _, by in TABLE]
)
def test_first_hit_is_the_expected_one(inside, query, expected, by):
    found = inside.names(query)

    assert next(iter(found), None) == expected


def test_table_is_as_long_as_was_asked():
    assert len([1 for _, expected, _ in DUTCH if expected]) >= 20
    assert len([1 for _, expected, _ in ENGLISH if expected]) >= 10
    assert {name for _, name, _ in TABLE if name} == set(SHELF)  # each thing can be found


def test_without_words_the_newest_come_first_and_all_are_counted(inside):
    assert inside.find().total == len(SHELF)
    assert inside.names()[0] == "supplier"


def test_words_looked_for_are_marked_and_nothing_else_is_html(inside):
    inside.put("Gevaarlijk", "x.md", b"<script>alert(1)</script> wachtwoordkluis & <b>vet</b>")
    snippets = [str(one.snippet) for one in inside.find("wachtwoord").page.object_list]

    assert any("<mark>wachtwoordbeheer</mark>" in snippet for snippet in snippets)
    assert any("<mark>wachtwoordkluis</mark>" in snippet for snippet in snippets)
    assert not any("<script" in snippet or "<b>" in snippet for snippet in snippets)


def test_signs_that_shape_a_text_are_not_shown(inside):
    text = """# Sleutelbeheer

- **Kluis**: zie [de *plattegrond*](https://intranet.example/kluis)
- `sleutel_lijst` bijwerken

---
| Sleutel | Plaats |
|---|---|
| hal | loge |
"""
    inside.put("Sleutels", "sleutels.md", text.encode())
    (found,) = inside.find("sleutelbeheer").page.object_list

    assert found.snippet == (
        "<mark>Sleutelbeheer</mark> Kluis: zie de plattegrond sleutel_lijst bijwerken "
        "Sleutel | Plaats hal | loge"
    )


@pytest.mark.parametrize(
    "text",
    ["2 * 3 is 6", "snake_case en een-twee", "stap -1", "C# of 5 | 6", "a > b", "#12 af"],
)
def test_signs_that_mean_something_stay(text):
    assert plain_text(text) == text


def test_hit_far_down_a_long_text_is_shown(inside):
    words = "andere woorden staan hier eindeloos achter elkaar. " * 8000
    inside.put("Lang verhaal", "lang.txt", f"{words} Dan komt de sleutelkast. {words}".encode())
    (found,) = inside.find("sleutelkasten").page.object_list

    assert "sleutelkast" in found.snippet
    assert "<mark>" in found.snippet


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Kort & **goed**", "Kort &amp; goed"),
        ("woord " * 60, "woord " * 43 + "…"),
        ("x" * 300, "x" * 261 + " …"),
    ],
)
def test_a_text_begins_with_whole_words_and_says_that_there_is_more(text, shown):
    assert opening(text[: SHOWN + 1]) == shown


@given(st.text(st.characters(exclude_characters=[START, STOP])))
def test_marks_become_elements_whatever_stands_around_them(text):
    html = marked(f"{text}{START}x{STOP}")

    assert html.count("<mark>") == text.count(START) + 1
    assert "<" not in html.replace("<mark>", "").replace("</mark>", "")


@given(st.text(max_size=300))
def test_words_of_anything_typed_are_few_and_plain(text):
    terms = terms_of(text)

    assert len(terms) <= 8
    assert len({term.text for term in terms}) == len(terms)
    assert all(term.text and not term.text.isspace() for term in terms)
    assert all(term.text.isalnum() for term in terms if term.is_prefix)


@pytest.mark.parametrize(
    "text", ["'", "a'b", "\\", "!!!", "& | !", "a:*", "(((", "%_%", "' OR 1=1 --", "x" * 5000, "€"]
)
def test_nothing_that_is_typed_breaks_the_search(inside, text):
    assert inside.find(text).total >= 0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wachlijsten", "wachtlijsten"),
        ("grootbeok", "grootboek"),
        ("subsidiproces", "subsidieproces"),
        ("architecure", "architecture"),
        ("beheer grootbeok", "beheer grootboek"),
        ("boekhoudpakket", ""),
    ],
)
def test_typing_error_finds_nothing_and_says_what_was_meant(inside, typed, meant):
    answer = inside.find(typed)

    assert answer.total == 0
    assert answer.meant == meant


def test_second_part_of_a_compound_is_suggested(inside):
    assert inside.find("redenen").meant == "uitstroomredenen"


def test_what_was_meant_is_looked_for_among_what_is_visible_only(inside):
    stranger = LibraryReader(today=inside.today, department_id=0)

    assert inside.find("wachlijsten", stranger).meant == ""


def test_filters_narrow_down(inside):
    other = DepartmentFactory(organisation=inside.organisation, name="Platform")
    jan = FreelancerFactory(organisation=inside.organisation, full_name="Jan de Vries")
    engagement = EngagementFactory(
        organisation=inside.organisation, department=other, freelancer=jan
    )
    inside.made["jan"] = inside.put(
        "Wachtlijst elders",
        engagement=engagement,
        form=form_of(inside.organisation, "workshop"),
        decided_at=timezone.now().replace(year=timezone.now().year - 2),
    )
    topic = TopicFactory(engagement=engagement, title="Aanmeldbeleid")
    TopicHandoverFactory(topic=topic, deliverable=inside.made["jan"])
    refresh_names(organisation=inside.organisation)

    assert set(inside.names("wachtlijst")) == {"waiting", "jan"}
    for asked in (
        {"department": str(other.public_id)},
        {"form": "workshop"},
        {"author": "vries"},
        {"topic": "aanmeld"},
        {"year": inside.today.year - 2},
    ):
        assert inside.names("wachtlijst", **asked) == ["jan"]
    assert inside.names("aanmeldbeleid") == ["jan"]  # by its topic alone
    library = Library(inside.organisation, inside.member)
    assert [d.name for d in library.departments] == ["Platform", "Zorgdata"]
    assert {form.code for form in library.forms} == {"runbook", "workshop"}
    assert library.years == [inside.today.year - n for n in range(3)]
    assert library.topics == ["Aanmeldbeleid", "Vendor management", "Toegangsbeheer"]


def outsiders(shelf):
    """Readers for whom there is nothing: none of them has to do with the department."""
    elsewhere = DepartmentFactory(organisation=shelf.organisation, name="Elders")
    stranger = EngagementFactory(organisation=shelf.organisation, department=elsewhere)
    past = EngagementFactory(
        organisation=shelf.organisation,
        department=shelf.department,
        starts_on=shelf.today.replace(year=shelf.today.year - 2),
        ends_on=shelf.today.replace(year=shelf.today.year - 1),
    )
    gone = EngagementFactory(
        organisation=shelf.organisation,
        department=shelf.department,
        cancelled_at=timezone.now(),
        cancel_reason="Gaat niet door",
    )
    return {
        "nobody": LibraryReader(today=shelf.today),
        "professional elsewhere": LibraryReader(
            today=shelf.today, freelancer_id=stranger.freelancer_id
        ),
        "professional of the past": LibraryReader(
            today=shelf.today, freelancer_id=past.freelancer_id
        ),
        "professional who never came": LibraryReader(
            today=shelf.today, freelancer_id=gone.freelancer_id
        ),
        "colleague elsewhere": LibraryReader(today=shelf.today, department_id=elsewhere.pk),
    }


def test_outsider_finds_counts_and_learns_nothing(inside):
    for who, reader in outsiders(inside).items():
        library = Library(inside.organisation, reader)
        for query, _expected, _by in TABLE:
            assert inside.find(query, reader).total == 0, (who, query)
        assert inside.find("wachlijst", reader).meant == "", who
        assert inside.find("", reader).total == 0, who
        assert not library.departments, who
        assert not library.forms, who
        assert not library.years, who
        assert not library.topics, who
        assert not library_files(reader).exists(), who


def test_insiders_find_it(inside):
    successor = EngagementFactory(
        organisation=inside.organisation,
        department=inside.department,
        starts_on=inside.today.replace(year=inside.today.year + 1),
        ends_on=inside.today.replace(year=inside.today.year + 2),
    )
    for reader in (
        LibraryReader(today=inside.today, freelancer_id=inside.freelancer.pk),
        LibraryReader(today=inside.today, freelancer_id=successor.freelancer_id),
        LibraryReader(today=inside.today, department_id=inside.department.pk),
    ):
        assert inside.names("wachtlijst", reader) == ["waiting"]
        assert inside.find("", reader).total == len(SHELF)
        assert library_files(reader).count() == len(SHELF)


def test_other_organisation_finds_nothing(inside):
    other = OrganisationFactory()
    with organisation_scope(other):
        reader = LibraryReader(today=other.today(), is_member=True)
        library = Library(other, reader, LibraryFilter(text="wachtlijst"))
        assert library.answer().total == 0
        assert Library(other, reader, LibraryFilter(text="wachlijst")).answer().meant == ""
        assert not library.years
        assert not library_files(reader).exists()


def test_retired_item_is_not_found_counted_or_downloaded(inside):
    retire_item(
        deliverable_id=inside.made["waiting"].pk, reason="Vervangen door iets nieuws", actor=HANNA
    )

    assert inside.names("wachtlijst") == []
    assert inside.find().total == len(SHELF) - 1
    assert library_files(inside.member).count() == len(SHELF) - 1


def test_file_of_a_version_before_the_accepted_one_cannot_be_downloaded(inside):
    item = LibraryItem.objects.get(deliverable=inside.made["closing"])
    newer = DeliverableVersionFactory(
        deliverable=item.deliverable, number=2, submitted_at=timezone.now()
    )
    old = DeliverableFile.objects.get(version=item.version)
    old.dropped_in = newer
    old.save()
    later = inside.file(
        DeliverableVersionFactory(deliverable=item.deliverable, number=3), "concept.md", b"Concept"
    )
    assert old in library_files(inside.member)  # as the accepted version had it
    assert later not in library_files(inside.member)

    shelve(deliverable=item.deliverable, version=newer)

    assert old not in library_files(inside.member)


def test_pages_follow_each_other_and_a_page_too_far_is_the_last(inside):
    for number in range(25):
        inside.put(f"Bladwijzer {number}")
    first, second = inside.find("bladwijzer"), inside.find("bladwijzer", number=2)

    assert (first.total, len(first.page), first.page.has_next()) == (25, 20, True)
    assert (second.total, len(second.page), second.page.start_index()) == (25, 5, 21)
    beyond = inside.find("bladwijzer", number=9)
    assert (beyond.total, beyond.page.number) == (25, 2)
    assert list(beyond.page) == list(second.page)


def put_copies(deliverable, count):
    """Shelve the same again and again, an hour later each time."""
    item = LibraryItem.objects.select_related("version").get(deliverable=deliverable)
    handovers = Deliverable.objects.bulk_create(anew(deliverable) for _number in range(count))
    versions = DeliverableVersion.objects.bulk_create(
        anew(item.version, deliverable=one) for one in handovers
    )
    LibraryItem.objects.bulk_create(
        anew(
            item,
            deliverable=handover,
            version=version,
            accepted_at=item.accepted_at + timedelta(hours=hours),
        )
        for hours, (handover, version) in enumerate(zip(handovers, versions, strict=True), 1)
    )


def anew(row, **other):
    """Return a row that is not saved yet, as another one is."""
    of_its_own = {"id", "public_id", "search"}
    same = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    made = type(row)(**{name: value for name, value in same.items() if name not in of_its_own})
    for name, value in other.items():
        setattr(made, name, value)
    return made


SAID_OF_MANY = {
    "nl": ("1000+ gevonden", "de beste van de nieuwste 1000"),
    "en": ("1000+ found", "the best of the 1000 newest"),
}


def heading_of_what_is_found(inside, language, text):
    """Return what stands above what a member finds."""
    client = Client()
    user = UserFactory(language=language)
    client.force_login(MembershipFactory(organisation=inside.organisation, user=user).user)
    page = client.get(reverse("knowledge:library"), {"q": text}).content.decode()
    (head,) = html.fromstring(page).xpath('//*[@id="found"]/..')
    return tuple(" ".join(part.text_content().split()) for part in head)


def test_of_very_many_the_newest_are_ranked(inside):
    oldest = inside.put("Alledaags, alledaags en alledaags gereedschap")
    worst = inside.put("Alledaags en overzicht van alle kluizen die er zijn")
    put_copies(inside.put("Alledaags"), MOST_RANKED - 3)
    all_of_them = inside.find("alledaags")
    assert (all_of_them.total, all_of_them.page.paginator.is_cut) == (MOST_RANKED, False)
    assert all_of_them.page[0].item.deliverable_id == oldest.pk
    last = inside.find("alledaags", number=50)
    assert last.page[-1].item.deliverable_id == worst.pk

    put_copies(inside.put("Alledaags"), 1)

    pages = [inside.find("alledaags", number=number) for number in (1, 50, 51)]
    assert {(page.total, page.page.paginator.is_cut) for page in pages} == {(MOST_RANKED, True)}
    assert [page.page.number for page in pages] == [1, 50, 50]
    shown = {one.item.deliverable_id for page in pages for one in page.page}
    assert oldest.pk not in shown
    # Older ones are found as soon as more words are looked for.
    assert [one.item.deliverable_id for one in inside.find("alledaags gereedschap").page] == [
        oldest.pk
    ]
    for language, words in SAID_OF_MANY.items():
        assert heading_of_what_is_found(inside, language, "alledaags") == words


def test_number_of_queries_does_not_grow_with_what_is_found(inside):
    with CaptureQueriesContext(connection) as few:
        inside.find("supplier")
    with CaptureQueriesContext(connection) as many:
        inside.find("")
    assert len(many) <= len(few) <= 6
