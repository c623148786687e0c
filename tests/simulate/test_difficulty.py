"""The difficulty is fixed, not chosen: volumes, proportions, and how hidden the rings are."""

import numpy as np
import pytest

from cutline.simulate import ProvinceConfig
from cutline.simulate.randomness import Chance
from cutline.simulate.rings.gang import FIRST, ring_sizes, roles_of
from cutline.simulate.world import World
from tests.simulate.conftest import SMALL, Province


def sizes(people: int, seed: int) -> list[int]:
    config = ProvinceConfig(people=people, seed=seed)
    return ring_sizes(World(config, Chance(seed)))


def test_volumes_scale_to_eight_million_contacts_and_two_million_transfers(province: Province) -> None:
    person_days = SMALL.people * SMALL.days
    events = province.summary.events
    contacts = events["cdr"] + events["messages"]
    transfers = sum(events[kind] for kind in ("bank_transfers", "payment_receipts", "ecny_transfers", "trc20"))
    assert contacts / person_days >= 8 / 3
    assert transfers / person_days >= 2 / 3


def test_ring_members_are_rare(province: Province) -> None:
    assert province.summary.ring_members <= 0.003 * province.summary.persons


def test_look_alikes_outnumber_ring_subjects(province: Province) -> None:
    subjects = {row["entity"] for row in province.truth("subjects.csv")}
    alike = {row["entity"] for row in province.truth("look_alikes.csv")}
    assert not subjects & alike
    assert len(alike) >= 5 * len(subjects)


def test_few_look_alikes_are_tagged_and_some_ring_entities_wrongly(province: Province) -> None:
    tagged = {row["entity"] for row in province.rows("tags") if row["tag"] not in ("hot_spot", "frozen", "fraud")}
    alike = {row["entity"] for row in province.truth("look_alikes.csv")}
    subjects = {row["entity"] for row in province.truth("subjects.csv")}
    assert 0 < len(alike & tagged) <= 0.3 * len(alike)
    assert subjects & tagged


def test_a_fifth_of_the_members_show_in_one_flow_only(province: Province) -> None:
    assert province.summary.one_flow_members >= 0.2 * province.summary.ring_members


@pytest.mark.parametrize("seed", range(8))
def test_ring_sizes(seed: int) -> None:
    large = sizes(100_000, seed)
    assert min(large) >= 4
    assert max(large) <= 60
    assert 60 in large
    assert sum(large) <= 0.003 * 100_000 - 4  # room for suppliers
    assert len(sizes(10_000, seed)) >= 2
    assert sum(sizes(10_000, seed)) <= 28
    assert sizes(400, seed) == [4]


def test_number_of_rings_can_be_asked_for() -> None:
    config = ProvinceConfig(people=10_000, rings=3)
    assert len(ring_sizes(World(config, Chance(1)))) == 3


def test_roles_grow_with_the_ring() -> None:
    assert set(roles_of(4)) == {"organiser", "caller", "mule"}
    assert set(roles_of(len(FIRST))) == set(FIRST)
    assert len(roles_of(60)) == 60


def test_mules_have_ordinary_lives(province: Province) -> None:
    mules = {row["entity"] for row in province.truth("subjects.csv") if row["role"] == "mule" and row["kind"] == "account"}
    channels = {
        row["channel"]
        for row in province.rows("transfers")
        if f"account:CN/{(row['payer_institution'] or '')[:4]}/{row['payer_account']}" in mules
    }
    assert channels & {"pos", "atm"}


def test_ordinary_amounts_are_heavy_tailed(province: Province) -> None:
    amounts = []
    for row in province.rows("transfers"):
        try:
            amounts.append(float(row["amount"]))
        except (TypeError, ValueError):
            continue
    assert np.mean(amounts) > 3 * np.median(amounts)
