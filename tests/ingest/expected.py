"""What the hand-written files (`samples`) must become in the lake, row by row."""
# the rows are as long as they are

from __future__ import annotations

from typing import Any

Lake = dict[str, list[dict[str, Any]]]

USDT = "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
A, B = "phone:+8613800138000", "phone:+8613900139000"
IMEI = "device:imei/356938035643809"

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
