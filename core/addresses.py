"""Where a request comes from, as far as it may be known and kept."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")


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


def browser_of(request: HttpRequest) -> str:
    """Return the family of the browser, nothing finer."""
    agent = request.headers.get("User-Agent", "")
    return next((name for name in BROWSERS if name in agent), "")
