"""Call records written by a process of their own: they are half of all that a province writes, and need little of its world."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from cutline.errors import WorkspaceError
from cutline.simulate.config import ProvinceConfig
from cutline.simulate.delivery import Delivery, Dirt
from cutline.simulate.spelling import Spelling
from cutline.simulate.telecom_files import deliver_calls, operator_of
from cutline.simulate.world import OPERATORS, World

WORTH_A_PROCESS = 30_000
"""People; below this the start of a process costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the process wrote: rows by institution, and what was planted in each file."""

    rows: dict[str, int]
    dirt: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class CallWriter:
    """Writes the operators' call records while the rest of the province is settled and written."""

    _line: Connection

    def begin(self, root: Path, world: World) -> None:
        """Hand over what call records need; the world's calls, lines, devices and cells are final by now."""
        part = World(world.config, world.chance, lines=world.lines, devices=world.devices, cells=world.cells, calls=world.calls)
        with _told_when_killed():
            self._line.send((root, part))

    def finish(self, deliveries: Sequence[Delivery], dirt: Dirt) -> None:
        """Wait for the files and add what was written to the account; raise what went wrong there."""
        with _told_when_killed():
            said = self._line.recv()
        if isinstance(said, Exception):
            raise said
        dirt.files.update(said.dirt)
        for delivery in deliveries:
            delivery.rows += said.rows.get(delivery.source, 0)


@contextmanager
def call_writer(config: ProvinceConfig) -> Iterator[CallWriter | None]:
    """Start the process early, for it loads while the world is built; none where the province is small.

    It holds nothing but its end of the line: when this process dies, it reads the end of the line and ends too.
    """
    if config.people < WORTH_A_PROCESS:
        yield None
        return
    # Spawned, not forked: the column engine's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_write_calls, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield CallWriter(ours)
    finally:
        ours.close()
        process.join()


@contextmanager
def _told_when_killed() -> Iterator[None]:
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise WorkspaceError("the process that writes call records was ended from outside; simulate again") from error


def _write_calls(line: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is interrupted closes the line
    try:
        root, world = line.recv()
    except EOFError:  # nothing came of the province
        return
    try:
        said: object = _written(root, world)
    except Exception as error:  # noqa: BLE001 # whatever it was is raised where the province is written
        said = error
    with suppress(BrokenPipeError):  # nobody waits any more
        line.send(said)


def _written(root: Path, world: World) -> Written:
    dirt, spelling = Dirt(), Spelling(world)
    places = [Delivery(root, operator_of(number), "telecom", dirt, world) for number in range(len(OPERATORS))]
    for number, place in enumerate(places):
        deliver_calls(world, spelling, number, place, lambda write: write())
    return Written({place.source: place.rows for place in places}, dirt.files)
