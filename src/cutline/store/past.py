"""The lake as it stood at a moment: what was received and had happened by then, and views of their own beside today's."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import polars as pl

from cutline.errors import UsageError
from cutline.model.moments import to_us
from cutline.store import views
from cutline.store.lake import Lake
from cutline.store.standing import Standing


class PastLake(Lake):
    """A lake to look back with: it reads what `lake` knew at a moment, and nothing comes in or goes out through it.

    What it computes is saved under names that end in the moment, so that no reader of today's views meets it. It is void once
    `lake` changes or closes. What was purged since cannot be known again.
    """

    def __init__(self, lake: Lake, moment: datetime) -> None:
        self.moment = moment.astimezone(UTC)
        super().__init__(lake._folder, lake._ownership, lake._catalogue)

    def close(self) -> None:
        """Leave the lake open: whoever opened it closes it."""

    @property
    def generation(self) -> int:
        """Differs where other batches had been received by the moment: what is delivered later changes nothing."""
        return zlib.crc32("\n".join(sorted(self.batches()["batch"])).encode())

    def batches(self) -> pl.DataFrame:
        """Give the batches that had been received, with what they rest on and the counts of today."""
        return super().batches().filter(pl.col("received_at") <= self.moment)

    def standing(self, known_by: datetime | None = None) -> Standing:
        """Give the lake as it stood at a moment, at the latest this one."""
        return super().standing(self.moment if known_by is None else min(known_by, self.moment))

    # Views

    def save_views(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Replace several views of this moment in one step; today's stay as they are."""
        named = {self._named(name): frame for name, frame in frames.items()}
        views.save_views(self._folder, self._catalogue, named, self.generation)

    def view(self, name: str) -> pl.DataFrame | None:
        """Give a view of this moment; None where nothing was computed for it."""
        return super().view(self._named(name))

    def view_of_today(self, name: str) -> pl.DataFrame | None:
        """Give a view of the lake as it stands: to know whom a pseudonym means, which says nothing of this moment."""
        return super().view(name)

    def view_generation(self, name: str) -> int | None:
        """Say from which batches a view of this moment was computed."""
        return super().view_generation(self._named(name))

    def find_files(self, name: str) -> Path | None:
        """Give the folder of a view of this moment; None where there is none that was made of the lake as it stands."""
        return super().find_files(self._named(name))

    def save_files(self, name: str, write: Callable[[Path], None]) -> None:
        """Replace a view of this moment that is a folder of files."""
        super().save_files(self._named(name), write)

    def keep_orders(self) -> None:
        """Keep nothing: the orders on disk are of the lake as it stands."""

    def _named(self, name: str) -> str:
        return f"{name}_as_of_{to_us(self.moment)}"

    # What would change the lake

    def commit(self, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        self._refuse()

    def stage(self, *_: object) -> NoReturn:
        """Refuse."""
        self._refuse()

    def purge(self, *_: object) -> NoReturn:
        """Refuse."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UsageError(f"the lake as of {self.moment.isoformat()} is to be looked at; expected the lake as it stands")
