"""What internet platforms deliver: accounts, log-ins, messages, adverts, listings; and the registry of sites."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from cutline.simulate.bank_files import Daily
from cutline.simulate.delivery import Delivery
from cutline.simulate.evm_files import piece_contract
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.randomness import scramble
from cutline.simulate.spelling import Spelling, gather
from cutline.simulate.texts import ADVERTS, NICKNAMES, TEXTS
from cutline.simulate.travel import PLACE_COUNTRY
from cutline.simulate.world import COUNTRIES, PLACES, PLATFORMS, REGIONS, World

Submit = Callable[[Callable[[], None]], None]
ACCOUNT_STARS = ("platform", "account", "created_at")
LOGIN_STARS = ("platform", "account", "time", "device")
MESSAGE_STARS = ("message_id", "platform", "time", "sender", "recipient")
# The third platform keeps its servers in Bangkok: log-ins carry +07:00, other times no offset: the zone is the delivery's.
ABROAD = 2
MARKETPLACE = 1  # where people advertise and sell
GOODS = ("二手自行车", "演唱会门票", "九成新手机", "婴儿推车", "动车票转让", "考研资料", "电饭煲", "景区门票")
SOLD_AS = "自用转让,价格可议"


def deliver_platform(world: World, spelling: Spelling, platform: int, delivery: Delivery, submit: Submit) -> None:
    """Queues one platform's files."""
    submit(lambda: _accounts(world, spelling, platform, delivery))
    _logins(world, spelling, platform, delivery, submit)
    _messages(world, spelling, platform, delivery, submit)
    submit(lambda: _listings(world, spelling, platform, delivery))
    if platform == MARKETPLACE:
        submit(lambda: _adverts(world, spelling, delivery))


def _accounts(world: World, spelling: Spelling, platform: int, delivery: Delivery) -> None:
    handles = world.handles
    rows = np.flatnonzero(handles["platform"] == platform)
    rows = rows[np.argsort(spelling.handles.gather(pl.Series(rows.astype(np.uint32))).to_numpy())]
    created = (
        spelling.stamps(handles["created"][rows], 7, "") if platform == ABROAD else spelling.stamps(handles["created"][rows])
    )
    frame = pl.DataFrame(
        {
            "platform": PLATFORMS[platform],
            "account": gather(spelling.handles, rows),
            "created_at": created,
            "phone": spelling.linked(handles["line"][rows], "phone"),
            "device": gather(spelling.device(delivery.source), handles["device"][rows]),
            "ip": gather(spelling.ips, handles["ip"][rows]),
            "status": gather(pl.Series(["active", "limited", "closed"]), handles["status"][rows]),
            "nickname": gather(pl.Series(NICKNAMES), handles["nick"][rows]),
        }
    )
    delivery.table("accounts.csv.gz", frame, ACCOUNT_STARS, encoding="gb18030" if platform == 1 else "utf-8")


def _logins(world: World, spelling: Spelling, platform: int, delivery: Delivery, submit: Submit) -> None:
    logins, handles = world.logins, world.handles
    inside = (logins["time"] >= 0) & (logins["time"] < world.end)
    row = np.flatnonzero((handles["platform"][logins["handle"]] == platform) & inside)
    time = logins["time"][row].astype(np.int64)
    daily = Daily(world, f"logins {platform}", time)
    for number in range(world.config.files):

        def write(number: int = number) -> None:
            part = row[daily.of(number)]
            ip = logins["ip"][part]
            when = logins["time"][part]
            frame = pl.DataFrame(
                {
                    "platform": PLATFORMS[platform],
                    "account": gather(spelling.handles, logins["handle"][part]),
                    "time": spelling.stamps(when, 7, "+07:00") if platform == ABROAD else spelling.times(when),
                    "device": gather(spelling.device(delivery.source), logins["device"][part]),
                    "ip": gather(spelling.ips, ip),
                    "ip_country": gather(pl.Series(COUNTRIES), world.ips["country"][ip]),
                    "ip_region": gather(
                        pl.Series(REGIONS), np.where(world.ips["country"][ip] == 0, world.ips["region"][ip], -1)
                    ),
                    "identity_check": gather(
                        pl.Series(["", "passed", "failed"]), np.where(logins["check"][part] > 0, logins["check"][part], -1)
                    ),
                }
            )
            delivery.table(
                f"logins-{spelling.file_date(number)}.csv.zst",
                frame,
                LOGIN_STARS,
                late=int(daily.late[daily.of(number)].sum()),
            )

        submit(write)


def _messages(world: World, spelling: Spelling, platform: int, delivery: Delivery, submit: Submit) -> None:
    messages = world.messages
    inside = (messages["time"] >= 0) & (messages["time"] < world.end)
    row = np.flatnonzero((messages["platform"] == platform) & inside)
    if not len(row):
        return
    daily = Daily(world, f"messages {platform}", messages["time"][row].astype(np.int64))
    for number in range(world.config.files):

        def write(number: int = number) -> None:
            part = row[daily.of(number)]
            kind = messages["kind"][part]
            frame = pl.DataFrame(
                {
                    "message_id": hex_strings(scramble(part, salt_of(world.config.seed, "message"))),
                    "platform": PLATFORMS[platform],
                    "time": spelling.stamps(messages["time"][part], 7, "")
                    if platform == ABROAD
                    else spelling.times(messages["time"][part]),
                    "sender": gather(spelling.handles, messages["sender"][part]),
                    "recipient": _recipients(world, spelling, messages["recipient"][part]),
                    "kind": gather(pl.Series(["text", "voice", "video_call", "file"]), kind),
                    "duration_s": pl.Series(messages["duration"][part]).zip_with(
                        pl.Series((kind == 1) | (kind == 2)), pl.Series([None], dtype=pl.Int32)
                    ),
                    "text": gather(pl.Series(TEXTS), messages["text"][part]),
                }
            )
            encoding = "gb18030" if platform == 1 and number % 3 == 0 else "utf-8"
            delivery.table(
                f"messages-{spelling.file_date(number)}.csv.zst",
                frame,
                MESSAGE_STARS,
                encoding=encoding,
                late=int(daily.late[daily.of(number)].sum()),
            )

        submit(write)


def _recipients(world: World, spelling: Spelling, recipient: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.Series:
    groups = int(max(1, -recipient.min())) if len(recipient) else 1
    names = "group_" + hex_strings(scramble(np.arange(groups), salt_of(world.config.seed, "group"))).str.slice(0, 10)
    single = gather(spelling.handles, np.where(recipient >= 0, recipient, -1))
    return single.zip_with(pl.Series(recipient >= 0), gather(names, np.where(recipient <= -2, -2 - recipient, -1)))


def _adverts(world: World, spelling: Spelling, delivery: Delivery) -> None:
    """JobPosting lines: lures, lawful work overseas, and far more ordinary work at home."""
    rng = world.chance.of("adverts")
    rows = [dict(advert) for advert in world.adverts]
    authors = np.flatnonzero(world.handles["platform"] == 1)
    for monthly in rng.integers(35, 95, max(6, world.config.people // 250)):
        loud = rng.random() < 0.1  # honest employers shout too
        handle, time = int(rng.choice(authors)), int(rng.integers(0, world.end))
        form, factor = ("loud", 300) if loud else ("home", 100)
        rows.append({"form": form, "handle": handle, "time": time, "country": 0, "pay": int(monthly) * factor})
    for row in rows:
        row["handle"] = row["handle"] if row["handle"] >= 0 else int(authors[0])
    rows.sort(key=lambda r: (r["time"], r["handle"]))
    lines = [json.dumps(_posting(world, spelling, number, row, rng), ensure_ascii=False) for number, row in enumerate(rows)]
    delivery.lines("adverts.jsonl", lines, dirty=False)


def _posting(world: World, spelling: Spelling, number: int, row: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    titles, bodies = ADVERTS[row["form"]]
    country, _, town = PLACES[int(rng.choice(np.flatnonzero(row["country"] == PLACE_COUNTRY)))].partition("/")
    handle = row["handle"]
    platform, author = PLATFORMS[world.handles["platform"][handle]], str(spelling.handles[handle])
    contact = {"@type": "ContactPoint", "handle": f"{platform}/{author}"}
    if row.get("line", -1) >= 0 and rng.random() < 0.4:
        contact = {"@type": "ContactPoint", "telephone": str(spelling.phones[row["line"]])}
    salary = {"@type": "QuantitativeValue", "value": row["pay"], "unitText": "MONTH"}
    address = {"@type": "PostalAddress", "addressCountry": country, "addressRegion": town}
    post = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": str(rng.choice(titles)),
        "description": str(rng.choice(bodies)).format(pay=row["pay"]),
        "datePosted": spelling.moment(row["time"]).isoformat(),
        "jobLocation": {"@type": "Place", "address": address},
        "baseSalary": {"@type": "MonetaryAmount", "currency": "CNY", "value": salary},
        "jobImmediateStart": row["form"] in ("lure", "loud") and bool(rng.random() < 0.8),
        "applicationContact": contact,
        "url": f"https://hubin.example/jobs/{number * 7919 % 1_000_003:06d}",
        "platform": platform,
        "author": author,
    }
    if row["form"] == "lawful":
        firm = str(spelling.firms("police-province")[row["org"]])
        post["hiringOrganization"] = {"@type": "Organization", "identifier": firm}
    return post


def _listings(world: World, spelling: Spelling, platform: int, delivery: Delivery) -> None:
    """Things people sell: second-hand goods and tickets, pieces, virtual land, bonds and what pretends to be one."""
    offers = [o for o in world.listings if world.handles["platform"][o["handle"]] == platform]
    if platform == MARKETPLACE:
        offers += _second_hand(world)
    if not offers:
        return
    offers.sort(key=lambda o: (o["time"], o["handle"], o["title"]))
    handle = np.array([o["handle"] for o in offers])
    maker = np.array([o.get("creator", -1) for o in offers])
    frame = pl.DataFrame(
        {
            "listing_id": hex_strings(scramble(np.arange(len(offers)), salt_of(world.config.seed, f"listing {platform}"))),
            "platform": PLATFORMS[platform],
            "time": spelling.times(np.array([o["time"] for o in offers])),
            "seller": gather(spelling.handles, handle),
            "kind": [o["kind"] for o in offers],
            "title": [o["title"] for o in offers],
            "item": pl.Series([_item(world, o) for o in offers], dtype=pl.String),
            "text": [o["text"] for o in offers],
            "creator": gather(spelling.handles, maker),
            "minter": gather(spelling.handles, np.array([o.get("minter", -1) for o in offers])),
            "price": [o["price"] / 100 for o in offers],
            "currency": "CNY",
        }
    )
    delivery.table("listings.csv", frame, ("listing_id", "platform", "time", "seller", "kind", "title"), encoding="gb18030")


def _item(world: World, offer: dict[str, Any]) -> str | None:
    """A piece as `chain/contract/token`."""
    number = offer.get("item", -1)
    return None if number < 0 else f"ethereum/{piece_contract(world, number)}/{number}"


def _second_hand(world: World) -> list[dict[str, Any]]:
    rng = world.chance.of("listings")
    n = max(8, world.config.people // 120)
    sellers = np.flatnonzero(world.handles["platform"] == MARKETPLACE)
    seller = sellers[rng.integers(0, len(sellers), n)]
    time = np.sort(rng.integers(0, world.end, n))
    title = rng.integers(0, len(GOODS), n)
    price = rng.integers(20, 3000, n)
    return [
        {
            "handle": h,
            "time": t,
            "kind": "ticket" if "票" in GOODS[k] else "item",
            "title": GOODS[k],
            "text": SOLD_AS,
            "price": p,
        }
        for h, t, k, p in zip(seller.tolist(), time.tolist(), title.tolist(), (100 * price).tolist(), strict=True)
    ]


def deliver_sites(world: World, spelling: Spelling, delivery: Delivery) -> None:
    """The registry's view of pages and apps."""
    sites = sorted(world.sites, key=lambda s: (s["time"], s["url"]))
    frame = pl.DataFrame(
        {
            "url": [s["url"] for s in sites],
            "first_seen": spelling.stamps(np.array([s["time"] for s in sites])),
            "registrar": "reg-" + hex_strings(scramble(np.arange(len(sites)) % 5, 77)).str.slice(0, 6),
            "ip": gather(spelling.ips, np.array([s["ip"] for s in sites])),
            "certificate": [s["certificate"] for s in sites],
            "app_id": [s["app"] or None for s in sites],
            "reported_as": [s["reported"] or None for s in sites],
        }
    )
    delivery.table("sites.csv", frame, ("url", "first_seen"))
