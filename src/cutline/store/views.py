"""Views: what machines computed from the lake. Replaced together, dropped whenever what they rest on is purged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl

from cutline.errors import UsageError
from cutline.store.catalogue import Catalogue
from cutline.store.durable import settle, settle_all


def save_views(folder: Path, catalogue: Catalogue, frames: Mapping[str, pl.DataFrame], generation: int | None = None) -> None:
    """Replace several views in one step: a reader sees all the old ones or all the new ones.

    They are of the lake's generation, or of another number that says what they were made of.
    """
    home = folder / "views"
    home.mkdir(exist_ok=True)
    edition = (catalogue.meta("edition") or 0) + 1
    paths = {name: f"views/{name}-{edition}.parquet" for name in frames}
    for name, frame in frames.items():
        if not name.isidentifier():
            raise UsageError(f"view {name!r}: expected a name of letters, digits and underscores")
        frame.write_parquet(folder / paths[name], compression="zstd", compression_level=1)
        settle(folder / paths[name])
    settle_all([home])
    old = catalogue.ask("SELECT name, path FROM views").rows()
    made_of = (catalogue.meta("generation") or 0) if generation is None else generation
    with catalogue.transaction():
        catalogue.set_meta("edition", edition)
        for name, path in paths.items():
            catalogue.run("DELETE FROM views WHERE name = ?", [name])
            catalogue.run("INSERT INTO views VALUES (?, ?, ?)", [name, path, made_of])
    for name, path in old:
        if name in paths:
            (folder / path).unlink(missing_ok=True)


def read_view(folder: Path, catalogue: Catalogue, name: str) -> pl.DataFrame | None:
    """Give a view as it was last saved; None where there is none."""
    found = catalogue.ask("SELECT path FROM views WHERE name = ?", [name])
    return pl.read_parquet(folder / found["path"][0]) if found.height else None


def save_files(folder: Path, catalogue: Catalogue, name: str, write: Callable[[Path], None]) -> None:
    """Replace a view that is a folder of files, for arrays that are mapped into memory; `write` fills the folder it is given.

    The catalogue names each file, so that they go with the other views: at a purge, and when a killed run left them behind.
    """
    edition = (catalogue.meta("edition") or 0) + 1
    home = Path("views") / f"{name}-{edition}"
    (folder / home).mkdir(parents=True, exist_ok=True)
    write(folder / home)
    files = sorted(path.name for path in (folder / home).iterdir())
    settle_all([*(folder / home / file for file in files), folder / home, folder / "views"])
    old = catalogue.ask("SELECT path FROM views WHERE starts_with(name, ?)", [f"{name}/"])["path"].to_list()
    with catalogue.transaction():
        catalogue.set_meta("edition", edition)
        catalogue.run("DELETE FROM views WHERE starts_with(name, ?)", [f"{name}/"])
        for file in files:
            said = [f"{name}/{file}", str(home / file), catalogue.meta("generation") or 0]
            catalogue.run("INSERT INTO views VALUES (?, ?, ?)", said)
    _remove(folder, old)


def find_files(folder: Path, catalogue: Catalogue, name: str) -> Path | None:
    """Give the folder of such a view if it was made of the lake as it stands; None where there is none, or an older one."""
    asked = "SELECT min(path) AS path, min(generation) AS generation FROM views WHERE starts_with(name, ?)"
    path, generation = catalogue.ask(asked, [f"{name}/"]).row(0)
    return (folder / path).parent if path and generation == (catalogue.meta("generation") or 0) else None


def drop_views(folder: Path, catalogue: Catalogue) -> None:
    """Throw all views away."""
    paths = catalogue.ask("SELECT path FROM views")["path"].to_list()
    with catalogue.transaction():
        catalogue.run("DELETE FROM views")
    _remove(folder, paths)


def _remove(folder: Path, paths: Sequence[str]) -> None:
    for path in paths:
        (folder / path).unlink(missing_ok=True)
    for home in {(folder / path).parent for path in paths} - {folder / "views"}:
        home.rmdir()
