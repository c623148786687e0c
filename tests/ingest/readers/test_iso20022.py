from __future__ import annotations

import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cutline.errors import SourceError
from cutline.ingest.blocks import read_head
from cutline.ingest.readers.iso20022 import ISO_READERS, Iso20022
from tests.ingest.delivered import DELIVERY, Result, deliver, discover, read_all
from tests.ingest.readers.reference import reference_files

OWN, OTHER = "CH2909000000250094239", "CH5109000000250092291"
UETR = "7A562C67-CA16-48BA-B074-65581BE6F001"


def pacs(transfers: str, version: str = "10", group: str = "<CreDtTm>2026-03-01T23:00:00+08:00</CreDtTm>") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.{version}">'
        f"<FIToFICstmrCdtTrf><GrpHdr>{group}</GrpHdr>{transfers}</FIToFICstmrCdtTrf></Document>"
    )


def transfer(**said: str) -> str:
    parts = {
        "ids": "<EndToEndId>E1</EndToEndId><TxId>T1</TxId>",
        "amount": '<IntrBkSttlmAmt Ccy="CNY">12.30</IntrBkSttlmAmt>',
        "time": "<AccptncDtTm>2026-03-01T08:00:00+08:00</AccptncDtTm>",
        "debtor": "<Othr><Id>6222021234567890128</Id></Othr>",
        "debtor_agent": "<BICFI>ICBKCNBJXXX</BICFI>",
        "creditor": "<Othr><Id>6228480000000001</Id></Othr>",
        "creditor_agent": "<ClrSysMmbId><MmbId>103100000026</MmbId></ClrSysMmbId><BICFI>ABOCCNBJ</BICFI>",
        "rest": "<RmtInf><Ustrd>goods</Ustrd></RmtInf>",
    } | said
    return (
        "<CdtTrfTxInf><PmtId>{ids}</PmtId>{amount}{time}<DbtrAcct><Id>{debtor}</Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId>{debtor_agent}</FinInstnId></DbtrAgt><CdtrAgt><FinInstnId>{creditor_agent}</FinInstnId></CdtrAgt>"
        "<CdtrAcct><Id>{creditor}</Id></CdtrAcct>{rest}</CdtTrfTxInf>"
    ).format(**parts)


def statement(entries: str, root: str = "BkToCstmrStmt", part: str = "Stmt", name: str = "camt.053.001.08") -> str:
    return (
        f'<d:Document xmlns:d="urn:iso:std:iso:20022:tech:xsd:{name}"><d:{root}><d:GrpHdr/><d:{part}>'
        f"<d:Acct><d:Id><d:IBAN>{OWN}</d:IBAN></d:Id></d:Acct>{entries}</d:{part}></d:{root}></d:Document>"
    ).replace("<Ntry", "<d:Ntry")


def entry(side: str = "CRDT", status: str = "<Sts><Cd>BOOK</Cd></Sts>", details: str = "", **said: str) -> str:
    parts = {
        "amount": "5.00",
        "booked": "<BookgDt><Dt>2026-03-01</Dt></BookgDt>",
        "reversal": "",
        "refs": "<AcctSvcrRef>R1</AcctSvcrRef>",
    }
    text = (
        '<Ntry><Amt Ccy="CHF">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{reversal}{status}{booked}{refs}'
        "<NtryDtls>{details}</NtryDtls></Ntry>"
    ).format(side=side, status=status, details=details, **(parts | said))
    return text.replace("</", "\0").replace("<", "<d:").replace("\0", "</d:")


def details(debtor: str | None = OTHER, creditor: str | None = None, amount: str = "", refs: str = "", rest: str = "") -> str:
    parties = "".join(
        f"<{role}Acct><Id><IBAN>{iban}</IBAN></Id></{role}Acct>"
        for role, iban in (("Dbtr", debtor), ("Cdtr", creditor))
        if iban
    )
    return f"<TxDtls><Refs>{refs}</Refs>{amount}<RltdPties>{parties}</RltdPties>{rest}</TxDtls>"


def reader_of(path: Path) -> Iso20022:
    head = read_head(path)
    return next(reader for reader in ISO_READERS if reader.recognises(head))


def read(folder: Path, text: str | bytes, delivery: str = DELIVERY) -> Result:
    file = deliver(folder, "message.xml", text, delivery)
    return read_all(reader_of(file.path), file)


def rows(result: Result) -> list[dict[str, Any]]:
    return result.tables["transfers"].rows(named=True)


def test_a_credit_transfer_becomes_a_transfer(tmp_path: Path) -> None:
    row = rows(read(tmp_path, pacs(transfer())))[0]
    assert row["payer"] == "account:CN/ICBK/6222021234567890128"
    assert row["payee"] == "account:CN/103100000026/6228480000000001", "the clearing member comes before the BIC"
    assert (row["amount"], row["asset"], row["rail"], row["precision"]) == (1230, "CNY", "bank", "exact")
    assert (row["event_id"], row["transaction_id"], row["purpose"]) == ("T1", "E1", "goods")
    assert row["occurred_at"] == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("version", ["01", "02", "08", "13"])
def test_every_version_is_read_and_a_uetr_comes_first(tmp_path: Path, version: str) -> None:
    ids = f"<EndToEndId>NOTPROVIDED</EndToEndId><TxId>T1</TxId><UETR>{UETR}</UETR>"
    text = pacs(transfer(ids=ids, debtor_agent="<BIC>ICBKCNBJ</BIC>", time="", debtor=f"<IBAN>{OWN}</IBAN>"), version)
    row = rows(read(tmp_path, text))[0]
    assert row["transaction_id"] == UETR.lower()
    assert row["payer"] == f"account:IBAN/{OWN}"
    assert row["occurred_at"] == datetime(2026, 3, 1, 15, tzinfo=UTC), "without a time of acceptance, that of creation"


def test_not_provided_is_no_id(tmp_path: Path) -> None:
    row = rows(read(tmp_path, pacs(transfer(ids="<InstrId>I1</InstrId><EndToEndId>NOTPROVIDED</EndToEndId>"))))[0]
    assert row["transaction_id"] is None
    assert row["event_id"] == "I1"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": '<IntrBkSttlmAmt Ccy="CNY">-5</IntrBkSttlmAmt>'}, "amount"),
        ({"amount": f'<IntrBkSttlmAmt Ccy="CNY">{10**38}</IntrBkSttlmAmt>'}, "amount"),
        ({"amount": '<IntrBkSttlmAmt Ccy="CNY">NaN</IntrBkSttlmAmt>'}, "amount"),
        ({"time": "<AccptncDtTm>9999-01-01T00:00:00Z</AccptncDtTm>"}, "occurred_at"),
        ({"debtor": "<IBAN>CH2909000000250094230</IBAN>"}, "debtor"),
        ({"debtor_agent": ""}, "debtor"),
        ({"creditor": ""}, "creditor"),
    ],
)
def test_a_bad_transfer_is_a_reject_with_its_reason(tmp_path: Path, said: dict[str, str], field: str) -> None:
    result = read(tmp_path, pacs(transfer() + transfer(**said)))
    assert (result.read, result.keys.height) == (2, 1)
    assert result.rejects.select("row", "field").rows() == [(2, field)]
    assert result.rejects["original"][0].startswith("{")


def test_what_is_credited_comes_from_the_debtor_and_what_is_debited_goes_to_the_creditor(tmp_path: Path) -> None:
    text = statement(entry("CRDT", details=details()) + entry("DBIT", details=details(debtor=OWN, creditor=OTHER), refs=""))
    credit, debit = rows(read(tmp_path, text))
    assert (credit["payer"], credit["payee"]) == (f"account:IBAN/{OTHER}", f"account:IBAN/{OWN}")
    assert (debit["payer"], debit["payee"]) == (f"account:IBAN/{OWN}", f"account:IBAN/{OTHER}")
    assert credit["precision"] == "day"
    assert credit["occurred_at"] == datetime(2026, 2, 28, 16, tzinfo=UTC), "midnight where the delivery is"


def test_a_reversal_has_the_parties_of_the_original_payment(tmp_path: Path) -> None:
    reversal = "<RvslInd>true</RvslInd>"
    text = statement(entry("CRDT", details=details(debtor=OWN, creditor=OTHER), reversal=reversal))
    row = rows(read(tmp_path, text))[0]
    assert (row["payer"], row["payee"]) == (f"account:IBAN/{OTHER}", f"account:IBAN/{OWN}")


def test_times_of_an_entry_in_their_order(tmp_path: Path) -> None:
    exact = "<BookgDt><DtTm>2026-03-01T10:00:00+01:00</DtTm></BookgDt>"
    accepted = details(rest="<RltdDts><AccptncDtTm>2026-03-01T09:00:00+01:00</AccptncDtTm></RltdDts>")
    first, second = rows(
        read(tmp_path, statement(entry(details=accepted, booked=exact) + entry(details=details(), booked=exact)))
    )
    assert [r["occurred_at"].hour for r in (first, second)] == [8, 9]
    assert {r["precision"] for r in (first, second)} == {"exact"}


def test_an_entry_of_several_transactions_gives_one_row_each(tmp_path: Path) -> None:
    parts = "".join(
        details(amount=f'<Amt Ccy="CHF">{a}</Amt>', refs="<AcctSvcrRef>X</AcctSvcrRef>") for a in ("2.00", "1.50", "1.50")
    )
    result = read(tmp_path, statement(entry(details=parts)))
    assert [r["amount"] for r in rows(result)] == [200, 150, 150]
    assert len({r["event_id"] for r in rows(result)}) == 3, "two equal payments of one entry are two"
    again = read(tmp_path, statement(entry("DBIT", details=details()) + entry(details=parts)))
    assert set(result.keys["key"]) < set(again.keys["key"]), "the same entry in another statement is a duplicate"


@pytest.mark.parametrize("status", ["<Sts>PDNG</Sts>", "<Sts><Cd>INFO</Cd></Sts>", ""])
def test_only_booked_entries_move_money(tmp_path: Path, status: str) -> None:
    result = read(
        tmp_path, statement(entry(status=status, details=details()) + entry(status="<Sts>BOOK</Sts>", details=details()))
    )
    assert result.rejects["field"].to_list() == ["status"]
    assert result.tables["transfers"].height == 1


def test_an_entry_without_another_account_is_a_reject(tmp_path: Path) -> None:
    result = read(tmp_path, statement(entry() + entry(details=details(debtor=None)) + entry(details=details(debtor=OWN))))
    assert result.rejects["field"].to_list() == ["counterparty"] * 3


def test_a_bank_that_keeps_both_accounts_tells_one_payment_twice(tmp_path: Path) -> None:
    refs = "<TxId>T9</TxId>"
    one = statement(entry("CRDT", details=details(refs=refs)))
    two = statement(entry("DBIT", details=details(debtor=OTHER, creditor=OWN, refs=refs))).replace(
        f"<d:IBAN>{OWN}</d:IBAN></d:Id></d:Acct><d:N", f"<d:IBAN>{OTHER}</d:IBAN></d:Id></d:Acct><d:N"
    )
    first, second = read(tmp_path, one), read(tmp_path, two)
    assert first.keys.select("key", "content").rows() == second.keys.select("key", "content").rows()


def test_an_account_without_iban_stands_at_its_servicer(tmp_path: Path) -> None:
    text = statement(entry(details=details())).replace(
        f"<d:Acct><d:Id><d:IBAN>{OWN}</d:IBAN></d:Id></d:Acct>",
        "<d:Acct><d:Id><d:Othr><d:Id>622202</d:Id></d:Othr></d:Id><d:Svcr><d:FinInstnId><d:BIC>ICBKCNBJ</d:BIC></d:FinInstnId></d:Svcr></d:Acct>",
    )
    assert rows(read(tmp_path, text))[0]["payee"] == "account:CN/ICBK/622202"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"><BkToCstmrAcctRpt/></Document>', "camt.052"),
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"><CstmrCdtTrfInitn/></Document>', "pain.001"),
        ("<Document><FIToFIPmtStsRpt/></Document>", "FIToFIPmtStsRpt"),
        ('<!DOCTYPE Document [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Document><Foo>&b;</Foo></Document>', "document type"),
        ('<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><Foo>&x;</Foo></Document>', "document type"),
        ('<!DOCTYPE Document SYSTEM "http://example.invalid/x.dtd"><Document><FIToFICstmrCdtTrf/></Document>', "document type"),
        (pacs(transfer())[:-40], "well-formed"),
        (pacs("<x>" * 300 + "</x>" * 300), "well-formed"),
        (pacs("<CdtTrfTxInf>" + "<x/>" * 200_000 + "</CdtTrfTxInf>"), "10000 elements"),
        ("<Document>", "well-formed"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_whole_and_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read(tmp_path, text)


def test_a_bomb_behind_the_root_costs_nothing(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    text = f'<!DOCTYPE Document [<!ENTITY l0 "lol">{entities}]><Document a="&l11;"><FIToFICstmrCdtTrf/></Document>'
    with pytest.raises(SourceError):
        read(tmp_path, text)


def test_packed_messages_and_headers_of_business_messages_are_read(tmp_path: Path) -> None:
    inner = pacs(transfer()).split("?>")[1]
    header = '<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr/></AppHdr>'
    envelope = f'<BizMsgEnvlp xmlns="urn:x">{header}{inner}</BizMsgEnvlp>'
    assert read(tmp_path, gzip.compress(envelope.encode())).keys.height == 1


def test_local_times_are_counted_where_no_zone_is_said(tmp_path: Path) -> None:
    text = pacs(transfer() + transfer(ids="<TxId>T2</TxId>", time="<AccptncDtTm>2026-03-01T08:00:00</AccptncDtTm>"))
    assert read(tmp_path / "a", text).zone_assumed == 1
    assert read(tmp_path / "b", text, DELIVERY + "zone: Europe/Zurich\n").zone_assumed == 0


def test_thousands_of_payments_leave_nothing_behind(tmp_path: Path) -> None:
    many = "".join(transfer(ids=f"<TxId>T{i}</TxId>") for i in range(20_001))
    result = read(tmp_path, pacs(many))
    assert result.keys.height == 20_001
    assert result.keys["key"].n_unique() == 20_001


EXPECTED = {
    "camt.053_P_CH2909000000250094239_1110092698_0_2020112503071366.xml": (5, 0),
    "FI_camt_053_sample.xml.xml": (13, 0),
    "FI_camt_054_sample.xml.xml": (13, 2),
    "statement_1.xml": (4, 0),
    "200924_camt.054_P_CH2909000000250094239_1110092703_0_2019042423412214.xml": (6, 6),
}


def is_refused(path: Path) -> bool:
    text = path.read_text(encoding="utf-8-sig")
    return not any(f"<{root}" in text for root in ("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn", "FIToFICstmrCdtTrf"))


@pytest.mark.data
def test_the_reference_messages_are_read_or_refused_by_name() -> None:
    told: Counter[str] = Counter()
    for path in reference_files("iso20022"):
        file = discover([path])[0]
        if is_refused(path):
            told["refused"] += 1
            with pytest.raises(SourceError, match=r"camt\.05[25]|pain\.00|pacs\.002"):
                read_all(reader_of(path), file)
            continue
        result = read_all(reader_of(path), file)
        told["files"] += 1
        told["read"] += result.read
        told["accepted"] += result.keys.height
        told["rejected"] += result.rejects.height
        if path.name in EXPECTED:
            assert (result.read, result.keys.height) == EXPECTED[path.name], path.name
    assert told == {"files": 15, "refused": 14, "read": 63, "accepted": 18, "rejected": 45}
