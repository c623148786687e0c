"""What must hold of every reader of the list, and of the list."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.readers import READERS
from cutline.ingest.readers.tags_ofac import OfacList
from cutline.ingest.recognise import recognise
from cutline.ingest.tabular import TABULAR_READERS
from tests.ingest.delivered import DELIVERY, deliver, read_all
from tests.ingest.readers import test_bitcoin as bitcoin
from tests.ingest.readers import test_conflux as conflux
from tests.ingest.readers import test_ethereum_etl as ethereum
from tests.ingest.readers import test_ethereum_rpc as rpc
from tests.ingest.readers import test_iso20022 as iso
from tests.ingest.readers import test_job_posting as jobs
from tests.ingest.readers import test_public_reports as reports
from tests.ingest.readers import test_tag_lists as lists
from tests.ingest.readers import test_token_lists as tokens
from tests.ingest.readers import test_trongrid as tron

SAMPLES = {
    "pacs.008": iso.pacs(iso.transfer()),
    "camt.053": iso.statement(iso.entry(details=iso.details())),
    "camt.054": iso.statement(iso.entry(details=iso.details()), "BkToCstmrDbtCdtNtfctn", "Ntfctn", "camt.054.001.08"),
    "trongrid": tron.lines(tron.row(), tron.event(1, "Approval", {})),
    "trongrid_events": tron.lines(tron.event(1, "Approval", {})),
    "bitcoin": json.dumps(bitcoin.etl()),
    "conflux": json.dumps(conflux.transaction(timestamp=1_700_000_000)),
    "ethereum_rpc": json.dumps(rpc.transaction(blockTimestamp="0x6553f100")),
    "ethereum_etl": ethereum.table(ethereum.transaction()),
    "ethereum_tokens": tokens.LIST,
    "adverts": json.dumps(jobs.advert()),
    "public_reports": json.dumps(reports.report()),
    "tagpack": lists.PACK,
    "tags_ofac": f"{lists.BITCOIN}\n{lists.TRON}\n",
}


def _delivery(kind: str) -> str:
    """Say the chain, without which transactions of Ethereum are refused; those of Bitcoin lie on none but its kin."""
    return DELIVERY + ("chain: bitcoin\n" if kind == "bitcoin" else "chain: ethereum\n")


REFUSES = "iso20022"
"""The kind of every bank message that is not read."""


def test_the_list_names_every_kind_once() -> None:
    kinds = [reader.kind for reader in READERS]
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) == set(SAMPLES) | {REFUSES} | {reader.kind for reader in TABULAR_READERS}


def test_no_column_of_a_table_claims_a_report_nor_a_list_a_table(tmp_path: Path) -> None:
    missing = deliver(tmp_path, "reports.jsonl", json.dumps(reports.report(kind="missing", person="p9")))
    assert recognise(missing).kind == "public_reports"
    tokens = deliver(tmp_path, "persons.csv", "person\n" + "".join(f"{i:032x}\n" for i in range(50)))
    assert not OfacList().recognises(read_head(tokens.path))


@pytest.mark.parametrize("kind", SAMPLES)
def test_each_sample_is_known_by_its_own_reader_alone(tmp_path: Path, kind: str) -> None:
    file = deliver(tmp_path, "file", SAMPLES[kind], _delivery(kind))
    assert [reader.kind for reader in READERS if reader.recognises(read_head(file.path))] == [kind]


@pytest.mark.parametrize("kind", SAMPLES)
def test_reading_twice_says_the_same_and_everything_is_counted(tmp_path: Path, kind: str) -> None:
    file = deliver(tmp_path, "file", SAMPLES[kind], _delivery(kind))
    reader = next(reader for reader in READERS if reader.kind == kind)
    first, second = read_all(reader, file), read_all(reader, file)
    assert first.keys.equals(second.keys)
    assert first.tables.keys() == second.tables.keys()
    assert all(first.tables[name].equals(second.tables[name]) for name in first.tables)
    assert first.keys.height >= 1


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_truncated_packed_file_is_refused_whole(tmp_path: Path, kind: str) -> None:
    reader = next(reader for reader in READERS if reader.kind == kind)
    file = deliver(tmp_path, "file.gz", gzip.compress(SAMPLES[kind].encode() * 2)[:-9], _delivery(kind))
    with pytest.raises(SourceError, match="truncated"):
        list(reader.read(file))
