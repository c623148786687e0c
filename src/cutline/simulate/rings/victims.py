"""Victims: called, talked to, brought to pay most of what they have to someone they never paid; many report it, some never."""

from typing import Any

import numpy as np

from cutline.simulate.economy import PURPOSE, pay
from cutline.simulate.randomness import DAY, WAKING, Ints, chunks, heavy, pick
from cutline.simulate.rings.calling import speak
from cutline.simulate.rings.gang import Ring
from cutline.simulate.rings.laundering import Laundering
from cutline.simulate.world import MOBILE, SERVICE_CODES, World

ONE_TIME_CODE = SERVICE_CODES.index("1069012345")


def defraud(world: World, ring: Ring, laundering: Laundering, people: Ints) -> None:
    """Lets the ring find its victims, hands what they pay to the launderers, and lets them report."""
    rng = world.chance.of(f"victims {ring.name}")
    times = _when(world, ring, len(people), rng)
    losses = heavy(rng, len(people), world.config.loss_median, world.config.loss_sigma)
    for person, time, loss in zip(people, times, losses, strict=True):
        _one(world, ring, laundering, (int(person), int(time), int(loss)), rng)


def _when(world: World, ring: Ring, n: int, rng: np.random.Generator) -> Ints:
    days = np.arange(ring.start // DAY, max(ring.start // DAY + 1, ring.end // DAY)) * DAY
    calm = days[ring.awake(days + DAY // 2)]
    days = calm if len(calm) else days
    time = days[rng.integers(0, len(days), n)] + pick(rng, n, WAKING) * 3600 + rng.integers(0, 3600, n)
    result: Ints = np.clip(time, ring.start + 3600, world.end - 5 * 3600)
    return result


def _one(world: World, ring: Ring, laundering: Laundering, story: tuple[int, int, int], rng: np.random.Generator) -> None:
    person, time, loss = story
    line = int(world.persons["line"][person])
    contacts = _contact(world, ring, person, line, time, rng)
    main = int(world.persons["main"][person])
    payments = []
    remote = rng.random() < world.config.remote_share
    for part in chunks(loss, int(pick(rng, 1, np.array(world.config.payments_of_a_victim))[0]) + 1, rng):
        payee = _payee(world, ring, laundering, main, time, rng)
        if payee < 0 or time >= world.end - 3600:
            break
        theft = {"tag": len(world.stolen), "ring": ring.name, "person": person, "amount": part, "time": time, "payer": main}
        world.stolen.append({**theft, "payee": payee, "report": -1})
        _pay(world, world.stolen[-1], remote, rng)
        world.calls.add(1, a=-1 - ONE_TIME_CODE, b=line, time=max(0, time - 40), sms=1)
        laundering.take(time, payee, part)
        payments.append(len(world.stolen) - 1)
        time += int(rng.integers(600, 30 * 3600))
    world.nodes["extra"][main] = int(loss * rng.uniform(0.02, 0.6))
    if payments and rng.random() < world.config.reported:
        _report(world, laundering, contacts, payments, remote, rng)


def _pay(world: World, theft: dict[str, Any], remote: bool, rng: np.random.Generator) -> None:
    """The payment itself looks like any other transfer to another person."""
    columns = {name: np.array([theft[name]]) for name in ("payer", "payee", "time", "amount")}
    person = theft["person"]
    told = rng.random() < 0.3
    device, ip = (int(world.persons["device"][person]), int(world.persons["ip"][person])) if told else (-1, -1)
    checked = 1 + int(rng.random() < 0.04) if theft["amount"] > 500_000 else 0
    purpose = int(rng.choice([0, PURPOSE["转账"], PURPOSE["投资款"], PURPOSE["保证金"]]))
    given = {
        "device": device,
        "ip": ip,
        "remote": 1 if remote else -1,
        "check": checked,
        "purpose": purpose,
        "tag": theft["tag"],
    }
    pay(world, **columns, channel=MOBILE, **given)


def _payee(world: World, ring: Ring, laundering: Laundering, main: int, time: int, rng: np.random.Generator) -> int:
    opened = world.nodes["opened"]
    free = [a for a in ring.layers[0] if a != main and opened[a] < time and laundering.frozen.get(a, time + 1) > time]
    return int(rng.choice(free)) if free else -1


def _contact(world: World, ring: Ring, person: int, line: int, time: int, rng: np.random.Generator) -> list[tuple[str, int]]:
    """First, second and third line within the two days before; for some stories only chat."""
    contacts: list[tuple[str, int]] = []
    by_phone = ring.story not in ("romance", "investment") or rng.random() < 0.5
    if by_phone:
        sim = int(rng.choice(ring.sims))
        begin = max(0, time - int(rng.integers(1800, 40 * 3600)))
        world.calls.add(1, a=sim, b=line, time=begin, duration=rng.integers(45, 240), cell=world.lines["cell"][sim])
        contacts.append(("phone", sim))
        lines = ring.caller_lines
        middle = (begin + time) // 2
        for caller, when, length in (
            (lines[0], middle, (240, 1200)),
            (lines[-1], time - int(rng.integers(600, 3000)), (900, 4000)),
        ):
            speak(world, ring, (np.array([caller]), np.array([line])), np.array([max(0, when)]), length, rng)
            if ("phone", caller) not in contacts:
                contacts.append(("phone", caller))
    handle = int(world.persons["handle"][person])
    if handle >= 0 and (not by_phone or rng.random() < 0.6):
        usable = [h for h in ring.handles if world.handles["created"][h] < time] or ring.handles
        sender = int(rng.choice(usable))
        n = int(rng.integers(6, 40))
        moments = np.sort(np.clip(time - rng.integers(60, 6 * DAY, n), max(0, int(world.handles["created"][sender])), None))
        mine = rng.random(n) < 0.6
        video = rng.random(n) < 0.04
        world.messages.add(
            n,
            platform=world.handles["platform"][sender],
            time=moments,
            sender=np.where(mine, sender, handle),
            recipient=np.where(mine, handle, sender),
            kind=np.where(video, 2, 0),
            duration=np.where(video, rng.integers(15, 90, n), 0),
            text=np.where(mine & ~video & (rng.random(n) < 0.2), 68 + rng.integers(0, 8, n), -1),
        )
        contacts.append(("handle", sender))
    return contacts


def _report(
    world: World,
    laundering: Laundering,
    contacts: list[tuple[str, int]],
    payments: list[int],
    remote: bool,
    rng: np.random.Generator,
) -> None:
    """The victim reports hours or days later; at times police still freeze something."""
    last = world.stolen[payments[-1]]
    when = min(last["time"] + int(rng.integers(1800, 4 * DAY)), world.end - 600)
    number = len(world.reports)
    report = {
        "kind": "loss",
        "time": when,
        "person": last["person"],
        "contacts": contacts,
        "payments": payments,
        "remote": remote,
    }
    world.reports.append(report)
    for tag in payments:
        world.stolen[tag]["report"] = number
    if rng.random() < 0.03:  # a relative reports the same payment again
        world.reports.append(
            {**report, "time": min(when + 40_000, world.end - 300), "payments": payments[:1], "relative": True}
        )
    if rng.random() < world.config.freeze_share:
        node = last["payee"]
        if rng.random() < 0.6 and laundering.ring.layers[1]:
            node = int(rng.choice(laundering.ring.layers[1]))
        person = int(world.nodes["person"][node])
        if node != int(world.persons["main"][person]):
            laundering.freeze(node, when + int(rng.integers(900, 20 * 3600)))
