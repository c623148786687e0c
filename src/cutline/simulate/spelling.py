"""How each source spells people, phones, accounts and times; rendered once, then gathered by row number."""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from cutline.simulate.numbers import digits, evm_addresses, luhn_digit, salt_of, tokens, tron_addresses
from cutline.simulate.randomness import DAY, Ints, scramble
from cutline.simulate.world import ACCOUNT, ADDRESS, BANKS, EVM, REGIONS, SERVICE_CODES, TERMINAL, WALLET, World

LOCAL = timezone(timedelta(hours=8))
SPELLINGS = 4  # +86…, 86…, national, national with spaces


def gather(table: pl.Series, rows: npt.NDArray[Any], name: str = "") -> pl.Series:
    """Entries of a rendered table; a negative row is empty."""
    index = pl.Series(name, np.where(rows < 0, 0, rows).astype(np.uint32))
    found = table.gather(index) if len(table) else pl.Series(name, [None] * len(rows), dtype=pl.String)
    if (rows < 0).any():
        found = found.zip_with(pl.Series(rows >= 0), pl.Series([None], dtype=pl.String))
    return found.alias(name)


class Spelling:
    """Rendered strings of everything in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seed = world.config.seed
        self.epoch = int(datetime.combine(world.config.start, datetime.min.time(), LOCAL).timestamp())
        self._persons: dict[str, pl.Series] = {}

    # --- times ----------------------------------------------------------------------------------------------------------
    @cached_property
    def _clock(self) -> pl.Series:
        return self.stamps(np.arange(self.world.end + DAY, dtype=np.int64))

    def stamps(self, seconds: npt.NDArray[Any], zone_h: int = 8, suffix: str = "+08:00") -> pl.Series:
        """Times as ISO 8601 in a zone with the given suffix."""
        local = (seconds.astype(np.int64) + self.epoch + zone_h * 3600) * 1000
        return pl.Series(local).cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%M:%S" + suffix)

    def times(self, seconds: npt.NDArray[Any], name: str = "") -> pl.Series:
        """Local times of events inside the delivery."""
        return gather(self._clock, np.clip(seconds, 0, self.world.end + DAY - 1), name)

    def file_date(self, number: int) -> date:
        """The day on which the records of a file begin."""
        return self.moment(number * self.world.config.days_per_file * DAY).date()

    def moment(self, second: int) -> datetime:
        """One local time."""
        return datetime.fromtimestamp(self.epoch + second, UTC).astimezone(LOCAL)

    # --- phones and devices ---------------------------------------------------------------------------------------------
    @cached_property
    def phones(self) -> pl.Series:
        """Four spellings of every line, then the service codes; a foreign or fixed line is always spelled in full."""
        number = self.world.lines["number"]
        full = digits(number)
        mobile = pl.Series((number // 10**11 == 86) & (number % 10**11 // 10**10 == 1))
        plus = "+" + full
        national = full.str.slice(2)
        spaced = national.str.slice(0, 3) + " " + national.str.slice(3, 4) + " " + national.str.slice(7)
        every = [plus] + [other.zip_with(mobile, plus) for other in (full, national, spaced)]
        return pl.concat([*every, pl.Series(SERVICE_CODES)])

    def phone(self, rows: npt.NDArray[Any], name: str, variant: npt.NDArray[Any] | int = 0) -> pl.Series:
        """Numbers in a spelling; −1 − k is the k-th service code."""
        count = len(self.world.lines)
        return gather(self.phones, np.where(rows >= 0, variant * count + rows, SPELLINGS * count - 1 - rows), name)

    def linked(self, rows: npt.NDArray[Any], name: str) -> pl.Series:
        """A phone where there is one, else empty."""
        return gather(self.phones, rows, name)

    @cached_property
    def imsi(self) -> pl.Series:
        """Subscriber identities."""
        mnc = np.array([0, 1, 3])[np.maximum(self.world.lines["operator"], 0)]
        unique = scramble(np.arange(len(self.world.lines)), salt_of(self.seed, "imsi")) % np.uint64(10**5)
        rows = np.arange(len(self.world.lines), dtype=np.int64)
        return digits((46_000 + mnc).astype(np.int64) * 10**10 + (rows * 7919 + 13) % 99_991 * 10**5 + unique.astype(np.int64))

    @cached_property
    def iccid(self) -> pl.Series:
        """Card numbers of twenty digits, the last one Luhn's."""
        rows = np.arange(len(self.world.lines), dtype=np.int64)
        serial = (scramble(rows, salt_of(self.seed, "iccid")) % np.uint64(10**6)).astype(np.int64)
        body = 8_986 * 10**15 + serial * 10**9 + rows * 17 + 1_000
        return digits(body) + digits(luhn_digit(body))

    @cached_property
    def imei(self) -> pl.Series:
        """Handset numbers."""
        return digits(self.world.devices["imei"])

    @cache  # noqa: B019 - one Spelling lives as long as one run
    def device(self, source: str) -> pl.Series:
        """How a source names devices: the IMEI where it is told, else a token of its own."""
        shown = pl.Series(self.world.devices["shown"] == 1)
        return self.imei.zip_with(shown, tokens(len(self.world.devices), salt_of(self.seed, f"device {source}")))

    @cached_property
    def cells(self) -> pl.Series:
        """Cell identities."""
        rows = np.arange(len(self.world.cells), dtype=np.int64)
        return "460-00-" + digits(20_000 + rows // 50) + "-" + digits(rows * 97 % 65_000 + 256)

    @cached_property
    def ips(self) -> pl.Series:
        """IPv4 addresses."""
        value = self.world.ips["value"]
        parts = [digits(value >> shift & 255) for shift in (24, 16, 8, 0)]
        return parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[3]

    # --- money ----------------------------------------------------------------------------------------------------------
    @cached_property
    def numbers(self) -> pl.Series:
        """Account, wallet or address as its holder writes it."""
        nodes = self.world.nodes
        plain = digits(nodes["number"])
        rows = np.flatnonzero(nodes["kind"] == ADDRESS)
        addresses = tron_addresses(len(rows), f"tron {self.seed}".encode()[:64])
        if len(rows):
            plain = plain.scatter(pl.Series(rows.astype(np.uint32)), pl.Series(addresses, dtype=pl.String))
        rows = np.flatnonzero(nodes["kind"] == EVM)
        own = evm_addresses(int(nodes["number"][rows].max(initial=-1)) + 1, f"evm {self.seed}".encode()[:64])
        found = gather(pl.Series(own, dtype=pl.String), nodes["number"][rows])
        return plain.scatter(pl.Series(rows.astype(np.uint32)), found) if len(rows) else plain

    @cached_property
    def places(self) -> pl.Series:
        """`institution/account` for accounts, else the plain id: what stands where several kinds may."""
        kind, inst = self.world.nodes["kind"], self.world.nodes["inst"]
        bank = pl.Series(np.isin(kind, (ACCOUNT, TERMINAL)))
        return (gather(pl.Series(BANKS), np.maximum(inst, 0)) + "/" + self.numbers).zip_with(bank, self.numbers)

    def node_ids(self, rows: Ints) -> list[str]:
        """Canonical entity ids of money holders."""
        kind, inst = self.world.nodes["kind"][rows], self.world.nodes["inst"][rows]
        head = {WALLET: "ecny_wallet:", ADDRESS: "address:tron/", EVM: "address:evm/"}
        held = zip(kind.tolist(), inst.tolist(), np.asarray(rows).tolist(), strict=True)
        return [head.get(k, f"account:CN/{BANKS[i]}/") + self._plain[row] for k, i, row in held]

    @cached_property
    def _plain(self) -> list[str]:
        found: list[str] = self.numbers.to_list()
        return found

    # --- people ---------------------------------------------------------------------------------------------------------
    def people(self, source: str) -> pl.Series:
        """Person tokens of one issuer; `national` is the keyed national-id token."""
        if source not in self._persons:
            self._persons[source] = tokens(len(self.world.persons), salt_of(self.seed, f"person {source}"))
        return self._persons[source]

    def firms(self, source: str) -> pl.Series:
        """Organisation tokens of one issuer."""
        return "org-" + tokens(len(self.world.orgs), salt_of(self.seed, f"organisation {source}"))

    @cached_property
    def handles(self) -> pl.Series:
        """Account names at the platforms."""
        return "u" + tokens(len(self.world.handles), salt_of(self.seed, "handle")).str.slice(0, 12)

    @cached_property
    def regions(self) -> pl.Series:
        """County codes."""
        return pl.Series(REGIONS)

    def warm(self) -> None:
        """Renders what several threads will read, so that none of them renders it twice."""
        for table in (
            self._clock,
            self.phones,
            self.imsi,
            self.iccid,
            self.imei,
            self.cells,
            self.ips,
            self.numbers,
            self.places,
            self.handles,
        ):
            len(table)
