"""Where pages are, where a request comes from as far as it may be known, where it may go on."""

import ipaddress
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.http import url_has_allowed_host_and_scheme

# Taking an address apart costs the square of its accents; no browser is sent further than this.
LONGEST_ADDRESS: Final = 2048  # characters
# Stands for any row while an address is taken apart.
_ANY_ROW: Final = UUID(int=0)


def row_address(url_name: str, public_id: UUID) -> str:
    """Return the address of a page about one row.

    As `reverse` does, which takes longer than drawing the line of a list that it stands in: a page
    asks for two hundred addresses that differ in nothing but their row.
    """
    urls = get_urlconf() or settings.ROOT_URLCONF
    before, after = _around_row(url_name, get_script_prefix(), urls)
    return f"{before}{public_id}{after}"


@lru_cache(maxsize=256)  # of a prefix that somebody sends along, none is kept for long
def _around_row(url_name: str, script_prefix: str, urls: str) -> tuple[str, str]:
    """Return what stands before and after the row, for all that `reverse` looks at."""
    before, _, after = reverse(url_name, urls, [_ANY_ROW]).partition(str(_ANY_ROW))
    return before, after


def client_ip(request: HttpRequest) -> str:
    """Return the address of the client, counting only proxies that we run.

    ``X-Forwarded-For`` grows to the right: each proxy adds who called it. The first entries are
    whatever the client wrote, so the right one is counted from the end.
    """
    count: int = settings.TRUSTED_PROXY_COUNT
    direct: str = request.META.get("REMOTE_ADDR", "")
    if not count:
        return direct
    entries = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",")]
    return entries[-count] if len(entries) >= count and entries[-count] else direct


def network_of(ip: str) -> str:
    """Return the /24 (IPv4) or /48 (IPv6) around an address; empty when it is none."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    prefix = 24 if address.version == 4 else 48  # noqa: PLR2004
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


def own_address(request: HttpRequest, given: str, otherwise: str) -> str:
    """Return where a form asks to go next, if that is an address of ours; else another one.

    An address begins with a slash: anything else `redirect` would look up as the name of a page.
    """
    is_ours = (
        len(given) <= LONGEST_ADDRESS
        and given.startswith("/")
        and url_has_allowed_host_and_scheme(
            given, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
    )
    return given if is_ours else otherwise


def next_of(request: HttpRequest) -> str:
    """Return where to go on: an address of ours that the form names, else the first page."""
    return own_address(request, request.POST.get("next", ""), otherwise="/")
