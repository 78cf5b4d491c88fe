"""Days on which people work, and moments at which they may be written to. No ORM, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import holidays

DAY: Final = timedelta(days=1)
WORKING: Final = "working"  # as rules and steps name it; anything else counts every day
MIDNIGHT: Final = time(0)
SATURDAY_AND_SUNDAY: Final = frozenset({5, 6})
# Longer than any real closure: a search that goes on past it means a calendar without working days.
SEARCH_DAYS: Final = 400
KEY_LANGUAGE: Final = "en_US"


@dataclass(frozen=True, slots=True)
class SendWindow:
    """The hours in which mail may go out, as the clock on the wall shows them.

    Source: domain.md section 4, "Quiet: 18:00-08:00". The opening counts in, the closing does not.
    """

    zone: str = "Europe/Amsterdam"
    opens: time = time(8)
    closes: time = time(18)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("a send window opens before it closes, on the same day")
        ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday of the organisation's country, for the page on which HR switches it on or off."""

    day: date
    key: str  # the English name; what `days_off` and `days_worked` accept, for every year at once
    name: str  # in the language asked for
    is_off: bool


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days an organisation works, and when it may be disturbed.

    Args:
        country: ISO 3166 code that the holidays package knows.
        subdivision: its code for a state or region; empty for the whole country.
        categories: kinds of holiday that are off. Dutch law names none: "public" has Good Friday
            in it, and Liberation Day only every fifth year; "optional" has it every year.
        days_off: further days off, each a date or the key of a holiday (off in every year).
        days_worked: days worked in spite of the holiday or weekend, each a date or a holiday's key.
            A date weighs more than a key; a date in both lists is off, so nobody is disturbed.
        window: when mail may go out on a working day.

    Raises:
        ValueError: unknown country, subdivision or category.
    """

    country: str = "NL"
    subdivision: str = ""
    categories: tuple[str, ...] = ("public",)
    days_off: frozenset[date | str] = frozenset()
    days_worked: frozenset[date | str] = frozenset()
    window: SendWindow = field(default_factory=SendWindow)

    def __post_init__(self) -> None:
        _holidays_of(self.country, self.subdivision, self.categories, 2024, KEY_LANGUAGE)

    def is_working_day(self, day: date) -> bool:
        """Say whether the organisation works on a day."""
        if day in self.days_off:
            return False
        if day in self.days_worked:
            return True
        return day.weekday() not in SATURDAY_AND_SUNDAY and not self._is_holiday(day)

    def next_working_day_on_or_after(self, day: date) -> date:
        """Return the day itself when it is worked, else the first worked day after it."""
        return self._first_working_day(day, DAY)

    def previous_working_day_on_or_before(self, day: date) -> date:
        """Return the day itself when it is worked, else the last worked day before it."""
        return self._first_working_day(day, -DAY)

    def add_working_days(self, day: date, count: int) -> date:
        """Return the count-th working day strictly after a day; before it when count is negative.

        Args:
            day: where counting starts; it need not be a working day itself and never counts.
            count: in working days; 0 returns the day unchanged, also when it is a day off.
        """
        return _counted_out(self, day, count)

    def counted(self, day: date, count: int, unit: str) -> date:
        """Return the day that lies a number of days after another; before it when negative.

        Args:
            day: where counting starts.
            count: in working days when the unit is ``working``, else in days of the calendar.
            unit: ``working`` or ``calendar``.
        """
        if unit == WORKING:
            return self.add_working_days(day, count)
        return day + count * DAY

    def quiet(self, at: datetime) -> bool:
        """Say whether nobody may be disturbed at a moment: outside the send window or on a day off.

        Args:
            at: aware; compared on the clock of the window's time zone.

        Raises:
            ValueError: the moment has no time zone.
        """
        local = self._local(at)
        if not self.is_working_day(local.date()):
            return True
        return not self.window.opens <= local.time() < self.window.closes

    def next_opening(self, at: datetime) -> datetime:
        """Return the moment itself when mail may go out then, else the next opening, in UTC.

        Raises:
            ValueError: the moment has no time zone.
        """
        local = self._local(at)
        if not self.quiet(at):
            return at.astimezone(UTC)
        day = local.date()
        if local.time() >= self.window.closes:
            day += DAY
        return local_moment(
            self.next_working_day_on_or_after(day), self.window.opens, self.window.zone
        )

    def holidays_in(self, year: int, language: str = KEY_LANGUAGE) -> list[Holiday]:
        """List the country's holidays of a year, the optional ones too, in order of date.

        Args:
            year: a calendar year.
            language: as the holidays package names it ("nl", "en_US"); English when it has none.
        """
        supported = holidays.country_holidays(self.country, subdiv=self.subdivision or None)
        wanted = _every_category(self.country, self.subdivision)
        if language not in supported.supported_languages:
            language = KEY_LANGUAGE
        keys = _holidays_of(self.country, self.subdivision, wanted, year, KEY_LANGUAGE)
        names = _holidays_of(self.country, self.subdivision, wanted, year, language)
        return [
            Holiday(day, key, name, is_off=not self.is_working_day(day))
            for day in sorted(keys)
            for key, name in zip(keys[day], names[day], strict=True)
        ]

    def _local(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return at.astimezone(ZoneInfo(self.window.zone))

    def _is_holiday(self, day: date) -> bool:
        keys = _holidays_of(
            self.country, self.subdivision, self.categories, day.year, KEY_LANGUAGE
        ).get(day, ())
        # Two holidays may fall together (Ascension Day on 5 May): it takes both to be worked.
        if any(key not in self.days_worked for key in keys):
            return True
        named = [key for key in self.days_off if isinstance(key, str)]
        return bool(named) and any(key in named for key in self._all_keys_on(day))

    def _all_keys_on(self, day: date) -> tuple[str, ...]:
        every = _every_category(self.country, self.subdivision)
        return _holidays_of(self.country, self.subdivision, every, day.year, KEY_LANGUAGE).get(
            day, ()
        )

    def _first_working_day(self, day: date, step: timedelta) -> date:
        for _ in range(SEARCH_DAYS):
            if self.is_working_day(day):
                return day
            day += step
        raise ValueError(f"no working day within {SEARCH_DAYS} days")


@lru_cache(maxsize=50_000)  # lists of a thousand engagements share their days
def _counted_out(calendar: WorkCalendar, day: date, count: int) -> date:
    step = DAY if count > 0 else -DAY
    for _ in range(abs(count)):
        day = calendar._first_working_day(day + step, step)
    return day


def is_known_country(country: str, subdivision: str = "") -> bool:
    """Say whether a calendar can be made for a country, for the form that asks for it.

    Args:
        country: ISO 3166 code of two letters.
        subdivision: its code for a state or region; empty for the whole country.
    """
    try:
        WorkCalendar(country=country, subdivision=subdivision)
    except ValueError:
        return False
    return True


def days_from_settings(entries: Iterable[str]) -> frozenset[date | str]:
    """Turn an organisation's list of days into what a calendar takes.

    Args:
        entries: ISO dates ("2026-12-24") and holiday keys ("Good Friday"), in any order.
    """
    days: set[date | str] = set()
    for entry in (text.strip() for text in entries):
        try:
            days.add(date.fromisoformat(entry))
        except ValueError:
            days.add(entry)
    return frozenset(days - {""})


def local_moment(day: date, clock: time, zone: str) -> datetime:
    """Return the moment at which the clock of a zone shows a time on a day, in UTC.

    A time that is skipped (clocks go forward, or a country drops a day) becomes the first moment
    after the gap; a time that comes twice (clocks go back) becomes the first of the two.

    Args:
        day: in the zone.
        clock: on the wall, without a time zone of its own.
        zone: IANA name, as in "Europe/Amsterdam".
    """
    tz = ZoneInfo(zone)
    wall = datetime.combine(day, clock)
    moment = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if moment.astimezone(tz).replace(tzinfo=None) == wall:
        return moment
    # In a gap fold 1 reads the offset after it and so lies before the change; fold 0 lies after.
    return _offset_change(wall.replace(tzinfo=tz, fold=1).astimezone(UTC), moment, tz)


def add_months(day: date, months: int) -> date:
    """Return the same day of the month some months on (or back); the last one when it is missing.

    Args:
        day: any date.
        months: calendar months, negative to go back.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)  # noqa: PLR2004
    return first.replace(day=min(day.day, (following - first).days))


def lasts_at_most(starts_on: date, ends_on: date, months: int) -> bool:
    """Say whether a period is no longer than some calendar months.

    Args:
        starts_on: first day, counted.
        ends_on: last day, counted: 1 January to 31 March is exactly 3 months.
        months: calendar months.
    """
    return ends_on < add_months(starts_on, months)


def _offset_change(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    old = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


@lru_cache(maxsize=128)
def _every_category(country: str, subdivision: str) -> tuple[str, ...]:
    known = holidays.country_holidays(country, subdiv=subdivision or None).supported_categories
    return tuple(category for category in ("public", "optional") if category in known)


@lru_cache(maxsize=1024)
def _holidays_of(
    country: str, subdivision: str, categories: tuple[str, ...], year: int, language: str
) -> Mapping[date, tuple[str, ...]]:
    try:
        table = holidays.country_holidays(
            country,
            subdiv=subdivision or None,
            years=year,
            categories=categories,
            language=language,
        )
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known for {country} {subdivision}".strip()) from error
    return MappingProxyType({day: tuple(table.get_list(day)) for day in table})
