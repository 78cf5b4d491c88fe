"""Every page tells the same figures by the same names: home, lists, engagement, portal, map, link.

A world with everything that weighs is walked through as HR, as each professional and as each
manager; what the pages show is read from them, not from the queries behind them.
"""

from collections import defaultdict
from decimal import Decimal

import pytest
from django.utils import translation

from knowledge.models import Confirmation
from knowledge.tasks import take_snapshots
from tests.dashboards.figures import LEVELS, STANDS, Walk, World, cells, said, same
from tests.factories.knowledge import form_of

CRITICAL = 4
D = Decimal


@pytest.fixture(params=["nl", "en"])
def walk(request, organisation):
    form_of(organisation)
    world = World(organisation)
    take_snapshots()
    return Walk(world, request.param)


def leak_of(walk, engagement):
    """Return what the pages tell of one engagement's leak, safe topics and names of both."""
    key = engagement.public_id
    portal = walk.portals[engagement.pk]
    card = walk.figures(walk.page(walk.hr, "dashboards:engagement_detail", key), "knowledge")
    home = walk.page(portal, "portal:engagement_detail", key)
    lists = {
        "topics": walk.page(walk.hr, "knowledge:topic_list", key),
        "portal topics": walk.page(portal, "portal:topic_list", key),
    }
    is_open = engagement.cancelled_at is None and engagement.closed_at is None
    if is_open:
        lists["link"] = walk.page(walk.client_of_link(engagement), "offboarding:link_tasks")
    told = {place: walk.figures(page, "leak") for place, page in lists.items()}
    if not any(told.values()):
        assert len(card) == 1
        assert not home.xpath("//section[@aria-labelledby='leak']//*[@class='number']")
        return None
    leak_name, safe_name = same({place: tuple(found) for place, found in told.items()})
    assert leak_name in card
    leaks = {place: found[leak_name] for place, found in told.items()}
    (region,) = home.xpath("//section[@aria-labelledby='leak']")
    safe = {place: found[safe_name] for place, found in told.items()}
    words = said(region.xpath("./p[2]")[0]).split(".")[0]
    safe["portal"] = tuple(D(word) for word in words.split() if word.isdigit())
    return same({**leaks, "card": card[leak_name], "portal": walk.figure(region)}), same(safe)


def test_every_page_tells_the_same_figures_by_the_same_names(walk):
    leaks_of_engagements(walk)
    what_stays_of_topics(walk)
    points(walk)
    counts_of_leaks_topics_and_receivers(walk)


def leaks_of_engagements(walk):
    """On the card, with the topics, in the portal, behind the link, in the file and the trend."""
    sheet = walk.rows("dashboards:engagement_export", "csv")
    with translation.override(walk.language):
        column = sheet[0].index(translation.gettext("Knowledge that walks out (%)"))
    exported = {row[0]: row[column] for row in sheet[1:]}
    leaks = {}

    for name, engagement in walk.by_name.items():
        told = leak_of(walk, engagement)
        if told is None:
            assert exported.get(name, "") == ""
            continue
        leak, (safe, topics) = told
        leaks[name] = leak
        if name in exported:
            assert walk.number(exported[name]) == leak, name
        assert topics == sum(topic.engagement_id == engagement.pk for topic in walk.topics)
        assert (leak == 0) == (safe == topics)
        assert abs(leak_of_parts(walk, engagement) - leak) <= D("0.1")

    assert len(leaks) == len(STANDS) - 1
    trend(walk, leaks)


def leak_of_parts(walk, engagement):
    """Return what walks out by what the pages say of each topic, weighed."""
    stays = walk.stays(walk.page(walk.hr, "knowledge:topic_list", engagement.public_id))
    weights = {t.title: t.criticality for t in walk.topics if t.engagement_id == engagement.pk}
    open_weight = sum(weights[title] * (100 - percent) for title, percent in stays.items())
    return open_weight / sum(weights.values())


def trend(walk, leaks):
    """The last column of the map's trend is today: the leaks of all who are still here, weighed."""
    page = walk.page(walk.hr, "dashboards:knowledge_map")
    (table,) = page.xpath("//*[@aria-labelledby='trend']//table")
    shown = {row[0]: row[-1] for row in map(cells, table.xpath(".//tbody/tr"))}
    weighed = defaultdict(list)
    for name, leak in leaks.items():
        engagement = walk.by_name[name]
        over = engagement.cancelled_at or engagement.closed_at
        if not over and engagement.ends_on >= walk.world.today:
            weight = sum(t.criticality for t in walk.topics if t.engagement_id == engagement.pk)
            weighed[engagement.department.name].append((leak, weight))
    expected = {
        name: sum(leak * weight for leak, weight in parts) / sum(weight for _, weight in parts)
        for name, parts in weighed.items()
    }
    assert {name for name, cell in shown.items() if cell != "–"} == set(expected)
    for name, leak in expected.items():
        assert abs(walk.number(shown[name]) - leak) <= D("0.1")


def what_stays_of_topics(walk):
    """On the map, in its file, in both lists, on both pages of the topic and behind the link."""
    told = defaultdict(dict)
    for engagement in walk.by_name.values():
        portal = walk.portals[engagement.pk]
        for place, page in {
            "topics": walk.page(walk.hr, "knowledge:topic_list", engagement.public_id),
            "portal topics": walk.page(portal, "portal:topic_list", engagement.public_id),
        }.items():
            for title, percent in walk.stays(page).items():
                told[engagement.pk, title][place] = percent
        for topic in walk.topics:
            if topic.engagement_id == engagement.pk:
                for client, name in (
                    (walk.hr, "knowledge:topic_detail"),
                    (portal, "portal:topic_detail"),
                ):
                    (percent,) = walk.figures(
                        walk.page(client, name, topic.public_id), "coverage"
                    ).values()
                    told[engagement.pk, topic.title][name] = percent
    on_map = the_map(walk, told)

    stays = {key: same(places) for key, places in told.items()}
    assert set(stays) == {(topic.engagement_id, topic.title) for topic in walk.topics}
    assert D("12.5") in stays.values()
    heat(walk, stays, on_map)


def the_map(walk, told):
    """Read the map's list and file; return the engagements that stand on it."""
    first = walk.page(walk.hr, "dashboards:knowledge_map")
    pages = [first, *(walk.page(walk.hr, "dashboards:knowledge_map", page=n) for n in (2,))]
    listed = {}
    for page in pages:
        for row in page.xpath("//*[@id='topics']//li"):
            meta = said(row.xpath(".//*[@class='item-meta']")[0])
            (name,) = (name for name in walk.by_name if f"· {name} ·" in meta)
            ((title, percent),) = walk.stays(row, ".").items()
            listed[walk.by_name[name].pk, title] = percent
    rows = walk.rows("dashboards:knowledge_map_export")[1:]
    filed = {(walk.by_name[row[2]].pk, row[1]): walk.number(row[5]) for row in rows}
    assert listed == filed
    for key, percent in listed.items():
        told[key]["map"] = percent
    return {engagement for engagement, _title in listed}


def heat(walk, stays, on_map):
    """A cell of the map is the weakest of its department."""
    page = walk.page(walk.hr, "dashboards:knowledge_map")
    (table,) = page.find_class("heat")
    titles = [said(head) for head in table.xpath(".//thead//th")][1:]
    departments = {one.pk: one.department.name for one in walk.by_name.values()}
    for row in map(cells, table.xpath(".//tbody/tr")):
        for title, cell in zip(titles, row[1:], strict=True):
            weakest = min(
                (
                    percent
                    for (engagement, name), percent in stays.items()
                    if engagement in on_map and name == title and departments[engagement] == row[0]
                ),
                default=None,
            )
            assert weakest == (None if cell == "–" else walk.number(cell.split("%")[0]))


def points(walk):
    """In the lists, in the file, on the card, in the ledger, in the portal and its points book."""
    told = defaultdict(dict)
    home = walk.page(walk.hr, "dashboards:home")
    everything = walk.page(walk.hr, "dashboards:engagement_list", state="all")
    for place, page in {"home": home, "list": everything}.items():
        for row in page.xpath("//tbody/tr[.//*[@class='meter-inline']]"):
            (meter,) = row.find_class("meter-inline")
            balance, target = said(meter).split(" / ")
            name = said(row.xpath("./th")[0])
            told[name][place] = (walk.number(balance), walk.number(target))
    for name, engagement in walk.by_name.items():
        key = engagement.public_id
        portal = walk.portals[engagement.pk]
        told[name] |= {
            "card": next(
                iter(
                    walk.figures(
                        walk.page(walk.hr, "dashboards:engagement_detail", key), "knowledge"
                    ).values()
                )
            ),
            "ledger": walk.figure(
                walk.page(walk.hr, "knowledge:ledger_detail", key).xpath(
                    "//section[@aria-labelledby='balance']"
                )[0]
            ),
            "portal": beside(walk, walk.page(portal, "portal:engagement_detail", key), "points"),
            "points book": beside(walk, walk.page(portal, "portal:ledger", engagement=key), "sums"),
        }

    assert len({same(places) for places in told.values()}) == len(STANDS)
    assert sum("home" in places for places in told.values()) == 2
    assert all("list" in places for places in told.values())


def beside(walk, page, region):
    """Return a large number and the target in the words after it."""
    (section,) = page.xpath(f"//section[@aria-labelledby='{region}']")
    words = said(section.xpath("./p[1]/*[@class='text-soft']")[0])
    return walk.figure(section), walk.number(words.split(",")[0])


def counts_of_leaks_topics_and_receivers(walk):
    """The tile of the home page, the map and its file; the report and the pages of the topics."""
    rows = walk.rows("dashboards:knowledge_map_export")[1:]
    leaking = [
        row
        for row in rows
        if int(row[4]) >= CRITICAL and walk.number(row[5]) < 100 and row[7] == "0"
    ]
    tile = walk.page(walk.hr, "dashboards:home").xpath("//a[contains(@href, '#outside')]")[0]
    outside = walk.page(walk.hr, "dashboards:knowledge_map").get_element_by_id("outside")
    (head,) = outside.xpath(".//*[contains(@class, 'card-head')]")

    told = {
        "home": int(said(tile.xpath("./*[contains(@class, 'number')]")[0])),
        "map": int("".join(filter(str.isdigit, said(head)))),
        "file": len(leaking),
    }
    assert same(told) > 1
    name = said(tile.xpath("./*[@class='tile-label']")[0])
    assert name.lower() in said(head).lower()  # one name for it
    the_report(walk)


def the_report(walk):
    ran = [one for one in walk.by_name.values() if one.cancelled_at is None]
    period = {
        "first": min(one.starts_on for one in ran).isoformat(),
        "last": walk.world.today.isoformat(),
    }
    page = walk.page(walk.hr, "dashboards:received_report", **period)
    whole = cells(page.xpath("//table//tr")[-1])
    started = [one for one in ran if one.starts_on <= walk.world.today]
    topics, received, people = 0, 0, defaultdict(set)
    for engagement in ran:
        listed = walk.page(walk.hr, "knowledge:topic_list", engagement.public_id)
        topics += len(walk.stays(listed)) if engagement in started else 0
        for topic in walk.topics:
            if topic.engagement_id == engagement.pk:
                holders = receivers_on(walk, topic)
                received += bool(holders)
                for name, is_external in holders.items():
                    people[is_external].add(name)

    assert [int(cell) for cell in whole[1:5]] == [
        topics,
        received,
        len(people[False]),
        len(people[True]),
    ]
    tiles = [
        said(tile.xpath("./*[contains(@class, 'number')]")[0]) for tile in page.find_class("tile")
    ]
    assert tiles == [whole[7], *whole[2:5]]
    assert walk.number(whole[7]) + walk.number(whole[8]) == 100


def receivers_on(walk, topic):
    """Return who said on the page of a topic what they can do, and whether they are external."""
    page = walk.page(walk.hr, "knowledge:topic_detail", topic.public_id)
    levels = {level.lower() for level in levels_in(walk.language)}
    found = {}
    for row in page.xpath("//section[@aria-labelledby='receivers']//li[contains(@class, 'item')]"):
        text = said(row).lower()
        if any(level in text for level in levels):
            name = said(row.xpath(".//*[@class='item-title']")[0])
            found[name] = any(
                contact.name in name and contact.is_external for contact in walk.world.people
            )
    return found


def levels_in(language):
    with translation.override(language):
        return [str(Confirmation.Answer(level).label) for level in LEVELS]
