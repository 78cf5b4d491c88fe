"""What the library holds: an accepted handover goes in with all its words, and is kept up to date.

Names are set by one statement for one item or for all; the words of an item are put together from
its version and the texts of its files, whenever one of them is read.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from core.models import Organisation
from core.wording import listed
from knowledge import rules
from knowledge.events import tell_files_waiting
from knowledge.models import (
    Deliverable,
    DeliverableFile,
    DeliverableVersion,
    FileText,
    LibraryItem,
    LibraryWord,
    TransferSession,
)

TextState = LibraryItem.TextState
LONGEST_BODY: Final = 1_000_000  # characters; PostgreSQL indexes at most 1 MB of different words
SHORTEST_BODY: Final = 20_000
MOST_WORDS: Final = 20_000  # of one item that go into "did you mean"
# The parser takes "zaaksysteem/datawarehouse" for one name of a file.
SLASH: Final = re.compile(r"(?<=\w)/(?=\w)")

# Materialised, or names would be put together twice: to compare them, and to write them.
NAMES: Final = """
    WITH found AS MATERIALIZED (
        SELECT one.id, deliverable.engagement_id, deliverable.form_id,
            concat_ws(E'\\n', deliverable.title, one.credit, freelancer.full_name, department.name,
            (SELECT string_agg(topic.title, E'\\n' ORDER BY topic.id)
               FROM knowledge_topichandover link
               JOIN knowledge_topic topic ON topic.id = link.topic_id
              WHERE link.deliverable_id = deliverable.id AND topic.state <> 'dropped'),
            (SELECT string_agg(translate(file.original_name, '._-', '   '), E'\\n' ORDER BY file.id)
               FROM knowledge_deliverablefile file
               JOIN knowledge_filetext text ON text.file_id = file.id
               JOIN knowledge_deliverableversion version ON version.id = file.version_id
              WHERE version.deliverable_id = deliverable.id)) AS names
          FROM knowledge_libraryitem one
          JOIN knowledge_deliverable deliverable ON deliverable.id = one.deliverable_id
          JOIN engagements_engagement engagement ON engagement.id = deliverable.engagement_id
          JOIN engagements_freelancer freelancer ON freelancer.id = engagement.freelancer_id
          JOIN engagements_department department ON department.id = engagement.department_id
         WHERE one.organisation_id = %(organisation)s AND {which}
    )
    UPDATE knowledge_libraryitem item
       SET names = found.names, engagement_id = found.engagement_id, form_id = found.form_id
      FROM found
     WHERE found.id = item.id AND (item.names, item.engagement_id, item.form_id)
           IS DISTINCT FROM (found.names, found.engagement_id, found.form_id)
"""
NAMES_OF_ALL: Final = NAMES.format(which="true")
NAMES_OF_SOME: Final = NAMES.format(which="one.deliverable_id = ANY(%(deliverables)s)")
WORDS: Final = """
    INSERT INTO knowledge_libraryword (organisation_id, word)
    SELECT item.organisation_id, word
      FROM knowledge_libraryitem item,
           unnest(tsvector_to_array(to_tsvector('kb_simple',
               item.names || ' ' || left(item.body, 300000)))) word
     WHERE item.id = %(item)s AND word ~ '^[[:alpha:]]{4,40}$'
     ORDER BY word LIMIT %(most)s
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def shelve(*, deliverable: Deliverable, version: DeliverableVersion) -> LibraryItem:
    """Put an accepted handover into the library, or its newly accepted version in its place.

    Args:
        deliverable: locked, accepted.
        version: the one that was accepted.
    """
    engagement = deliverable.engagement
    item, _is_new = LibraryItem.objects.update_or_create(
        deliverable=deliverable,
        defaults={"version": version, "accepted_at": deliverable.decided_at or timezone.now()},
        create_defaults={
            "organisation": engagement.organisation,
            "version": version,
            "engagement": engagement,
            "form_id": deliverable.form_id,
            "accepted_at": deliverable.decided_at or timezone.now(),
            "credit": engagement.freelancer.full_name,
        },
    )
    _keep_texts(item)
    refresh_names(organisation=engagement.organisation, deliverables=[deliverable.pk])
    write_body(item_id=item.pk)
    return item


def refresh_names(
    *, organisation: Organisation, deliverables: Collection[int] | None = None
) -> int:
    """Set titles, makers, departments, topics and names of files as they are now.

    Args:
        organisation: whose library.
        deliverables: keys of handovers; all when None.

    Returns:
        How many items were out of date.
    """
    statement = NAMES_OF_ALL if deliverables is None else NAMES_OF_SOME
    keys = list(deliverables or ())
    given: dict[str, Any] = {"organisation": organisation.pk, "deliverables": keys}
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        changed: int = cursor.rowcount
        return changed


@transaction.atomic
def write_body(*, item_id: int) -> None:
    """Put the words of an item together: of its version, and of the files that were read.

    Two files of one item may be read at the same time; the lock lets the later one see both.
    """
    item = (
        LibraryItem.objects.select_for_update(of=("self",))
        .select_related("version__session", "deliverable")
        .get(pk=item_id)
    )
    texts = list(_texts_of(item))
    body = SLASH.sub(" / ", "\n".join(filter(None, [*_own_words(item), *(t.text for t in texts)])))
    item.text_state = _state_of(texts)
    _save_body(item, body.replace("\0", "")[:LONGEST_BODY])
    with connection.cursor() as cursor:
        cursor.execute(WORDS, {"item": item.pk, "most": MOST_WORDS})


def sync_library(*, organisation: Organisation, anew: bool = False) -> int:
    """Take in what is missing, let go what is not accepted any more, and refresh names.

    Args:
        organisation: whose library; its scope is open.
        anew: write all words again, and try again to read files that could not be read.

    Returns:
        How many items the library has.
    """
    LibraryItem.objects.exclude(deliverable__state=Deliverable.State.ACCEPTED).delete()
    if anew:
        LibraryWord.objects.all().delete()
        FileText.objects.filter(state=FileText.State.UNREADABLE).exclude(
            reason=FileText.Reason.KIND
        ).update(state=FileText.State.WAITING, reason="", attempts=0, due_at=timezone.now())
    wanted = Deliverable.objects.filter(state=Deliverable.State.ACCEPTED)
    if not anew:
        wanted = wanted.filter(library_item=None)
    for key in list(wanted.order_by("pk").values_list("pk", flat=True)):
        _shelve_again(key)
    refresh_names(organisation=organisation)
    return LibraryItem.objects.count()


@transaction.atomic
def _shelve_again(deliverable_id: int) -> None:
    deliverable = (
        Deliverable.objects.select_for_update(of=("self",))
        .select_related("engagement__freelancer")
        .get(pk=deliverable_id)
    )
    version = deliverable.versions.filter(submitted_at__isnull=False).order_by("-number").first()
    if version is not None and deliverable.state == Deliverable.State.ACCEPTED:
        shelve(deliverable=deliverable, version=version)


def _keep_texts(item: LibraryItem) -> None:
    """Let the files of the version be read, and forget the texts of files that it dropped."""
    files = DeliverableFile.objects.of_version(item.version)
    FileText.objects.filter(file__version__deliverable=item.deliverable_id).exclude(
        file__in=files
    ).delete()
    unread = files.filter(text=None)
    if not unread:
        return
    FileText.objects.bulk_create(
        [FileText(organisation_id=item.organisation_id, file=file) for file in unread],
        ignore_conflicts=True,
    )
    tell_files_waiting()


def _texts_of(item: LibraryItem) -> Iterator[FileText]:
    files = DeliverableFile.objects.of_version(item.version)
    yield from FileText.objects.filter(file__in=files).order_by("file_id")


def _own_words(item: LibraryItem) -> Iterator[str]:
    version = item.version
    yield item.deliverable.outcome
    yield version.text
    for section in rules.HANDOVER_SECTIONS:
        yield version.sections.get(section.code, "")
    yield version.link
    session = TransferSession.objects.filter(version=version).first()
    if session is not None:
        yield session.place
        yield listed(session.attendees)


def _state_of(texts: Collection[FileText]) -> str:
    states = {text.state for text in texts if text.reason != FileText.Reason.KIND}
    if FileText.State.WAITING in states:
        return TextState.WAITING
    return TextState.UNREADABLE if FileText.State.UNREADABLE in states else TextState.SEARCHABLE


def _save_body(item: LibraryItem, body: str) -> None:
    """Save as much as fits: a text of nothing but different words overflows its index."""
    item.body = body
    try:
        with transaction.atomic():
            item.save(update_fields=["body", "text_state"])
    except OperationalError:  # "string is too long for tsvector" (program_limit_exceeded)
        if len(body) < SHORTEST_BODY:
            raise
        _save_body(item, body[: len(body) // 2])
