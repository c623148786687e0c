"""ISO 20022 messages as a stream of payments: XML read element by element, whatever the version, in bounded memory.

Elements are known by local name. No document type, no entity and no network is ever needed, so a document type declaration
refuses the file. Memory: one transaction at a time; what has been read is cleared.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lxml import etree

from cutline.errors import SourceError
from cutline.ingest.blocks import open_stream

PACS, STATEMENT, NOTIFICATION = "pacs.008", "camt.053", "camt.054"
MESSAGES = {"FIToFICstmrCdtTrf": PACS, "BkToCstmrStmt": STATEMENT, "BkToCstmrDbtCdtNtfctn": NOTIFICATION}
READ_HERE = ", ".join(MESSAGES.values())
EXPECTED = f"a message of ISO 20022: {READ_HERE}"
DEEPEST = 64

_NAMED = re.compile(r"\b([a-z]{4}\.\d{3})\.\d{3}")
_WRAPPERS = frozenset({"Document", "AppHdr", "BizMsgEnvlp", "RequestPayload", "Message", "Body", "DataPDU"})
_SECTIONS = frozenset({"Stmt", "Ntfctn"})

Fields = dict[str, str | None]


def read_payments(path: Path) -> Iterator[Fields]:
    """Give the payments of a pacs.008, camt.053 or camt.054 as raw fields, in document order.

    Raises SourceError for another message (named), XML that is not well-formed, and any document type declaration.
    """
    return _Reading(path).payments()


def find(element: etree._Element, path: str) -> str | None:
    """Give the text at a path of local names below an element, None where it is absent or empty."""
    found = element.find(_path(path))
    text = None if found is None else found.text
    return (text.strip() or None) if text else None


@lru_cache(maxsize=512)
def _path(path: str) -> str:
    anywhere = ".//" if path.startswith(".//") else ""
    return anywhere + "/".join("{*}" + p for p in path.removeprefix(".//").split("/"))


class _Pieces(io.RawIOBase):
    """A stream of pieces as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._pieces, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class _Reading:
    """One file while it is read: which message it is, and what the sections around the current transaction say."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.namespace_name = ""
        self.message = ""
        self.group: Fields = {}
        self.section: Fields = {}
        self.entry: Fields = {}
        self.entries = 0
        self.details = 0
        self.held: Fields | None = None

    def payments(self) -> Iterator[Fields]:
        stream = io.BufferedReader(_Pieces(open_stream(self.path)), 1 << 16)
        reading = etree.iterparse(
            stream, events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
        )
        depth = 0
        try:
            for event, element in reading:
                if not isinstance(element.tag, str):
                    continue
                name = etree.QName(element).localname
                if event == "start":
                    depth += 1
                    self._begin(element, name, depth)
                else:
                    depth -= 1
                    yield from self._end(element, name)
        except etree.XMLSyntaxError as error:
            raise SourceError(str(self.path), f"no well-formed XML ({error})", EXPECTED) from error
        if not self.message:
            raise SourceError(str(self.path), "XML without an ISO 20022 message", EXPECTED)

    def _begin(self, element: etree._Element, name: str, depth: int) -> None:
        if depth == 1 and element.getroottree().docinfo.internalDTD is not None:
            raise SourceError(str(self.path), "a document type declaration", "XML without DTD or entities")
        if depth > DEEPEST:
            raise SourceError(str(self.path), f"elements nested deeper than {DEEPEST}", "a message of ISO 20022")
        if not self.message:
            self._name_message(element, name)
        elif name in _SECTIONS:
            self.section = {}
        elif name == "Ntry":
            self.entry, self.details, self.held = {}, 0, None
            self.entries += 1
        elif name == "NtryDtls" and not self.entry:
            parent = element.getparent()
            self.entry = {} if parent is None else entry_fields(parent)

    def _name_message(self, element: etree._Element, name: str) -> None:
        namespace = etree.QName(element).namespace or ""
        parent = element.getparent()
        if name in MESSAGES:
            self.message = MESSAGES[name]
        elif name == "Document" or (parent is not None and etree.QName(parent).localname == "Document"):
            named = _NAMED.search(namespace)
            self.namespace_name = named[1] if named else self.namespace_name
            if name != "Document":
                said = f"the message {self.namespace_name or name} ({name})"
                raise SourceError(str(self.path), said, READ_HERE, "no payment is booked by it: it is not read")
        elif parent is None and name not in _WRAPPERS:
            raise SourceError(str(self.path), f"XML that begins with {name}", EXPECTED)

    def _end(self, element: etree._Element, name: str) -> Iterator[Fields]:
        parent = element.getparent()
        above = "" if parent is None else etree.QName(parent).localname
        if name == "GrpHdr":
            self.group = {"created": find(element, "CreDtTm"), "group_accepted": find(element, "AccptncDtTm")}
        elif name == "Acct" and above in _SECTIONS:
            self.section = {f"own_{k}": v for k, v in account_fields(element).items()}
            self.section["own_institution"] = institution(element.find(_path("Svcr")))
        elif name == "CdtTrfTxInf" and self.message == PACS:
            yield {"message": PACS, **self.group, **transfer_fields(element)}
        elif name == "TxDtls":
            yield from self._detail(element)
        elif name == "Ntry":
            yield from self._close_entry(element)
        if above in _SECTIONS or above in MESSAGES or name in ("TxDtls", "CdtTrfTxInf", "NtryDtls"):
            _clear(element)

    def _detail(self, element: etree._Element) -> Iterator[Fields]:
        if self.held is not None:
            yield self.held
        self.details += 1
        own = detail_fields(element)
        place = {"entry": str(self.entries), "place": str(self.details)}
        self.held = {"message": self.message, **place, **self.section, **self.entry, **own}
        if self.details > 1:
            yield self.held
            self.held = None

    def _close_entry(self, element: etree._Element) -> Iterator[Fields]:
        entry = self.entry or entry_fields(element)
        if self.details == 0:
            whole = {"amount": entry.get("entry_amount"), "currency": entry.get("entry_currency")}
            yield {"message": self.message, "entry": str(self.entries), "place": "1", **self.section, **entry, **whole}
        elif self.held is not None:  # the only detail of its entry: what it leaves unsaid, the entry says
            amount, currency = self.held.get("amount"), self.held.get("currency")
            if amount is None:
                amount, currency = entry.get("entry_amount"), entry.get("entry_currency")
            yield {**self.held, "amount": amount, "currency": currency}
        self.held, self.details = None, 0


def _clear(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def transfer_fields(element: etree._Element) -> Fields:
    """Give the fields of one pacs.008 credit transfer."""
    amount = element.find(_path("IntrBkSttlmAmt"))
    return {
        "uetr": find(element, "PmtId/UETR"),
        "end_to_end": find(element, "PmtId/EndToEndId"),
        "transaction": find(element, "PmtId/TxId"),
        "instruction": find(element, "PmtId/InstrId"),
        "amount": None if amount is None else (amount.text or "").strip() or None,
        "currency": None if amount is None else amount.get("Ccy"),
        "accepted": find(element, "AccptncDtTm"),
        **_party(element, "debtor", "DbtrAcct", "DbtrAgt"),
        **_party(element, "creditor", "CdtrAcct", "CdtrAgt"),
        **_purpose(element),
    }


def entry_fields(element: etree._Element) -> Fields:
    """Give the fields of one booked entry of an account that hold for all its transactions."""
    amount = element.find(_path("Amt"))
    return {
        "entry_amount": None if amount is None else (amount.text or "").strip() or None,
        "entry_currency": None if amount is None else amount.get("Ccy"),
        "side": find(element, "CdtDbtInd"),
        "reversal": find(element, "RvslInd"),
        "status": find(element, "Sts/Cd") or find(element, "Sts/Prtry") or find(element, "Sts"),
        "booked_at": find(element, "BookgDt/DtTm"),
        "booked_on": find(element, "BookgDt/Dt"),
        "entry_reference": find(element, "AcctSvcrRef") or find(element, "NtryRef"),
    }


def detail_fields(element: etree._Element) -> Fields:
    """Give the fields of one transaction of an entry; absent ones stay absent, so that the entry's hold."""
    amount = element.find(_path("Amt"))
    amount = element.find(_path("AmtDtls/TxAmt/Amt")) if amount is None else amount
    fields: Fields = {
        "uetr": find(element, "Refs/UETR"),
        "end_to_end": find(element, "Refs/EndToEndId"),
        "transaction": find(element, "Refs/TxId"),
        "reference": find(element, "Refs/AcctSvcrRef"),
        "instruction": find(element, "Refs/InstrId"),
        "amount": None if amount is None else (amount.text or "").strip() or None,
        "currency": None if amount is None else amount.get("Ccy"),
        "accepted": find(element, "RltdDts/AccptncDtTm"),
        "returned": "true" if element.find(_path("RtrInf")) is not None else None,
        **_party(element, "debtor", "RltdPties/DbtrAcct", "RltdAgts/DbtrAgt"),
        **_party(element, "creditor", "RltdPties/CdtrAcct", "RltdAgts/CdtrAgt"),
        **_purpose(element),
    }
    side = find(element, "CdtDbtInd")
    return {**fields, "side": side} if side else fields


def account_fields(element: etree._Element | None) -> Fields:
    """Give the number of an account; `iban` wins over `number`."""
    if element is None:
        return {"iban": None, "number": None}
    number = next((n for p in ("Id/Othr/Id", "Id/BBAN", "Id/PrtryAcct/Id", "Id/UPIC") if (n := find(element, p))), None)
    return {"iban": find(element, "Id/IBAN"), "number": number}


def institution(element: etree._Element | None) -> str | None:
    """Give an agent's clearing member number, else its BIC."""
    if element is None:
        return None
    return find(element, ".//ClrSysMmbId/MmbId") or find(element, ".//BICFI") or find(element, ".//BIC")


def _party(element: etree._Element, who: str, account: str, agent: str) -> Fields:
    fields = {f"{who}_{k}": v for k, v in account_fields(element.find(_path(account))).items()}
    fields[f"{who}_institution"] = institution(element.find(_path(agent)))
    return fields


def _purpose(element: etree._Element) -> Fields:
    told = " ".join(t.strip() for u in element.findall(_path("RmtInf/Ustrd")) if (t := u.text) and t.strip())
    code = find(element, "Purp/Cd")
    return {"purpose": told or code, "purpose_code": code}
