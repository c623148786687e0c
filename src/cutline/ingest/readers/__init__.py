"""Every native format that Cutline reads, in the order in which a file is tried."""

from __future__ import annotations

from collections.abc import Sequence

from cutline.ingest.chunk import Reader
from cutline.ingest.readers.bitcoin import Bitcoin
from cutline.ingest.readers.conflux import Conflux
from cutline.ingest.readers.ethereum_etl import EthereumEtl
from cutline.ingest.readers.ethereum_rpc import EthereumRpc
from cutline.ingest.readers.iso20022 import ISO_READERS
from cutline.ingest.readers.job_posting import JobPosting
from cutline.ingest.readers.public_reports import PublicReports
from cutline.ingest.readers.tagpack import TagPack
from cutline.ingest.readers.tags_ofac import OfacList
from cutline.ingest.readers.token_lists import TokenLists
from cutline.ingest.readers.trongrid import TronGrid, TronGridEvents
from cutline.ingest.tabular import TABULAR_READERS

__all__ = ["READERS"]

READERS: Sequence[Reader] = (
    *ISO_READERS,
    TronGrid(),
    TronGridEvents(),
    Bitcoin(),
    Conflux(),
    EthereumRpc(),
    EthereumEtl(),
    TokenLists(),
    JobPosting(),
    PublicReports(),
    TagPack(),
    *TABULAR_READERS,
    OfacList(),
)
"""First those that a file's syntax gives away, so that no table's column claims them; last the one that any list resembles."""
