"""A delivery on disk: a folder per institution, tables as CSV with realistic dirt, and the count of what was planted."""

import csv
import gzip
import io
import json
import zlib
from pathlib import Path

import numpy as np
import polars as pl
import zstandard

from cutline.simulate.world import World

ENCODINGS = {"utf-8": "utf-8", "bom": "utf-8-sig", "gb18030": "gb18030"}


class Dirt:
    """What was planted in each file: bad rows, exact duplicates, second sightings, late rows."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, int]] = {}

    def note(self, path: str, **counts: int) -> None:
        """Records counts for one file, leaving out zeros."""
        entry = self.files.setdefault(path, {})
        for name, count in counts.items():
            if count:
                entry[name] = entry.get(name, 0) + int(count)

    def write(self, path: Path) -> None:
        """Writes truth/dirt.json: only files with anything to tell."""
        told = {name: counts for name, counts in sorted(self.files.items()) if counts}
        path.write_text(json.dumps(told, indent=1, sort_keys=True), encoding="utf-8")


class Delivery:
    """One institution's folder."""

    def __init__(self, root: Path, source: str, department: str, dirt: Dirt, world: World) -> None:
        self.source, self.department = source, department
        self._root, self._folder, self._dirt = root, root / source, dirt
        self._config, self._chance = world.config, world.chance
        self._folder.mkdir(parents=True, exist_ok=True)
        self.rows = 0

    def describe(self, **fields: str) -> None:
        """Writes delivery.yaml."""
        lines = [f"source: {self.source}", f"department: {self.department}"]
        lines += [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
        (self._folder / "delivery.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def table(self, name: str, frame: pl.DataFrame, stars: tuple[str, ...], *, encoding: str = "utf-8", **counts: int) -> None:
        """Writes a CSV. Bad rows break one ★ column; they and the duplicates are extra rows, never instead of true ones."""
        path = self._folder / name
        rng = self._chance.of(f"dirt {self.source}/{name}")
        bad, copies = self._planted(len(frame), rng)
        body = io.BytesIO()
        cut = int(rng.integers(0, len(frame) + 1)) if bad or copies else len(frame)
        frame.head(cut).write_csv(body, float_precision=2)
        if bad or copies:
            body.write(_dirty_lines(frame, stars, bad, copies, rng))
            frame.tail(len(frame) - cut).write_csv(body, include_header=False, float_precision=2)
        data = body.getvalue()
        if encoding != "utf-8":
            data = data.decode("utf-8").encode(ENCODINGS[encoding])
        _store(path, data)
        self.rows += len(frame) + bad + copies
        self._dirt.note(f"{self.source}/{name}", bad=bad, duplicates=copies, **counts)

    def lines(self, name: str, text: list[str], *, dirty: bool = True) -> None:
        """Writes JSON lines; a bad line is a record that breaks off."""
        rng = self._chance.of(f"dirt {self.source}/{name}")
        bad, copies = self._planted(len(text), rng) if dirty else (0, 0)
        extra = [text[int(k)][: len(text[int(k)]) * 2 // 3] for k in rng.integers(0, max(1, len(text)), bad)]
        extra += [text[int(k)] for k in rng.integers(0, max(1, len(text)), copies)]
        cut = int(rng.integers(0, len(text) + 1))
        whole = [*text[:cut], *extra, *text[cut:]]
        _store(self._folder / name, "".join(line + "\n" for line in whole).encode("utf-8"))
        self.rows += len(whole)
        self._dirt.note(f"{self.source}/{name}", bad=bad, duplicates=copies)

    def document(self, name: str, text: str, rows: int) -> None:
        """Writes one XML document."""
        _store(self._folder / name, text.encode("utf-8"))
        self.rows += rows

    def _planted(self, rows: int, rng: np.random.Generator) -> tuple[int, int]:
        if rows < 5:
            return 0, 0
        # At least now and then also in a small file, so that small provinces are dirty too.
        bad = int(rng.poisson(self._config.bad_rows * rows) + (rng.random() < 0.12))
        return bad, int(rng.poisson(self._config.duplicate_rows * rows) + (rng.random() < 0.15))


def _dirty_lines(frame: pl.DataFrame, stars: tuple[str, ...], bad: int, copies: int, rng: np.random.Generator) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for k in range(bad + copies):
        row = frame.slice(int(rng.integers(0, len(frame))), 1)
        values = next(csv.reader([row.write_csv(include_header=False, float_precision=2).rstrip("\n")]))
        writer.writerow(_spoil(values, frame.columns, stars, rng) if k < bad else values)
    return out.getvalue().encode("utf-8")


def _spoil(values: list[str], columns: list[str], stars: tuple[str, ...], rng: np.random.Generator) -> list[str]:
    """One row as no reader should take it."""
    way = int(rng.integers(0, 5))
    timed = [
        c
        for c in stars
        if c in ("time", "start", "activated_at", "opened_at", "created_at", "bought_at", "sent_at", "first_seen")
    ]
    counted = [c for c in stars if c in ("amount", "duration_s", "price")]
    if way == 0 and timed:
        values[columns.index(timed[0])] = "2026-13-45T25:61:00+08:00"
    elif way == 1 and counted:
        values[columns.index(counted[0])] = "-4" if counted[0] == "duration_s" else "12,34x"
    elif way == 2:
        return values[:2]
    else:
        values[columns.index(stars[int(rng.integers(0, len(stars)))])] = ""
    return values


def _store(path: Path, data: bytes) -> None:
    """Compresses by the file's ending; a gzip header carries no time, so that the same seed gives the same bytes."""
    if path.suffix == ".zst":
        data = zstandard.ZstdCompressor(level=1).compress(data)
    elif path.suffix == ".gz":
        data = _gzip(data)
    path.write_bytes(data)


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(data) + packer.flush()


def open_text(path: Path) -> str:
    """The text of a delivered file, for tests and for looking at it."""
    data: bytes = path.read_bytes()
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    elif path.suffix == ".gz":
        data = gzip.decompress(data)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
