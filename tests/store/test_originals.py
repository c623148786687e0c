"""Files as they were delivered: kept byte for byte, and cited in their own spelling."""

import gzip

import numpy as np
import pytest

from cutline.errors import SourceError, UsageError
from cutline.model.evidence import Citation
from tests.store.deliveries import contacts, record, seen, stage


def lines(file, batch, rows):
    text = file.read().decode().splitlines()
    return {row: {"record_id": text[row], "file": batch.file_name} for row in rows}


def test_citations_lead_to_the_original_spelling(lake, tmp_path):
    lake.commit([stage(lake, tmp_path / "a.csv", contacts([{"event_id": "one"}, {"event_id": "two"}]))])
    seen(lake, "event_id")
    cited = lake.cite("contacts", np.array([1, 0, 1]))
    assert [r["record_id"] for r in lake.originals(cited, lines)] == ["two", "one", "two"]
    with pytest.raises(UsageError, match="not in the lake"):
        lake.originals([Citation("contacts", "X", "e", "0" * 16, 1)], lines)


@pytest.mark.parametrize(
    "content",
    [b"plain,csv\n1,2\n" * 1000, gzip.compress(b"a,b\n"), b"", b"\x28\xb5\x2f\xfdnot really"],
    ids=["plain", "gzip", "empty", "damaged"],
)
def test_originals_come_back_byte_for_byte(lake, tmp_path, content):
    source = tmp_path / "original.csv"
    source.write_bytes(content)
    staged = stage(lake, source, contacts([{}]))
    lake.commit([staged])
    with lake.open_original(staged.batch.batch) as file:
        assert file.read() == content
    assert all(check.good for check in lake.doctor())


def test_a_file_that_changes_while_it_is_read_is_refused(lake, tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("before")
    said = record(source)
    source.write_text("after")
    with pytest.raises(SourceError, match="changed while being read"):
        lake.stage(said, source)
