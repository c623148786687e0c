"""ISO 20022 messages as a stream of payments: XML read piece by piece, whatever the version, in bounded memory.

Elements are known by local name. No document type, no entity and no network is ever needed, so a document type declaration
refuses the file. Memory: one piece of the file and one transaction; what has been read is cleared, and one of more than
`MOST_PARTS` elements refuses the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from cutline.errors import SourceError
from cutline.ingest.blocks import open_stream

PACS, STATEMENT, NOTIFICATION = "pacs.008", "camt.053", "camt.054"
MESSAGES = {"FIToFICstmrCdtTrf": PACS, "BkToCstmrStmt": STATEMENT, "BkToCstmrDbtCdtNtfctn": NOTIFICATION}
READ_HERE = ", ".join(MESSAGES.values())
EXPECTED = f"a message of ISO 20022: {READ_HERE}"
BALANCES = {"OPBD": "opening", "PRCD": "opening", "CLBD": "closing"}
"""Booked balances of a statement: a bank names the first by its day or by the day before."""

MOST_PARTS = 10_000

_PIECE_BYTES, _FIRST_BYTES = 1 << 18, 1 << 13
_NAMED = re.compile(r"\b([a-z]{4}\.\d{3})\.\d{3}")
_WRAPPERS = frozenset({"Document", "BizMsgEnvlp", "RequestPayload", "Message", "Body", "DataPDU"})
_SECTIONS = frozenset({"Stmt", "Ntfctn"})
_TRANSACTIONS = frozenset({"CdtTrfTxInf", "Ntry", "NtryDtls", "TxDtls"})
_NOTED = tuple("{*}" + name for name in ("GrpHdr", "Acct", "Bal", *sorted(_SECTIONS | _TRANSACTIONS)))

Fields = dict[str, str | None]


def read_payments(path: Path) -> Iterator[Fields]:
    """Give the payments of a pacs.008, camt.053 or camt.054 as raw fields, in document order.

    Raises SourceError for another message (named), XML that is not well-formed, and any document type declaration.
    """
    message = name_message(path)
    reading = _Reading(message)
    parser = etree.XMLPullParser(events=("start", "end"), tag=_NOTED, **_SAFE)
    try:
        for piece in open_stream(path):
            for at in range(0, len(piece), _PIECE_BYTES):
                parser.feed(piece[at : at + _PIECE_BYTES])
                yield from reading.take(parser)
                reading.trim(path)
        parser.close()
        yield from reading.take(parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(str(path), f"no well-formed XML ({error})", EXPECTED) from error


def name_message(path: Path) -> str:
    """Say which message a file holds; SourceError, with its name, where it is not one that is read here."""
    parser = etree.XMLPullParser(events=("start",), **_SAFE)
    try:
        for piece in open_stream(path):
            for at in range(0, len(piece), _FIRST_BYTES):
                parser.feed(piece[at : at + _FIRST_BYTES])
                for element in _elements(parser):
                    message = _message_of(path, element)
                    if message:
                        return message
    except etree.XMLSyntaxError as error:
        raise SourceError(str(path), f"no well-formed XML ({error})", EXPECTED) from error
    raise SourceError(str(path), "no well-formed XML with a message in it", EXPECTED)


_SAFE: dict[str, Any] = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}


def _elements(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    events: Any = parser.read_events()
    return (element for _, element in events)


def _message_of(path: Path, element: etree._Element) -> str:
    """Name the message that an element begins; nothing for what stands around messages."""
    local, parent = _LOCAL[element.tag], element.getparent()
    if parent is None:
        if element.getroottree().docinfo.internalDTD is not None:
            raise SourceError(str(path), "a document type declaration", "XML without DTD or entities")
        if local not in _WRAPPERS and local not in MESSAGES:
            raise SourceError(str(path), f"XML that begins with {local}", EXPECTED)
    elif local not in MESSAGES and _LOCAL[parent.tag] == "Document":
        named = _NAMED.search(str(element.tag))
        said = f"the message {named[1]} ({local})" if named else f"the message {local}"
        raise SourceError(str(path), said, READ_HERE, "no payment is booked by it: it is not read")
    return MESSAGES.get(local, "")


class _Reading:
    """A message while it is read: what the sections around the current transaction say."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.root: etree._Element | None = None
        self.group: Fields = {}
        self.section: Fields = {}
        self.entry: Fields = {}
        self.statements = 0
        self.entries = 0
        self.details = 0
        self.held: Fields | None = None

    def take(self, parser: etree.XMLPullParser) -> Iterator[Fields]:
        """Give the payments that the parser has come to the end of."""
        events: Any = parser.read_events()
        for event, element in events:
            name = _LOCAL[element.tag]
            if event == "start":
                self._begin(element, name)
            else:
                yield from self._end(element, name)

    def trim(self, path: Path) -> None:
        """Drop what has been read between the transactions; refuse a transaction without end."""
        element = self.root
        while element is not None and len(element):
            if _LOCAL[element.tag] not in _TRANSACTIONS:
                del element[:-1]
            elif len(element) > MOST_PARTS:
                raise SourceError(str(path), f"a transaction of more than {MOST_PARTS} elements", EXPECTED)
            element = element[-1]

    def _begin(self, element: etree._Element, name: str) -> None:
        if self.root is None:
            self.root = element.getroottree().getroot()
        if name in _SECTIONS:
            self.statements += 1
            self.section = {"statement": str(self.statements), "first_entry": str(self.entries + 1)}
        elif name == "Ntry":
            self.entry, self.details, self.held = {}, 0, None
            self.entries += 1
        elif name == "NtryDtls" and not self.entry:
            parent = element.getparent()
            self.entry = {} if parent is None else entry_fields(_flatten(parent))

    def _end(self, element: etree._Element, name: str) -> Iterator[Fields]:
        parent = element.getparent()
        above = "" if parent is None else _LOCAL[parent.tag]
        if name == "GrpHdr":
            told = _flatten(element)
            self.group = {"created": told.get("CreDtTm"), "group_accepted": told.get("AccptncDtTm")}
        elif name == "Acct" and above in _SECTIONS:
            told = _flatten(element)
            self.section |= {"own_institution": institution(told, "Svcr"), **account_fields(told, "own", "")}
        elif name == "Bal" and above in _SECTIONS:
            self.section |= balance_fields(_flatten(element))
        elif name == "CdtTrfTxInf" and self.message == PACS:
            yield {"message": PACS, **self.group, **transfer_fields(_flatten(element))}
            _clear(element)
        elif name == "TxDtls":
            yield from self._detail(detail_fields(_flatten(element)))
            _clear(element)
        elif name == "Ntry":
            yield from self._close_entry(element)
            _clear(element)

    def _detail(self, own: Fields) -> Iterator[Fields]:
        if self.held is not None:
            yield self.held
        self.details += 1
        place = {"entry": str(self.entries), "place": str(self.details)}
        self.held = {"message": self.message, **place, **self.section, **self.entry, **own}
        if self.details > 1:
            yield self.held
            self.held = None

    def _close_entry(self, element: etree._Element) -> Iterator[Fields]:
        entry = self.entry or entry_fields(_flatten(element))
        whole = {"amount": entry.get("entry_amount"), "currency": entry.get("entry_currency")}
        if self.details == 0:
            yield {"message": self.message, "entry": str(self.entries), "place": "1", **self.section, **entry, **whole}
        elif self.held is not None:  # the only detail of its entry: what it leaves unsaid, the entry says
            yield self.held if self.held.get("amount") is not None else {**self.held, **whole}
        self.held, self.details = None, 0


def transfer_fields(told: Fields) -> Fields:
    """Give the fields of one pacs.008 credit transfer."""
    return {
        "uetr": told.get("PmtId/UETR"),
        "end_to_end": told.get("PmtId/EndToEndId"),
        "transaction": told.get("PmtId/TxId"),
        "instruction": told.get("PmtId/InstrId"),
        "amount": told.get("IntrBkSttlmAmt"),
        "currency": told.get("IntrBkSttlmAmt@Ccy"),
        "accepted": told.get("AccptncDtTm"),
        **_party(told, "debtor", "DbtrAcct/", "DbtrAgt"),
        **_party(told, "creditor", "CdtrAcct/", "CdtrAgt"),
        **_purpose(told),
    }


def entry_fields(told: Fields) -> Fields:
    """Give the fields of one booked entry of an account that hold for all its transactions."""
    return {
        "entry_amount": told.get("Amt"),
        "entry_currency": told.get("Amt@Ccy"),
        "side": told.get("CdtDbtInd"),
        "reversal": told.get("RvslInd"),
        "status": told.get("Sts/Cd") or told.get("Sts/Prtry") or told.get("Sts"),
        "booked_at": told.get("BookgDt/DtTm"),
        "booked_on": told.get("BookgDt/Dt"),
        "entry_reference": told.get("AcctSvcrRef") or told.get("NtryRef"),
    }


def detail_fields(told: Fields) -> Fields:
    """Give the fields of one transaction of an entry; its side is the entry's where it says none."""
    amount = "Amt" if "Amt" in told else "AmtDtls/TxAmt/Amt"
    fields: Fields = {
        "uetr": told.get("Refs/UETR"),
        "end_to_end": told.get("Refs/EndToEndId"),
        "transaction": told.get("Refs/TxId"),
        "reference": told.get("Refs/AcctSvcrRef"),
        "instruction": told.get("Refs/InstrId"),
        "amount": told.get(amount),
        "currency": told.get(f"{amount}@Ccy"),
        "accepted": told.get("RltdDts/AccptncDtTm"),
        "returned": "true" if any(path.startswith("RtrInf") for path in told) else None,
        **_party(told, "debtor", "RltdPties/DbtrAcct/", "RltdAgts/DbtrAgt"),
        **_party(told, "creditor", "RltdPties/CdtrAcct/", "RltdAgts/CdtrAgt"),
        **_purpose(told),
    }
    side = told.get("CdtDbtInd")
    return {**fields, "side": side} if side else fields


def balance_fields(told: Fields) -> Fields:
    """Give the fields of a booked balance before or after the entries of a statement; nothing of any other balance."""
    which = BALANCES.get(told.get("Tp/CdOrPrtry/Cd") or "")
    if which is None:
        return {}
    return {
        which: told.get("Amt"),
        f"{which}_side": told.get("CdtDbtInd"),
        f"{which}_on": told.get("Dt/Dt") or told.get("Dt/DtTm"),
        "balance_currency": told.get("Amt@Ccy"),
    }


def account_fields(told: Fields, who: str, account: str) -> Fields:
    """Give the number of an account; `iban` wins over `number`."""
    numbers = (told.get(f"{account}Id/{place}") for place in ("Othr/Id", "BBAN", "PrtryAcct/Id", "UPIC"))
    return {f"{who}_iban": told.get(f"{account}Id/IBAN"), f"{who}_number": next((n for n in numbers if n), None)}


def institution(told: Fields, agent: str) -> str | None:
    """Give an agent's clearing member number, else its BIC."""
    places = ("ClrSysMmbId/MmbId", "ClrSysMmbId/Id", "CmbndId/ClrSysMmbId/Id", "BICFI", "BIC", "CmbndId/BIC")
    return next((found for place in places if (found := told.get(f"{agent}/FinInstnId/{place}"))), None)


def _party(told: Fields, who: str, account: str, agent: str) -> Fields:
    return {**account_fields(told, who, account), f"{who}_institution": institution(told, agent)}


def _purpose(told: Fields) -> Fields:
    return {"purpose": told.get("RmtInf/Ustrd") or told.get("Purp/Cd"), "purpose_code": told.get("Purp/Cd")}


def _flatten(element: etree._Element) -> Fields:
    """Give the texts below an element by their paths of local names: the first of each path, of free text all."""
    told: Fields = {}
    _note(element, "", told)
    return told


def _note(element: etree._Element, prefix: str, told: Fields) -> None:
    for child in element.iterchildren("*"):
        path = prefix + _LOCAL[child.tag]
        text = child.text
        if text and (text := text.strip()):
            if path not in told:
                told[path] = text
            elif path == "RmtInf/Ustrd":
                told[path] = f"{told[path]} {text}"
        if (currency := child.get("Ccy")) and path + "@Ccy" not in told:
            told[path + "@Ccy"] = currency
        if len(child):
            _note(child, path + "/", told)
            told.setdefault(path, None)


class _LocalNames(dict[Any, str]):
    """Local names by tag, each found once."""

    def __missing__(self, tag: Any) -> str:
        """Find a name that was not asked for before; a file of endless names is not remembered."""
        name = str(tag).rpartition("}")[2]
        if len(self) < MOST_PARTS:
            self[tag] = name
        return name


_LOCAL = _LocalNames()


def _clear(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    if parent is not None:
        del parent[: parent.index(element)]
