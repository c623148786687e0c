"""One hand-written file for each tabular kind, every column filled in at least once, and what it must become in the lake."""
# ruff: noqa: E501 # the lines of these files are as long as they are

from __future__ import annotations

from typing import Any

Lake = dict[str, list[dict[str, Any]]]

USDT = "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
A, B = "phone:+8613800138000", "phone:+8613900139000"
IMEI = "device:imei/356938035643809"

SAMPLES: dict[str, str] = {
    "cdr": """\
record_id,type,a_number,b_number,start,duration_s,imsi,imei,first_cell,last_cell,trunk,direction,release_cause,roaming_country
r1,call,13800138000,+86 139 0013 9000,2026-03-01T08:15:30+08:00,65,460001234567890,356938035643809,c1,c2,domestic,mo,16,
r2,sms,10086,13900139000,2026-03-01T00:16:00Z,0,460009999999999,,c9,,,mt,,KH
r3,CALL,13800138000,13900139000,2026-03-01T08:17:00,3,460001234567890,,c1,,,,,
""",
    "sim_cards": """\
msisdn,iccid,imsi,holder,holder_kind,activated_at,agent,status,status_at,kind,wallet_address,region
13800138000,89860012345678901234,460001234567890,h1,person,2025-01-02T00:00:00+08:00,shop7,active,,bsim,TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t,Hubei
13900139000,89860012345678901235,,firm,organisation,2025-01-03T00:00:00+08:00,person:d1,closed,2025-06-01T00:00:00+08:00,voice,,
""",
    "device_pairings": """\
imei,imsi,first_seen,last_seen,cell
356938035643809,460001234567890,2026-03-01T00:00:00+08:00,2026-03-05T00:00:00+08:00,c1
""",
    "cells": "cell,region,latitude,longitude,country\nc1,Fuzhou,26.1,119.3,\nc2,Myawaddy,,,MM\n",
    "bank_accounts": """\
institution,account,holder,holder_kind,opened_at,class,status,phone,region
ICBKCNBJ,6222021234567890,h1,,2025-05-01,II,frozen,13800138000,Hubei
ABOC,6228480000000001,f1,organisation,2025-05-02,I,closed,,
""",
    "bank_transfers": """\
transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency,channel,purpose,\
payer_balance_after,payee_balance_after,device,ip,remote_session,identity_check
t1,2026-03-01T10:00:00+08:00,ICBK,6222021234567890,ABOCCNBJ,6228480000000001,1234.5,CNY,mobile,"rent, ""March\""",-10.25,,d1,1.2.3.4,1,passed
t2,2026-03-01T10:00:01+08:00,ICBK,6222021234567890,CCB,ATM001,2000,CNY,atm,,,77.7,,,,
""",
    "payment_receipts": """\
receipt_id,time,payer,code_id,merchant_account,merchant_institution,amount,currency
p1,2026-03-01T10:00:00+08:00,ICBK/6222021234567890,q1,6228480000000001,ABOC,10,CNY
p2,2026-03-01T10:00:00+08:00,w001,q1,6228480000000001,ABOC,10.01,CNY
""",
    "ecny_wallets": """\
wallet,tier,holder,phone,opened_at,operator,kind,parent
w001,II,h1,13800138000,2025-05-01T00:00:00+08:00,ICBK,soft,
w002,IV,,,2025-05-01T00:00:00+08:00,,sub,w001
""",
    "ecny_transfers": """\
transfer_id,time,payer_wallet,payee_wallet,amount,terminal,purpose
e1,2026-03-01T10:00:00+08:00,w001,w002,0.01,pos1,tea
e2,2026-03-01T10:00:00+08:00,ICBK/6222021234567890,w001,500,,
""",
    "otc_orders": f"""\
order_id,time,side,asset,amount,price,currency,user,account,institution,address,deposit_memo,custodial_ref
o1,2026-03-01T10:00:00+08:00,buy,USDT,100.5,7.21,CNY,u1,6222021234567890,ICBK,{TRON},m1,x1
o2,2026-03-01T10:00:00+08:00,sell,{USDT},1,7.2,CNY,,,,,,
""",
    "platform_accounts": """\
platform,account,created_at,phone,device,ip,status,nickname
WeChat,zhang3,2025-05-01T00:00:00+08:00,13800138000,d1,1.2.3.4,active,老张
""",
    "platform_logins": """\
platform,account,time,device,ip,ip_country,ip_region,identity_check
WeChat,zhang3,2026-03-01T10:00:00+08:00,d1,1.2.3.4,KH,Sihanoukville,failed
""",
    "messages": """\
message_id,platform,time,sender,recipient,kind,duration_s,text
m1,WeChat,2026-03-01T10:00:00+08:00,zhang3,group_1,text,,"你好,
in"
m2,WeChat,2026-03-01T10:00:00+08:00,zhang3,li4,video_call,60,
""",
    "listings": f"""\
listing_id,platform,time,seller,kind,title,item,text,creator,minter,issuer,price,currency,url
l1,market,2026-03-01T10:00:00+08:00,s1,nft,Cat,polygon/0xdac17f958d2ee523a2206206994597c13d831ec7/7,nice,{TRON},mint,i1,9.99,CNY,https://x.example.com/l1
""",
    "sites": """\
url,first_seen,registrar,ip,certificate,app_id,reported_as
https://Pay.Example.com/,2026-03-01T10:00:00+08:00,reg,5.6.7.8,abc,app1,phishing
""",
    "border_crossings": """\
person,time,port,direction,country,conveyance,reference
h1,2026-03-01T10:00:00+08:00,Ruili,out,MM,bus,x1
h1,2026-03-09T10:00:00+08:00,Ruili,in,MM,,
""",
    "tickets": """\
ticket_id,person,bought_at,departs_at,origin,destination,payer,price,currency
k1,h1,2026-03-01T10:00:00+08:00,2026-03-03T10:00:00+08:00,CN/Fuzhou,TH/Bangkok,ICBK/6222021234567890,1200,CNY
k2,h2,2026-03-01T10:00:00+08:00,2026-03-03T10:00:00+08:00,CN/Fuzhou,TH/Bangkok,h1,,
""",
    "persons": "person,issuer,id_token,born_year,region\nh1,icbk,n1,1990,Hubei\nh2,,,,\n",
    "relations": """\
person,relation,other,from,to
h1,family,h2,,
h1,employs,f1,2025-01-01,2025-12-31
h1,tenant,h3,,
h1,member,f2,,
""",
    "tags": """\
entity,kind,value,tag,list,from,to,confidence,note
account:ICBKCNBJ/6222021234567890,,,payroll,l1,2025-01-01,2025-12-31,0.5,why
,phone,138 0013 8000,call_center,l1,2025-02-01,,,
""",
    "prices": f"asset,time,currency,price\nBTC,2026-03-01T10:00:00+08:00,CNY,500000.5\n{USDT},2026-03-01T10:00:00+08:00,CNY,7.2\n",
    "requests": """\
request_id,holder,kind,about,sent_at,acknowledged_at,executed_at,amount,currency,refusal,reference
q1,ICBK,stop,account:ICBK/6222021234567890,2026-03-01T10:00:00+08:00,2026-03-01T11:00:00+08:00,2026-03-01T12:00:00+08:00,100,CNY,too late,ref1
""",
}

ICBK, ABOC = "account:CN/ICBK/6222021234567890", "account:CN/ABOC/6228480000000001"
_FAMILY = {"relation": "family", "a": "person:desk/h1", "b": "person:desk/h2"}

EXPECTED: dict[str, Lake] = {
    "cdr": {
        "contacts": [
            {
                "event_id": "r1",
                "source": A,
                "target": B,
                "medium": "call",
                "duration_s": 65,
                "source_device": IMEI,
                "target_device": None,
                "source_subscriber": "subscriber:imsi/460001234567890",
                "source_first_cell": "cell:desk/c1",
                "source_last_cell": "cell:desk/c2",
                "trunk": "domestic",
                "release_cause": "16",
                "occurred_at": "2026-03-01T00:15:30Z",
                "row": 1,
            },
            {
                "source": "phone:desk/10086",
                "medium": "sms",
                "source_subscriber": None,
                "target_subscriber": "subscriber:imsi/460009999999999",
                "target_first_cell": "cell:desk/c9",
                "roaming_country": "KH",
                "occurred_at": "2026-03-01T00:16:00Z",
            },
            {"medium": "call", "source_first_cell": "cell:desk/c1", "direction": None, "occurred_at": "2026-03-01T00:17:00Z"},
        ]
    },
    "sim_cards": {
        "ties": [
            {"a": "person:desk/h1", "relation": "owns", "b": A, "valid_from": "2025-01-01T16:00:00Z", "valid_to": None},
            {"a": "organisation:desk/firm", "relation": "owns", "b": B, "valid_to": "2025-05-31T16:00:00Z"},
            {"a": "subscriber:imsi/460001234567890", "relation": "carries", "b": A},
            {"a": "subscriber:iccid/89860012345678901235", "relation": "carries", "b": B},
            {"a": A, "relation": "activated_by", "b": "organisation:desk/shop7"},
            {"a": B, "relation": "activated_by", "b": "person:desk/d1"},
            {"a": "subscriber:imsi/460001234567890", "relation": "keys_for", "b": f"address:tron/{TRON}"},
        ],
        "facts": [
            {"entity": A, "attribute": "opened_at", "value": "2025-01-01T16:00:00Z"},
            {"entity": B, "attribute": "opened_at"},
            {"entity": A, "attribute": "status", "value": "active", "valid_from": "2026-04-01T00:00:00Z"},
            {"entity": B, "attribute": "status", "value": "closed", "valid_from": "2025-05-31T16:00:00Z"},
            {"entity": A, "attribute": "kind", "value": "bsim"},
            {"entity": B, "attribute": "kind", "value": "voice"},
            {"entity": A, "attribute": "region", "value": "Hubei"},
        ],
    },
    "device_pairings": {
        "ties": [
            {
                "a": "subscriber:imsi/460001234567890",
                "relation": "inserted_in",
                "b": IMEI,
                "valid_from": "2026-02-28T16:00:00Z",
                "valid_to": "2026-03-04T16:00:00Z",
            },
            {"a": IMEI, "relation": "located_in", "b": "cell:desk/c1"},
        ]
    },
    "cells": {
        "ties": [
            {"a": "cell:desk/c1", "relation": "located_in", "b": "place:CN/Fuzhou"},
            {"a": "cell:desk/c2", "relation": "located_in", "b": "place:MM/Myawaddy"},
        ],
        "facts": [{"entity": "cell:desk/c1", "attribute": "location", "value": "26.1,119.3"}],
    },
    "bank_accounts": {
        "ties": [
            {"a": "person:desk/h1", "relation": "owns", "b": ICBK, "valid_from": "2025-04-30T16:00:00Z", "valid_to": None},
            {"a": "organisation:desk/f1", "relation": "owns", "b": ABOC, "valid_to": "2026-04-01T00:00:00Z"},
            {"a": ICBK, "relation": "registered_with", "b": A},
        ],
        "facts": [
            {"entity": ICBK, "attribute": "opened_at", "value": "2025-04-30T16:00:00Z"},
            {"entity": ABOC, "attribute": "opened_at"},
            {"entity": ICBK, "attribute": "class", "value": "II"},
            {"entity": ABOC, "attribute": "class", "value": "I"},
            {"entity": ICBK, "attribute": "status", "value": "frozen", "valid_from": "2026-04-01T00:00:00Z"},
            {"entity": ABOC, "attribute": "status", "value": "closed"},
            {"entity": ICBK, "attribute": "region", "value": "Hubei"},
        ],
    },
    "bank_transfers": {
        "transfers": [
            {
                "event_id": "t1",
                "payer": ICBK,
                "payee": ABOC,
                "amount": 123450,
                "asset": "CNY",
                "rail": "bank",
                "channel": "mobile",
                "purpose": 'rent, "March"',
                "payer_balance_after": -1025,
                "payee_balance_after": None,
                "device": "device:desk/d1",
                "ip": "ip:1.2.3.4",
                "remote_session": True,
                "identity_check": "passed",
                "precision": "exact",
                "deliverer": "desk",
            },
            {
                "payee": "account:CN/CCB/ATM001",
                "channel": "atm",
                "remote_session": None,
                "amount": 200000,
                "payee_balance_after": 7770,
            },
        ]
    },
    "payment_receipts": {
        "transfers": [
            {"payer": ICBK, "payee": ABOC, "rail": "code", "channel": "qr", "terminal": "q1", "amount": 1000},
            {"payer": "ecny_wallet:w001", "amount": 1001},
        ]
    },
    "ecny_wallets": {
        "ties": [
            {"a": "person:desk/h1", "relation": "owns", "b": "ecny_wallet:w001"},
            {"a": "ecny_wallet:w001", "relation": "registered_with", "b": A},
            {"a": "ecny_wallet:w001", "relation": "operated_by", "b": "organisation:desk/ICBK"},
            {"a": "ecny_wallet:w002", "relation": "sub_of", "b": "ecny_wallet:w001"},
        ],
        "facts": [
            {"attribute": "opened_at"},
            {"attribute": "opened_at"},
            {"attribute": "tier", "value": "II"},
            {"attribute": "tier", "value": "IV"},
            {"attribute": "kind", "value": "soft"},
            {"attribute": "kind", "value": "sub"},
        ],
    },
    "ecny_transfers": {
        "transfers": [
            {
                "payer": "ecny_wallet:w001",
                "payee": "ecny_wallet:w002",
                "amount": 1,
                "asset": "CNY",
                "rail": "ecny",
                "terminal": "pos1",
            },
            {"payer": ICBK, "payee": "ecny_wallet:w001", "amount": 50000},
        ]
    },
    "otc_orders": {
        "orders": [
            {
                "user": "person:desk/u1",
                "account": ICBK,
                "address": f"address:tron/{TRON}",
                "holder": "organisation:desk/desk",
                "side": "buy",
                "asset": USDT,
                "amount": 100_500_000,
                "price": "7.21",
                "currency": "CNY",
                "deposit_memo": "m1",
                "custodial_ref": "x1",
            },
            {"user": None, "account": None, "address": None, "side": "sell", "asset": USDT, "amount": 1_000_000},
        ]
    },
    "platform_accounts": {
        "ties": [
            {"a": "handle:wechat/zhang3", "relation": "registered_with", "b": A},
            {"a": "handle:wechat/zhang3", "relation": "uses", "b": "device:desk/d1"},
            {"a": "handle:wechat/zhang3", "relation": "uses", "b": "ip:1.2.3.4"},
        ],
        "facts": [
            {"attribute": "opened_at"},
            {"attribute": "status", "value": "active"},
            {"attribute": "nickname", "value": "老张"},
        ],
    },
    "platform_logins": {
        "sessions": [
            {
                "handle": "handle:wechat/zhang3",
                "device": "device:desk/d1",
                "ip": "ip:1.2.3.4",
                "place": "place:KH/Sihanoukville",
                "identity_check": "failed",
            }
        ]
    },
    "messages": {
        "contacts": [
            {
                "source": "handle:wechat/zhang3",
                "target": "handle:wechat/group_1",
                "medium": "message",
                "platform": "wechat",
                "text": "你好,\nin",
            },
            {"target": "handle:wechat/li4", "medium": "video_call", "duration_s": 60},
        ]
    },
    "listings": {
        "posts": [
            {
                "author": "handle:market/s1",
                "kind": "listing",
                "platform": "market",
                "item": "item:polygon/0xdAC17F958D2ee523a2206206994597C13D831ec7/7",
                "creator": f"address:tron/{TRON}",
                "issuer": "handle:market/i1",
                "price": 999,
                "currency": "CNY",
                "url": "website:x.example.com/l1",
                "attributes": '{"kind":"nft","minter":"mint"}',
            }
        ]
    },
    "sites": {
        "posts": [{"kind": "page", "url": "website:pay.example.com", "author": None}],
        "ties": [{"a": "website:pay.example.com", "relation": "hosted_at", "b": "ip:5.6.7.8"}],
        "facts": [
            {"attribute": "registrar", "value": "reg"},
            {"attribute": "certificate", "value": "abc"},
            {"attribute": "app_id", "value": "app1"},
            {"attribute": "reported_as", "value": "phishing"},
        ],
    },
    "border_crossings": {
        "movements": [
            {
                "person": "person:desk/h1",
                "kind": "crossing",
                "direction": "out",
                "from_place": "place:CN/Ruili",
                "to_place": "place:MM",
                "conveyance": "bus",
                "reference": "x1",
            },
            {"direction": "in", "from_place": "place:MM", "to_place": "place:CN/Ruili"},
        ]
    },
    "tickets": {
        "movements": [
            {
                "event_id": "k1",
                "kind": "ticket",
                "occurred_at": "2026-03-03T02:00:00Z",
                "booked_at": "2026-03-01T02:00:00Z",
                "from_place": "place:CN/Fuzhou",
                "to_place": "place:TH/Bangkok",
                "payer": ICBK,
                "price": 120000,
                "currency": "CNY",
                "reference": "k1",
            },
            {"payer": "person:desk/h1", "price": None},
        ]
    },
    "persons": {
        "ties": [{"a": "person:icbk/h1", "relation": "same_as", "b": "person:id/n1", "occurred_at": "2026-04-01T00:00:00Z"}],
        "facts": [
            {"entity": "person:icbk/h1", "attribute": "born_year", "value": "1990"},
            {"entity": "person:icbk/h1", "attribute": "region", "value": "Hubei"},
        ],
    },
    "relations": {
        "ties": [
            {**_FAMILY, "occurred_at": "2026-04-01T00:00:00Z"},
            {
                "relation": "employs",
                "a": "organisation:desk/f1",
                "b": "person:desk/h1",
                "valid_from": "2024-12-31T16:00:00Z",
                "valid_to": "2025-12-30T16:00:00Z",
                "occurred_at": "2024-12-31T16:00:00Z",
            },
            {"relation": "tenant_of", "a": "person:desk/h1", "b": "person:desk/h3"},
            {"relation": "member_of", "a": "person:desk/h1", "b": "organisation:desk/f2"},
        ]
    },
    "tags": {
        "tags": [
            {"entity": ICBK, "tag": "payroll", "list": "l1", "confidence": 0.5, "note": "why"},
            {"entity": A, "tag": "call_center", "confidence": None},
        ]
    },
    "prices": {"prices": [{"asset": "bitcoin/native", "price": "500000.5"}, {"asset": USDT, "price": "7.2"}]},
    "requests": {
        "requests": [
            {
                "event_id": "q1",
                "holder": "organisation:desk/ICBK",
                "kind": "stop",
                "about": ICBK,
                "occurred_at": "2026-03-01T02:00:00Z",
                "acknowledged_at": "2026-03-01T03:00:00Z",
                "executed_at": "2026-03-01T04:00:00Z",
                "amount": 10000,
                "refusal": "too late",
                "reference": "ref1",
            }
        ]
    },
}
