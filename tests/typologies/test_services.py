"""Who serves everybody is known by a list or by its customers, and by nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from cutline.typologies.services import find_services
from tests.risk.gangs import build, merged
from tests.risk.test_custody import HOT, collecting, exchange
from tests.worlds import at


def services(rows: dict[str, list[dict[str, object]]]) -> set[str]:
    index = build(merged(rows))
    return {index.entity(int(code)) for code in np.flatnonzero(find_services(index))}


def tag(entity: str, name: str) -> dict[str, list[dict[str, object]]]:
    return {"tags": [{"occurred_at": at(0), "entity": entity, "tag": name, "list": "labels"}]}


@pytest.mark.parametrize(("name", "known"), [("exchange", True), ("bridge", True), ("pool", True), ("fraud", False)])
def test_lists_name_them(name: str, known: bool) -> None:
    rows = collecting(6) | tag("address:tron/cold", name)
    assert services(rows) == ({"address:tron/cold"} if known else set())


def test_without_a_list_an_exchange_is_known_by_its_customers() -> None:
    assert services(exchange(12)) == {HOT}
