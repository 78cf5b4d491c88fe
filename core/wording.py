"""How days, moments, numbers and names read in a sentence, in the language in force."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from babel.dates import format_date
from babel.lists import format_list
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext, ngettext

LOCALES: Final = {"nl": "nl", "en": "en_GB"}
# Two months: a contract that ends in May reads as a date of next year, not of this one.
DAYS_WITHOUT_YEAR: Final = 62

# In this order: browsers name their relatives too.
BROWSERS: Final = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS: Final = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def as_day(moment: date | datetime) -> date:
    """Return the calendar day of a moment in the current time zone."""
    if not isinstance(moment, datetime):
        return moment
    return timezone.localdate(moment) if timezone.is_aware(moment) else moment.date()


def date_long(moment: date | datetime, today: date | None = None) -> str:
    """Return "dinsdag 1 december", with the year when it would not be plain."""
    return _formatted(moment, "EEEE d MMMM", today)


def date_short(moment: date | datetime, today: date | None = None) -> str:
    """Return "di 1 dec", with the year when it would not be plain."""
    return _formatted(moment, "EEE d MMM", today)


def moment_short(moment: datetime, today: date | None = None) -> str:
    """Return "vr 20 nov 14:12" in the current time zone."""
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return f"{date_short(local, today)} {local:%H:%M}"


def in_days(moment: date | datetime, today: date | None = None) -> str:
    """Return how far a deadline is: "over 8 dagen", "vandaag", "8 dagen te laat"."""
    days = _days_from(moment, today)
    if days < 0:
        return ngettext("%(days)d day late", "%(days)d days late", -days) % {"days": -days}
    return _ahead(days)


def from_now(moment: date | datetime, today: date | None = None) -> str:
    """Return how far a day is when nothing is due: "over 8 dagen", "8 dagen geleden"."""
    days = _days_from(moment, today)
    if days == -1:
        return gettext("yesterday")
    if days < 0:
        return ngettext("%(days)d day ago", "%(days)d days ago", -days) % {"days": -days}
    return _ahead(days)


def number(amount: Decimal | int | str) -> str:
    """Return an amount of points without needless decimals, as the language writes it: "12,5"."""
    return _number_text(Decimal(amount), get_language() or "")


@lru_cache(maxsize=2000)  # the amounts of one list are few, and each asks what its language writes
def _number_text(amount: Decimal, language: str) -> str:
    value = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    places = max(0, -int(value.normalize().as_tuple().exponent)) if value % 1 else 0
    return formats.number_format(value, decimal_pos=places, use_l10n=True)


def listed(things: Iterable[object]) -> str:
    """Return things as they are summed up in a sentence: "5, 8 en 10"."""
    return format_list([str(thing) for thing in things], locale=_locale())


def initials(name: str) -> str:
    """Return the first letters of the first and the last word of a name: "Jan de Vries" is "JV"."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def by_language(dutch: str, english: str) -> str:
    """Return the text for the language in force, of what people wrote in both; else the other."""
    return dutch or english if _language() == "nl" else english or dutch


def browser_name(user_agent: str) -> str:
    """Return the family of the browser that sent this header; empty when it is unknown."""
    return _first_named(BROWSERS, user_agent)


def device_name(user_agent: str) -> str:
    """Return what somebody calls the device that sent this header: "Firefox op Windows"."""
    browser = browser_name(user_agent)
    system = _first_named(SYSTEMS, user_agent)
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or gettext("Unknown device")


def _first_named(names: dict[str, str], text: str) -> str:
    return next((name for sign, name in names.items() if sign in text), "")


def _ahead(days: int) -> str:
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("tomorrow")
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}


def _days_from(moment: date | datetime, today: date | None) -> int:
    return (as_day(moment) - (today or timezone.localdate())).days


def _formatted(moment: date | datetime, pattern: str, today: date | None) -> str:
    day, now = as_day(moment), today or timezone.localdate()
    if day.year != now.year and abs((day - now).days) > DAYS_WITHOUT_YEAR:
        pattern = f"{pattern} y"
    return _day_text(day, pattern, _locale())


@lru_cache(maxsize=2000)  # the days of one list are few, and Babel takes long for each
def _day_text(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _locale() -> str:
    return LOCALES.get(_language(), "en_GB")
