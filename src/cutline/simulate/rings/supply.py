"""Suppliers who serve several rings: makers of apps, lessors of lines, sellers of traffic and wallets; a shared launderer."""

import numpy as np

from cutline.simulate.crypto import Exchange
from cutline.simulate.economy import PURPOSE, pay
from cutline.simulate.people import new_accounts, new_handles, outsiders
from cutline.simulate.randomness import DAY, Ints, heavy
from cutline.simulate.rings.gang import Ring
from cutline.simulate.world import CHAIN_RAIL, MOBILE, World

WORDS = ("hengxin", "baitong", "yuanda", "jinfu", "ruitai", "zhonghe", "anxin", "huarui", "tongli", "dingsheng")


def supply(world: World, rings: list[Ring], exchange: Exchange) -> None:
    """Connects the rings through those who sell to them."""
    rng = world.chance.of("suppliers")
    _sites(world, rings, rng)
    if len(rings) < 2:
        return
    _lines(rings)
    sellers = min(4, max(2, len(rings) // 2))
    for number in range(sellers):
        clients = [r for k, r in enumerate(rings) if k % sellers == number or rng.random() < 0.4] or rings[:2]
        clients = clients if len(clients) > 1 else rings[:2]
        _seller(world, number, clients, exchange, rng)
    _shared_launderer(world, rings)


def _sites(world: World, rings: list[Ring], rng: np.random.Generator) -> None:
    """Pages and apps of the stories; two rings in three buy from the same maker and share its certificate and app id."""
    maker = {"certificate": rng.bytes(20).hex(), "app": f"com.{WORDS[int(rng.integers(0, 10))]}.app{int(rng.integers(10, 99))}"}
    for ring in rings:
        bought = rng.random() < 0.66
        own = {"certificate": rng.bytes(20).hex(), "app": f"com.{WORDS[int(rng.integers(0, 10))]}.m{int(rng.integers(10, 99))}"}
        for _ in range(1 + ring.size // 10):
            host = f"{rng.choice(WORDS)}{int(rng.integers(10, 9999))}.{rng.choice(['top', 'vip', 'cc', 'xyz', 'com'])}"
            used = maker if bought else own
            row = len(world.sites)
            world.sites.append(
                {
                    "url": f"https://{host}/{rng.choice(['app', 'h5', 'trade', 'vip'])}",
                    "time": max(0, ring.start - int(rng.integers(0, 9 * DAY))),
                    "ip": int(rng.choice(ring.ips)),
                    "certificate": used["certificate"],
                    "app": used["app"],
                    "reported": "fraud" if rng.random() < 0.2 else "",
                }
            )
            world.subject("website", row, ring.name, "technician" if ring.of("technician") else "organiser")


def honest_sites(world: World) -> None:
    """Shops' pages, some of which share a certificate because one host serves them."""
    rng = world.chance.of("honest sites")
    certificates = [rng.bytes(20).hex() for _ in range(6)]
    rows = []
    for _ in range(max(6, world.config.people // 700)):
        host = f"{rng.choice(WORDS)}{int(rng.integers(10, 9999))}.{rng.choice(['com', 'cn', 'com.cn', 'net', 'vip'])}"
        rows.append(len(world.sites))
        world.sites.append(
            {
                "url": f"https://{host}/",
                "time": int(rng.integers(0, world.end)),
                "ip": int(rng.integers(0, len(world.ips))),
                "certificate": certificates[int(rng.integers(0, 6))],
                "app": "",
                "reported": "",
            }
        )
    world.look_alike("website", np.array(rows), "honest_site")


def _lines(rings: list[Ring]) -> None:
    """A lessor's gateway carries the calls of several rings."""
    for number, ring in enumerate(rings):
        ring.trunk = 2 if number % 3 != 2 else 3


def _seller(world: World, number: int, clients: list[Ring], exchange: Exchange, rng: np.random.Generator) -> None:
    person: Ints = outsiders(world, 1, rng)
    account = new_accounts(world, person, rng, cls=1, inst=rng.integers(0, 5, 1), exact=1)
    address = exchange.addresses(1, person)
    handle = new_handles(world, person, 1, rng)
    for ring in clients:
        for kind, row in (("person", person), ("account", account), ("address", address), ("handle", handle)):
            world.subject(kind, row, ring.name, "supplier")
        _fee(world, ring, account, address, rng)
        if number == 2:  # the seller of traffic invites for its clients
            strangers = world.persons["handle"][rng.integers(0, world.config.people, 40)]
            strangers = strangers[strangers >= 0]
            time = rng.integers(ring.start, ring.end, len(strangers))
            world.messages.add(len(strangers), platform=1, time=time, sender=handle, recipient=strangers, text=70)


def _fee(world: World, ring: Ring, account: Ints, address: Ints, rng: np.random.Generator) -> None:
    """What the ring pays its supplier: from the third layer or from the collecting address."""
    time = rng.integers(ring.start, max(ring.start + 1, ring.end - DAY // 4), 2)
    payer = ring.layers[2][0]
    ok = time > world.nodes["opened"][payer]
    fen = heavy(rng, 2, 3_800, 0.5)
    pay(world, np.full(2, payer)[ok], np.repeat(account, 2)[ok], time[ok], fen[ok], channel=MOBILE, purpose=PURPOSE["服务费"])
    late = np.array([ring.start + (ring.end - ring.start) * 2 // 3])
    pay(world, np.array(ring.collecting[:1]), address, late, heavy(rng, 1, 600, 0.5) * 10_000, rail=CHAIN_RAIL)


def _shared_launderer(world: World, rings: list[Ring]) -> None:
    """Two rings send their money through the same water house: the smaller uses accounts of the larger."""
    able = sorted((r for r in rings if r.of("launderer")), key=lambda r: -r.size)
    if not able:
        return
    host = able[0]
    for guest in [r for r in rings if r is not host][: max(1, len(rings) // 4)]:
        guest.layers[2].extend(host.layers[2][:2])
        world.subject("account", host.layers[2][:2], guest.name, "launderer")
        world.subject("person", np.unique(world.nodes["person"][host.layers[2][:2]]), guest.name, "launderer")
