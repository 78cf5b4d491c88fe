"""Not asking a planner again what it answered a moment ago, as long as it would answer the same.

A planner's answer follows from what it reads, from the day and from which moments have come. So a
run keeps the statements by which its planner read, with a digest of what they found. The next run
lets the database reckon the digests anew, and no row comes into Python where they are the same.

What is kept stands in this process: another one asks for itself. Nothing can be lost by it:

- the digests are of the same snapshot as the answer: what was written since is not in them, and so
  makes them differ;
- what was withdrawn since is told again: the digest of the reminders differs;
- at midnight, and when the next moment comes at which the planner had something to tell, it is
  asked in any case.
"""

import logging
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from core.models import Organisation
from notifications import planning, rules
from notifications.models import ReminderRule
from notifications.operations.clock import database_is_away
from notifications.operations.deciding import batches, decide_drafts, undecided
from notifications.planning import ReminderDraft, ReminderPlanner

logger = logging.getLogger(__name__)

DRAFTS_AT_ONCE: Final = 2000
# A multiset of rows: which order they came in decides nothing.
DIGEST: Final = (
    "(SELECT concat_ws(':', count(*), sum(hashtextextended(q::text, 0))) FROM ({}) AS q)"
)
# Of the planner's own rules. Being put into a mail, and being told, changes nothing: what was
# decided stays decided.
REMINDERS: Final = """
    SELECT id, state = 'cancelled' FROM notifications_reminder
     WHERE organisation_id = %s AND dossier = ANY(%s::uuid[]) AND rule = ANY(%s)
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a planner found due, and by what it knew.

    Attributes:
        drafts: due at this moment or before.
        until: the next moment at which it has something to tell; None when it has nothing.
        statements: by which it read.
        digests: of what each of them found; None where that cannot be known a moment later.
    """

    drafts: Sequence[ReminderDraft]
    until: datetime | None
    statements: Sequence[str]
    digests: Sequence[str] | None


@dataclass(frozen=True, kw_only=True)
class Memory:
    """An answer all of which was decided on.

    Attributes:
        epoch: the day, the rules and the organisation, of which the answer is.
        told: how many notices it had.
        statements: by which the planner read and by which its reminders are found, as they are
            sent: a thousand keys need not be put into place at each run.
        digests: of what each of them found.
    """

    epoch: Hashable
    until: datetime | None
    told: int
    statements: Sequence[str]
    digests: Sequence[str]

    def is_of(self, epoch: Hashable, at: datetime) -> bool:
        """Say whether only what was written since can make the answer another one."""
        return self.epoch == epoch and (self.until is None or at < self.until)


_memories: dict[tuple[int, type[ReminderPlanner]], Memory] = {}


def forget() -> None:
    """Ask every planner anew at the next run."""
    _memories.clear()


def decide_due(
    *,
    planner: ReminderPlanner,
    organisation: Organisation,
    at: datetime,
    active: Mapping[str, ReminderRule],
    faults: Sequence[str],
) -> Counter[str]:
    """Decide on all that a planner finds due, unless it would find what it found before.

    Args:
        planner: is asked.
        organisation: whose scope is open.
        at: the moment of deciding.
        active: the organisation's rules in use.
        faults: what could not be planned, noted while the planner answers.
    """
    # Within a transaction (a try-out) there is no snapshot of one's own to answer from.
    if not planner.is_repeatable or connection.in_atomic_block:
        drafts = planner.due(organisation, at, active)
        return _decide(organisation, drafts, at, active)
    place, epoch = (organisation.pk, type(planner)), _epoch(organisation, at, active)
    with _snapshot():
        memory = _memories.pop(place, None)
        if memory and memory.is_of(epoch, at) and _digests_of(memory.statements) == memory.digests:
            _memories[place] = memory
            return Counter(told=memory.told)
        answer = _ask(planner, organisation, at, active)
    tally = _decide(organisation, answer.drafts, at, active)
    if not faults and (kept := _remembered(organisation, answer, epoch, active)):
        _memories[place] = kept
    return tally


def _decide(
    organisation: Organisation,
    drafts: Iterable[ReminderDraft],
    at: datetime,
    active: Mapping[str, ReminderRule],
) -> Counter[str]:
    tally: Counter[str] = Counter()
    for some in batches(drafts, DRAFTS_AT_ONCE):
        due = [draft for draft in some if draft.rule in active and draft.due_at <= at]
        tally.update(decide_drafts(organisation=organisation, drafts=due, at=at))
    return tally


def _epoch(
    organisation: Organisation, at: datetime, active: Mapping[str, ReminderRule]
) -> Hashable:
    """Return what a planner knows without asking the database, moments apart."""
    facts = [organisation, *sorted(active.values(), key=lambda rule: rule.code)]
    values = [[getattr(one, f.attname) for f in one._meta.concrete_fields] for one in facts]
    return organisation.today(at), organisation.today(), repr(values)


@contextmanager
def _snapshot() -> Iterator[None]:
    """See the database as it is at one moment, however many statements that takes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _ask(
    planner: ReminderPlanner,
    organisation: Organisation,
    at: datetime,
    active: Mapping[str, ReminderRule],
) -> Answer:
    statements: list[str] = []
    repeatable: list[bool] = []

    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        statements.append(_as_sent(sql, params))
        repeatable.append(_can_be_repeated(sql, params))
        return execute(sql, params, many, context)

    with planning.noting_moments() as moments, connection.execute_wrapper(note):
        drafts = list(planner.due(organisation, at, active))
    return Answer(
        drafts=drafts,
        until=min(moments, default=None),
        statements=statements,
        digests=_digests_of(statements) if all(repeatable) else None,
    )


def _as_sent(sql: str, params: Sequence[Any] | None) -> str:
    ops: Any = connection.ops  # of PostgreSQL
    return str(ops.compose_sql(sql, params)) if params else sql


def _can_be_repeated(sql: str, params: Sequence[Any] | None) -> bool:
    """Say whether it would be the same statement a moment later: it reads, and names no moment."""
    return sql.startswith("SELECT") and not any(isinstance(one, datetime) for one in params or ())


def _digests_of(statements: Sequence[str]) -> list[str] | None:
    """Return what identifies all that each of these finds; None when that cannot be reckoned."""
    found: list[str] = []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for some in batches(statements, 50):
                cursor.execute(f"SELECT ARRAY[{', '.join(map(DIGEST.format, some))}]")
                found.extend(cursor.fetchone()[0])
    except DatabaseError:
        if database_is_away():
            raise
        # Planning does not hang on it: the planner is asked again then.
        logger.exception("no digest of what a planner read")
        return None
    return found


def _remembered(
    organisation: Organisation,
    answer: Answer,
    epoch: Hashable,
    active: Mapping[str, ReminderRule],
) -> Memory | None:
    """Return what to remember of an answer; nothing when somebody withdrew some of it already."""
    if answer.digests is None:
        return None
    due = [draft for draft in answer.drafts if draft.rule in active]
    by_key = {rules.key_of(draft, organisation.pk): draft for draft in due}
    dossiers: list[UUID] = sorted({draft.dossier for draft in due})
    codes = sorted({draft.rule for draft in due})
    reminders = _as_sent(REMINDERS, (organisation.pk, dossiers, codes))
    with _snapshot():
        for some in batches(by_key.items(), DRAFTS_AT_ONCE):
            if undecided(dict(some)):
                return None
        digests = _digests_of([reminders])
    if digests is None:
        return None
    return Memory(
        epoch=epoch,
        until=answer.until,
        told=len(by_key),
        statements=[*answer.statements, reminders],
        digests=[*answer.digests, *digests],
    )
