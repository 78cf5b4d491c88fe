"""What a phone on a slow network sees, by the browser's own performance timeline."""

import http.client
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.report import Figure, Report
from bench.visitors import Visit
from config.embedded.ports import LOOPBACK

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

SLOW_4G = {
    "offline": False,
    "latency": 150,  # ms, there and back
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
CPU_SLOWDOWN = 4
PATIENCE = 30_000  # ms until the largest part is painted; the network may rest before that
KEEP = """
window.vitals = {lcp: 0, cls: 0, tbt: 0};
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) vitals.lcp = one.startTime;
}).observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) vitals.cls += one.value;
}).observe({type: 'layout-shift', buffered: true});
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) vitals.tbt += Math.max(0, one.duration - 50);
}).observe({type: 'longtask', buffered: true});
"""
# Over plain HTTP a browser asks for gzip only; behind HTTPS it takes brotli where there is any.
BROTLI = "gzip, br"
LOADED = "performance.getEntriesByType('resource').map(one => one.name)"
PAGES = (
    ("home of HR", "/", "hr"),
    ("list of engagements", "/engagements/", "hr"),
    ("portal", "/portal/", "freelancer"),
    ("manager's link", "/link/", "link"),
)


def add_vitals(report: Report, port: int, visit: Visit) -> None:
    """Open pages as a first visit and a later one, on a slow phone."""
    from chromium import FLAGS, find_chromium
    from playwright.sync_api import sync_playwright

    program = find_chromium()
    if program is None:
        report.add("On a slow phone", Figure("no Chromium here", 0))
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for name, path, who in PAGES:
            first, later = _visits(browser, f"http://{LOOPBACK}:{port}{path}", visit.cookies[who])
            report.add(
                "On a slow phone (4 x slower, slow 4G)",
                Figure(f"{name}: LCP (s)", first["lcp"] / 1000, 1.5, 1.5),
                Figure(f"{name}: CLS", first["cls"], 0.02, 0.02),
                Figure(f"{name}: blocked (ms)", first["tbt"]),
                Figure(f"{name}: first view (kB)", first["kb"], 80, 50, note=_asked(first)),
                Figure(f"{name}: first view with brotli (kB)", first["brotli"], 80, 50),
                Figure(f"{name}: later view (kB)", later["kb"], 15, 8, note=_asked(later)),
            )
        browser.close()


def _visits(browser: Any, url: str, cookie: str) -> tuple[dict[str, Any], dict[str, Any]]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="nl-NL")
    name, _is, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": url}])
    context.add_init_script(KEEP)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    first, later = _view(page, session, url), _view(page, session, url)
    context.close()
    return first | {"brotli": _weight([url, *first["loaded"]], cookie, BROTLI)}, later


def _asked(view: dict[str, Any]) -> str:
    return f"{view['requests']} requests"


def _weight(urls: list[str], cookie: str, encodings: str) -> float:
    """Return how many kB the bodies of all these weigh, as they are sent."""
    size = 0
    for url in urls:
        address = urlsplit(url)
        connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE / 1000)
        headers = {"Cookie": cookie, "Accept-Encoding": encodings}
        connection.request("GET", address.path, headers=headers)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{url} answers {answer.status}")
        size += len(answer.read())
        connection.close()
    return size / 1000


def _view(page: Any, session: Any, url: str) -> dict[str, Any]:
    sizes: list[float] = []

    def finished(event: dict[str, Any]) -> None:
        sizes.append(event["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    page.goto(url, wait_until="networkidle")
    page.wait_for_function("window.vitals.lcp > 0", timeout=PATIENCE)
    session.remove_listener("Network.loadingFinished", finished)
    vitals: dict[str, Any] = page.evaluate("window.vitals")
    loaded: list[str] = page.evaluate(LOADED)
    return vitals | {"kb": sum(sizes) / 1000, "requests": len(sizes), "loaded": loaded}
