"""Interbank payments as pacs.008, the way one bank's payment engine writes them."""

import numpy as np

from cutline.simulate.delivery import Delivery
from cutline.simulate.numbers import hex_strings, salt_of
from cutline.simulate.randomness import DAY, Ints, scramble
from cutline.simulate.settlement import Settled
from cutline.simulate.spelling import Spelling, gather
from cutline.simulate.world import BANKS, World

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.10">'
    "<FIToFICstmrCdtTrf>"
    "<GrpHdr><MsgId>{message}</MsgId><CreDtTm>{created}</CreDtTm><NbOfTxs>{count}</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>\n"
)
TRANSACTION = (
    "<CdtTrfTxInf><PmtId><InstrId>{id}</InstrId><EndToEndId>E{id}</EndToEndId><TxId>{id}</TxId><UETR>{uetr}</UETR></PmtId>"
    '<IntrBkSttlmAmt Ccy="CNY">{amount}</IntrBkSttlmAmt><IntrBkSttlmDt>{day}</IntrBkSttlmDt>'
    "<AccptncDtTm>{time}</AccptncDtTm><ChrgBr>SLEV</ChrgBr>"
    "<Dbtr><Nm>.</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{payer}</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>{payer_bic}</BICFI></FinInstnId></DbtrAgt>"
    "<CdtrAgt><FinInstnId><BICFI>{payee_bic}</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>.</Nm></Cdtr><CdtrAcct><Id><Othr><Id>{payee}</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>\n"
)
BICS = tuple(code + "CNBJ" for code in BANKS)


def _uetr(text: str) -> str:
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def credit_transfers(world: World, spelling: Spelling, settled: Settled, events: Ints, delivery: Delivery) -> None:
    """Writes the given transfers, one message a day."""
    inst = world.nodes["inst"]
    more = hex_strings(scramble(settled.row[events], salt_of(world.config.seed, "uetr")))
    ids = hex_strings(settled.id64[events])
    uetr = (ids + more).to_list()
    payer, payee = settled.payer[events], settled.payee[events]
    payers, payees = gather(spelling.numbers, payer).to_list(), gather(spelling.numbers, payee).to_list()
    times, names = spelling.times(settled.time[events]).to_list(), ids.to_list()
    for day in np.unique(settled.time[events] // DAY):
        rows = np.flatnonzero(settled.time[events] // DAY == day)
        date = str(spelling.moment(int(day) * DAY).date())
        body = [
            TRANSACTION.format(
                id=names[k],
                uetr=_uetr(uetr[k]),
                amount=f"{settled.amount[events[k]] // 100}.{settled.amount[events[k]] % 100:02d}",
                day=date,
                time=times[k],
                payer=payers[k],
                payer_bic=BICS[inst[payer[k]]],
                payee=payees[k],
                payee_bic=BICS[inst[payee[k]]],
            )
            for k in rows
        ]
        head = HEAD.format(message=f"{BANKS[inst[payer[rows[0]]]]}{date}", created=f"{date}T23:30:00+08:00", count=len(body))
        delivery.document(f"pacs008-{date}.xml", head + "".join(body) + "</FIToFICstmrCdtTrf></Document>\n", len(body))
