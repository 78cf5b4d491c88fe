"""Finding in the library: what a reader may see, narrowed down, ranked, with what was said."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from math import ceil
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.search import SearchRank
from django.core.paginator import Page
from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    Window,
)
from django.db.models.functions import RowNumber
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from core.calendars import local_moment
from core.models import Organisation
from core.pages import MOST_COUNTED, CountedPaginator, counts_of, keys_and_count
from engagements.models import Department
from knowledge.models import (
    Confirmation,
    Deliverable,
    DeliverableFile,
    LibraryItem,
    LibraryItemQuerySet,
    LibraryReader,
    Topic,
    TransferForm,
)
from knowledge.queries.headlines import headline, marked, opening
from knowledge.queries.searching import Wanted, did_you_mean, wanted_of

PER_PAGE: Final = 20
MOST_TOPICS: Final = 50
# To rank an item its words are read. Whoever finds more than this looks for words that say little,
# and narrows down (decision 23).
MOST_RANKED: Final = 1000
NEWEST: Final = ("-accepted_at", "-pk")
# What a row of the list reads of the tables that are joined.
ROW_FIELDS: Final = (
    "organisation_id",
    "accepted_at",
    "change_wanted",
    "credit",
    "licence",
    "text_state",
    "deliverable__check_on",
    "deliverable__public_id",
    "deliverable__title",
    "deliverable__form__name_nl",
    "deliverable__form__name_en",
    "deliverable__engagement__department__name",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryFilter:
    """What is asked for; empty means all.

    Attributes:
        text: words to look for.
        department: public id.
        form: code of a form of transfer.
        topic: part of the title of a topic.
        author: part of the name of the professional or of the credit.
        year: in which it was accepted.
    """

    text: str = ""
    department: str = ""
    form: str = ""
    topic: str = ""
    author: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One line of the answer: everything fetched, nothing left to query.

    Attributes:
        item: with what a row shows of it, of its deliverable, form and department.
        snippet: what it says, the words looked for marked; safe to show.
        receivers: how many said that they received it.
        is_stale: nobody said in time that it is still right.
    """

    item: LibraryItem
    snippet: SafeString
    receivers: int
    is_stale: bool

    @property
    def received(self) -> str:
        """Return in words how many received it."""
        text = ngettext(
            "received by %(number)s person", "received by %(number)s people", self.receivers
        )
        return text % {"number": self.receivers}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found.

    Attributes:
        page: one page of it; its paginator says how much was found, and whether there is more.
        is_ranked: the best stands first, of the newest where there is more.
        meant: other words that do find something, when these found nothing.
    """

    page: Page[FoundItem]
    is_ranked: bool = False
    meant: str = ""

    @property
    def total(self) -> int:
        """How much was found and stands on pages."""
        return self.page.paginator.count


def _page(
    found: Sequence[FoundItem], number: int, total: int, most: int = MOST_COUNTED
) -> Page[FoundItem]:
    return Page(list(found), number, CountedPaginator([], PER_PAGE, count=total, most=most))


def _places(number: int) -> slice:
    """Return where the items of a page stand in all of them."""
    return slice((number - 1) * PER_PAGE, number * PER_PAGE)


@dataclass(frozen=True)
class Library:
    """The library as one reader sees it; every number and every name comes from `visible`."""

    organisation: Organisation
    reader: LibraryReader
    asked: LibraryFilter = field(default_factory=LibraryFilter)

    @cached_property
    def visible(self) -> LibraryItemQuerySet:
        """All that this reader may find."""
        return LibraryItem.objects.visible_to(self.reader)

    def asking(self, asked: LibraryFilter) -> "Library":
        """Return the same library narrowed down; what its reader may see is not looked up again."""
        narrowed = replace(self, asked=asked)
        vars(narrowed)["visible"] = self.visible  # where a cached property keeps it
        return narrowed

    def answer(self, number: int = 1) -> Answer:
        """Return a page of what is asked for, the best first; without words the newest first."""
        number = max(number, 1)
        wanted = wanted_of(self.asked.text)
        if wanted is None and self.asked.text:
            return Answer(_page((), 1, 0))
        keys, total = self._newest(number) if wanted is None else self._best(wanted, number)
        if not total:
            return Answer(_page((), 1, 0), meant=self._meant())
        most = MOST_COUNTED if wanted is None else MOST_RANKED
        last = ceil(min(total, most) / PER_PAGE)
        if number > last:
            return self.answer(last)
        page = _page(self._shown(keys, wanted), number, total, most)
        return Answer(page, is_ranked=wanted is not None)

    @cached_property
    def departments(self) -> list[Department]:
        """Departments of which there is something to find."""
        if self.reader.is_member:
            own = self.visible.filter(engagement__department=OuterRef("pk"))
            found = Department.objects.filter(Exists(own))
        else:
            found = Department.objects.filter(pk__in=self._extent["departments"] or ())
        return list(found.order_by("name", "pk"))

    @cached_property
    def forms(self) -> list[TransferForm]:
        """Forms in which there is something to find, each once."""
        by_code = {form.code: form for form in self._forms().order_by("policy__is_current", "pk")}
        return sorted(by_code.values(), key=lambda form: form.name)

    def _forms(self) -> QuerySet[TransferForm]:
        if not self.reader.is_member:
            return TransferForm.objects.filter(pk__in=self._extent["forms"] or ())
        # Who sees all would have all looked through. The next form in the index that is not
        # smaller takes one look for each form; there are a few dozen.
        following = self.visible.filter(form__gte=OuterRef("pk")).order_by("form")
        found = Subquery(following.values("form")[:1])
        return TransferForm.objects.annotate(found=found).filter(found=F("pk"))

    @cached_property
    def years(self) -> list[int]:
        """Years from which there is something to find, the newest first."""
        first, last = self._extent["first"], self._extent["last"]
        if first is None:
            return []
        zone = self.organisation.zone
        return list(range(last.astimezone(zone).year, first.astimezone(zone).year - 1, -1))

    @cached_property
    def _extent(self) -> dict[str, Any]:
        """First and last moment; where all is looked through anyway, keys of what is filtered by.

        Who sees everything finds the ends, and what there is, in an index.
        """
        asked: dict[str, Any] = {"first": Min("accepted_at"), "last": Max("accepted_at")}
        if not self.reader.is_member:
            asked["forms"] = ArrayAgg("form", distinct=True)
            asked["departments"] = ArrayAgg("engagement__department", distinct=True)
        return self.visible.aggregate(**asked)

    @cached_property
    def topics(self) -> list[str]:
        """Titles of topics of the newest that there is to find, the newest topic first."""
        newest = self.visible.order_by(*NEWEST).values("deliverable")[: 4 * MOST_TOPICS]
        own = Topic.objects.live().filter(handovers__deliverable__in=newest).order_by("-pk")
        titles = own.values_list("title", flat=True)
        return list({title.casefold(): title for title in titles}.values())[:MOST_TOPICS]

    def _meant(self) -> str:
        return did_you_mean(self.asked.text, self._narrowed()) if self.asked.text else ""

    def _newest(self, number: int) -> tuple[list[int], int]:
        """Return the keys of one page, and how many there are, counted no further than needed."""
        found = self._narrowed().order_by(*NEWEST)
        keys, total = keys_and_count(found, _places(number))
        if number > 1 and not keys:
            total = counts_of({"": found})[""]
        return keys, total

    def _best(self, wanted: Wanted, number: int) -> tuple[list[int], int]:
        """Return the keys of one page of what has these words, and how many have them.

        Of the newest: one more is counted than is ranked, which says that there are more.
        """
        found = self._narrowed().filter(search=wanted.query).order_by(*NEWEST)
        some = found.values("pk")[: MOST_RANKED + 1]
        ranked = (
            LibraryItem.objects.filter(pk__in=some)
            .annotate(
                rank=SearchRank(F("search"), wanted.exact, normalization=Value(1))
                + SearchRank(F("search"), wanted.query, normalization=Value(1)) * 0.5,
                total=Window(Count("*")),
                place=Window(RowNumber(), order_by=[F("accepted_at").desc(), F("pk").desc()]),
            )
            .filter(place__lte=MOST_RANKED)
        )
        in_order = ranked.order_by("-rank", *NEWEST).values_list("pk", "total")
        rows = list(in_order[_places(number)])
        total = rows[0][1] if rows else some.count() if number > 1 else 0
        return [key for key, _total in rows], total

    def _narrowed(self) -> LibraryItemQuerySet:
        asked, items = self.asked, self.visible
        if asked.department:
            items = items.filter(engagement__department__public_id=asked.department)
        if asked.form:
            items = items.filter(form__code=asked.form)
        if asked.topic:
            about = Topic.objects.live().filter(
                handovers__deliverable=OuterRef("deliverable"), title__icontains=asked.topic
            )
            items = items.filter(Exists(about))
        if asked.author:
            items = items.filter(
                Q(engagement__freelancer__full_name__icontains=asked.author)
                | Q(credit__icontains=asked.author)
            )
        if asked.year is not None:
            items = items.filter(accepted_at__range=self._year(asked.year))
        return items

    def _year(self, year: int) -> tuple[datetime, datetime]:
        zone = self.organisation.time_zone
        first = local_moment(date(year, 1, 1), time(0), zone)
        return first, local_moment(date(year, 12, 31), time.max, zone)

    def _shown(self, keys: Sequence[int], wanted: Wanted | None) -> list[FoundItem]:
        said = (
            Confirmation.objects.in_force()
            .filter(deliverable=OuterRef("deliverable"))
            .exclude(answer=Confirmation.Answer.NOT_YET)
            .order_by()
            .values("deliverable")
            .annotate(count=Count("receiver", distinct=True))
            .values("count")
        )
        rows: QuerySet[Any] = (
            LibraryItem.objects.filter(pk__in=keys)
            .select_related("deliverable__form", "deliverable__engagement__department")
            .only(*ROW_FIELDS)
            .annotate(headline=headline(wanted), receivers=Subquery(said))
        )
        by_key = {row.pk: row for row in rows}
        return [
            FoundItem(
                item=item,
                snippet=marked(item.headline) if wanted else opening(item.headline),
                receivers=item.receivers or 0,
                is_stale=item.is_stale(self.reader.today),
            )
            for item in (by_key[key] for key in keys if key in by_key)
        ]


def with_context(items: LibraryItemQuerySet) -> QuerySet[Any]:
    """Return items with all that a page shows of them, without the words that are searched."""
    return items.without_words().select_related(
        "version",
        "owner",
        "deliverable__form",
        "deliverable__engagement__manager",
        "deliverable__engagement__department",
        "deliverable__engagement__freelancer__business_contact",
        "deliverable__engagement__freelancer__private_contact",
    )


def library_files(reader: LibraryReader) -> QuerySet[DeliverableFile]:
    """Return the files that a reader may download from the library."""
    visible = LibraryItem.objects.visible_to(reader)
    shelved = visible.filter(deliverable=OuterRef("version__deliverable"))
    in_version = Q(dropped_in=None) | Q(
        dropped_in__number__gt=F("version__deliverable__library_item__version__number")
    )
    return DeliverableFile.objects.filter(
        Exists(shelved),
        in_version,
        version__number__lte=F("version__deliverable__library_item__version__number"),
    )


def reader_for_member(organisation: Organisation) -> LibraryReader:
    """Return a member of the organisation as a reader."""
    return LibraryReader(today=organisation.today(), is_member=True)


def item_of(deliverable: Deliverable) -> LibraryItem | None:
    """Return the library item of a handover, also when it was taken out of the library.

    Its `deliverable` is the one given, with what was fetched of it.
    """
    found = LibraryItem.objects.filter(deliverable=deliverable).without_words()
    item = found.select_related("version", "owner").first()
    if item is not None:
        item.deliverable = deliverable
    return item
