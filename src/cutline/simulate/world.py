"""The province in memory: what exists and what happened, as columns. Times are seconds since the first local midnight."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutline.simulate.config import ProvinceConfig
from cutline.simulate.randomness import DAY, Chance, Floats, Ints, moments
from cutline.simulate.tables import Table

REGIONS = (
    "350102 350103 350203 350205 350211 350302 350502 350503 350582 350583 350602 350702 350802 350902".split()
)  # county codes; the first ones are the larger cities
COUNTRIES = "CN KH MM LA TH VN JP KR SG MY HK AE US".split()
HOT_COUNTRIES = (1, 2, 3)
BANKS = "ICBK ABOC BKCH PCBC PSBC CMBC CIBK".split()
BANK_BINS = (622202, 622848, 621660, 621700, 621098, 621483, 621768)
DELIVERING_BANKS = 5  # the last two banks send nothing: money that goes there is seen from the other side only
OPERATORS = ("cmcc", "cucc", "ctcc")
PLATFORMS = ("weiliao", "hubin", "yunji")
PLACES = (
    *(f"CN/{region}" for region in REGIONS),
    "KH/Sihanoukville", "KH/Bavet", "MM/Myawaddy", "MM/Laukkaing", "LA/Bokeo", "TH/Bangkok", "VN/Ho Chi Minh", "JP/Tokyo",
    "KR/Seoul", "SG/Singapore", "MY/Kuala Lumpur", "HK/Hong Kong", "AE/Dubai", "US/Los Angeles",
)  # fmt: skip
PORTS = (
    "CN/350203",
    "CN/350102",
    "CN/440300",
    "CN/532300",
    "CN/450600",
)  # two airports, Shenzhen, two land ports in the south-west
# ADDRESS is of Tron; an address of an EVM chain stands as one node for each coin that it can hold (`evm.py`).
ACCOUNT, WALLET, ADDRESS, TERMINAL, EVM = range(5)
BANK_RAIL, RECEIPT_RAIL, ECNY_RAIL, CHAIN_RAIL, EVM_RAIL = range(5)
CHANNELS = ("", "mobile", "web", "counter", "atm", "pos", "payroll", "qr")
MOBILE, WEB, COUNTER, ATM, POS, PAYROLL, QR = range(1, 8)
PURPOSES = (
    "", "工资", "房租", "购物", "转账", "货款", "水电费", "红包", "投资款", "保证金", "退款", "学费", "结算", "资金归集",
    "购房款", "服务费", "团购", "充值", "还款", "机票",
)  # fmt: skip
TRUNKS = ("domestic", "international", "gw-hengtong-07", "gw-ruixin-21")
SERVICE_CODES = "10086 10010 10000 95588 95599 95566 95533 95580 106980095188 1069012345 10690888 95555".split()


def _persons() -> Table:
    return Table(
        region=("i2", 0), born=("i2", 1980), status=("i1", 0), household=("i4", -1), employer=("i4", -1),
        home=("i4", -1), work=("i4", -1), line=("i4", -1), line2=("i4", -1), main=("i4", -1), main2=("i4", -1),
        device=("i4", -1), ip=("i4", -1),
        handle=("i4", -1), wallet=("i4", -1), known=("i1", 1), away_from=("i4", 2_000_000_000), away_to=("i4", 0),
        away_country=("i1", 0), silent_from=("i4", 2_000_000_000),
    )  # fmt: skip


def _lines() -> Table:
    return Table(
        number=("i8", 0), country=("i1", 0), operator=("i1", -1), person=("i4", -1), org=("i4", -1), agent=("i4", -1),
        activated=("i4", 0), device=("i4", -1), cell=("i4", -1), status=("i1", 0), kind=("i1", 0), region=("i2", 0),
        key=("i4", -1), twin=("i4", -1), until=("i4", -1),
    )  # fmt: skip


def _nodes() -> Table:
    return Table(
        kind=("i1", 0), inst=("i1", -1), number=("i8", 0), person=("i4", -1), org=("i4", -1), opened=("i4", 0),
        cls=("i1", 1), status=("i1", 0), line=("i4", -1), region=("i2", 0), tier=("i1", 0), parent=("i4", -1),
        exact=("i1", 0), hub=("i1", 0), extra=("i8", -1), coin=("i1", 0),
    )  # fmt: skip


@dataclass
class World:
    """Everything that exists and everything that happened, before it is written in the sources' formats."""

    config: ProvinceConfig
    chance: Chance
    persons: Table = field(default_factory=_persons)
    orgs: Table = field(default_factory=lambda: Table(kind=("i1", 0), region=("i2", 0), main=("i4", -1), cell=("i4", -1)))
    lines: Table = field(default_factory=_lines)
    nodes: Table = field(default_factory=_nodes)
    devices: Table = field(default_factory=lambda: Table(imei=("i8", 0), shown=("i1", 0)))
    cells: Table = field(default_factory=lambda: Table(region=("i2", 0), country=("i1", 0)))
    ips: Table = field(default_factory=lambda: Table(value=("i8", 0), country=("i1", 0), region=("i2", 0)))
    codes: Table = field(default_factory=lambda: Table(node=("i4", -1)))
    handles: Table = field(
        default_factory=lambda: Table(
            platform=("i1", 0), person=("i4", -1), created=("i4", 0), line=("i4", -1), device=("i4", -1),
            ip=("i4", -1), status=("i1", 0), nick=("i2", -1),
        )
    )  # fmt: skip
    calls: Table = field(
        default_factory=lambda: Table(
            a=("i4", -1), b=("i4", -1), time=("i4", 0), duration=("i4", 0), sms=("i1", 0), roaming=("i1", 0),
            cell=("i4", -1), trunk=("i1", 0), device=("i4", -1), release=("i1", 0),
        )
    )  # fmt: skip
    messages: Table = field(
        default_factory=lambda: Table(
            platform=("i1", 0), time=("i4", 0), sender=("i4", -1), recipient=("i4", -1), kind=("i1", 0),
            duration=("i4", 0), text=("i2", -1),
        )
    )  # fmt: skip
    logins: Table = field(
        default_factory=lambda: Table(handle=("i4", -1), time=("i4", 0), device=("i4", -1), ip=("i4", -1), check=("i1", 0))
    )
    ledger: Table = field(
        default_factory=lambda: Table(
            payer=("i4", -1), payee=("i4", -1), time=("i4", 0), amount=("i8", 0), rail=("i1", 0), channel=("i1", 0),
            purpose=("i1", 0), device=("i4", -1), ip=("i4", -1), remote=("i1", -1), check=("i1", 0), code=("i4", -1),
            terminal=("i4", -1), currency=("i1", 0), order=("i4", -1), tag=("i4", -1), tx=("i4", -1), leg=("i1", 0),
            swap=("i4", -1),
        )
    )  # fmt: skip
    transactions: Table = field(
        default_factory=lambda: Table(time=("i4", 0), sender=("i4", -1), target=("i4", -1), failed=("i1", 0))
    )
    swaps: Table = field(
        default_factory=lambda: Table(
            tx=("i4", -1), leg=("i1", 0), pool=("i4", -1), caller=("i4", -1), recipient=("i4", -1), coin_in=("i1", 0),
            coin_out=("i1", 0), amount_in=("i8", 0), amount_out=("i8", 0), version=("i1", 3),
        )
    )  # fmt: skip
    pieces: Table = field(
        default_factory=lambda: Table(tx=("i4", -1), leg=("i1", 0), seller=("i4", -1), buyer=("i4", -1), item=("i4", -1))
    )
    orders: Table = field(
        default_factory=lambda: Table(
            time=("i4", 0), side=("i1", 0), amount=("i8", 0), price=("i4", 0), user=("i4", -1), account=("i4", -1),
            address=("i4", -1), memo=("i4", -1),
        )
    )  # fmt: skip
    crossings: Table = field(
        default_factory=lambda: Table(
            person=("i4", -1), time=("i4", 0), port=("i1", 0), out=("i1", 1), country=("i1", 0), means=("i1", 0),
            reference=("i4", -1),
        )
    )  # fmt: skip
    tickets: Table = field(
        default_factory=lambda: Table(
            person=("i4", -1), bought=("i4", 0), departs=("i4", 0), origin=("i1", 0), destination=("i1", 0),
            payer=("i4", -1), payer_person=("i4", -1), price=("i8", 0),
        )
    )  # fmt: skip
    relations: Table = field(
        default_factory=lambda: Table(person=("i4", -1), relation=("i1", 0), other=("i4", -1), org=("i4", -1), since=("i4", 0))
    )
    pairings: Table = field(
        default_factory=lambda: Table(device=("i4", -1), line=("i4", -1), first=("i4", 0), last=("i4", 0), cell=("i4", -1))
    )
    reports: list[dict[str, Any]] = field(default_factory=list)
    adverts: list[dict[str, Any]] = field(default_factory=list)
    sites: list[dict[str, Any]] = field(default_factory=list)
    listings: list[dict[str, Any]] = field(default_factory=list)
    tags: list[tuple[str, int, str, int]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    subjects: list[tuple[str, int, str, str, int]] = field(default_factory=list)
    look_alikes: list[tuple[str, Ints, str]] = field(default_factory=list)
    ring_rows: list[dict[str, Any]] = field(default_factory=list)
    stolen: list[dict[str, Any]] = field(default_factory=list)
    frozen: dict[int, int] = field(default_factory=dict)
    minted: int = 0  # single pieces that exist

    def lay(self) -> None:
        """Lays out every table; from then on they are only read."""
        for table in vars(self).values():
            if isinstance(table, Table):
                table.lay()

    @property
    def end(self) -> int:
        """The last second of the delivery, counted from its start."""
        return self.config.days * DAY

    def moments(self, rng: np.random.Generator, n: int, hours: Floats, week: Floats | None = None) -> Ints:
        """Times of n ordinary events in this province's calendar."""
        first = self.config.start.weekday()
        if week is None:
            return moments(rng, n, self.config.days, first, hours)
        return moments(rng, n, self.config.days, first, hours, week)

    def subject(self, kind: str, rows: Any, ring: str, role: str, coerced: int = 0) -> None:
        """Writes into the truth that these things serve a ring."""
        self.subjects.extend((kind, int(row), ring, role, coerced) for row in np.atleast_1d(np.asarray(rows)))

    def look_alike(self, kind: str, rows: Any, why: str) -> None:
        """Writes into the truth that these things only resemble a ring's."""
        self.look_alikes.append((kind, np.unique(np.atleast_1d(np.asarray(rows, dtype=np.int64))), why))
