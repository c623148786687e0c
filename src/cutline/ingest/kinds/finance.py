"""What banks, wallet operators, acquirers and desks deliver: accounts, transfers, receipts, wallets, orders."""

from __future__ import annotations

from cutline.ingest.kinds.declaration import (
    RECEIVED,
    Const,
    Field,
    First,
    Identity,
    If,
    Kind,
    Rows,
    Value,
    amount,
    choice,
    fact,
    part,
    star,
    tie,
    time,
)

_CURRENCY = Field("currency", Value.CURRENCY)

BANK_ACCOUNTS = Kind(
    name="bank_accounts",
    at="opened_at",
    fields=(
        star(part("institution")),
        star(part("account")),
        star(part("holder")),
        choice("holder_kind", "person", "organisation"),
        star(time("opened_at")),
        choice("class", "I", "II", "III"),
        choice("status", "active", "limited", "frozen", "closed"),
        part("phone"),
        Field("region"),
    ),
    identities=(
        Identity("held", "account", ("institution", "account")),
        Identity("owner", "holder", ("holder", "holder_kind")),
        Identity("linked", "phone", ("phone",)),
    ),
    rows=(
        tie("owner", "owns", "held", "opened_at", If("status", ("closed",), RECEIVED)),
        tie("held", "registered_with", "linked", "opened_at", If("status", ("closed",), RECEIVED)),
        fact("held", "opened_at", "opened_at", "opened_at"),
        fact("held", "class", "class", "opened_at"),
        fact("held", "status", "status", RECEIVED),
        fact("held", "region", "region", "opened_at"),
    ),
)

BANK_TRANSFERS = Kind(
    name="bank_transfers",
    native="transfer_id",
    at="time",
    fields=(
        star("transfer_id"),
        star(time("time")),
        star(part("payer_institution")),
        star(part("payer_account")),
        star(part("payee_institution")),
        star(part("payee_account")),
        star(amount("amount")),
        star(_CURRENCY),
        choice("channel", "mobile", "web", "counter", "atm", "pos", "payroll", "qr"),
        Field("purpose"),
        amount("payer_balance_after", value=Value.BALANCE),
        amount("payee_balance_after", value=Value.BALANCE),
        part("device"),
        part("ip"),
        Field("remote_session", Value.FLAG),
        choice("identity_check", "passed", "failed"),
    ),
    identities=(
        Identity("payer", "account", ("payer_institution", "payer_account")),
        Identity("payee", "account", ("payee_institution", "payee_account")),
        Identity("handset", "device", ("device",)),
        Identity("address", "ip", ("ip",)),
    ),
    rows=(
        Rows(
            "transfers",
            {
                "payer": "payer",
                "payee": "payee",
                "amount": "amount",
                "asset": "currency",
                "rail": Const("bank"),
                "channel": "channel",
                "purpose": "purpose",
                "payer_balance_after": "payer_balance_after",
                "payee_balance_after": "payee_balance_after",
                "device": "handset",
                "ip": "address",
                "remote_session": "remote_session",
                "identity_check": "identity_check",
                "precision": Const("exact"),
            },
        ),
    ),
)

PAYMENT_RECEIPTS = Kind(
    name="payment_receipts",
    native="receipt_id",
    at="time",
    fields=(
        star("receipt_id"),
        star(time("time")),
        star(part("payer")),
        star("code_id"),
        star(part("merchant_account")),
        star(part("merchant_institution")),
        star(amount("amount")),
        star(_CURRENCY),
    ),
    identities=(
        Identity("from", "party", ("payer",)),
        Identity("merchant", "account", ("merchant_institution", "merchant_account")),
    ),
    rows=(
        Rows(
            "transfers",
            {
                "payer": "from",
                "payee": "merchant",
                "amount": "amount",
                "asset": "currency",
                "rail": Const("code"),
                "channel": Const("qr"),
                "terminal": "code_id",
                "precision": Const("exact"),
            },
        ),
    ),
)

ECNY_WALLETS = Kind(
    name="ecny_wallets",
    at="opened_at",
    fields=(
        star(part("wallet")),
        star(choice("tier", "I", "II", "III", "IV")),
        part("holder"),
        part("phone"),
        star(time("opened_at")),
        part("operator"),
        choice("kind", "soft", "hard", "sub"),
        part("parent"),
    ),
    identities=(
        Identity("held", "ecny_wallet", ("wallet",)),
        Identity("owner", "holder", ("holder",)),
        Identity("linked", "phone", ("phone",)),
        Identity("issuer", "organisation", ("operator",)),
        Identity("above", "ecny_wallet", ("parent",)),
    ),
    rows=(
        tie("owner", "owns", "held", "opened_at"),
        tie("held", "registered_with", "linked", "opened_at"),
        tie("held", "operated_by", "issuer", "opened_at"),
        tie("held", "sub_of", "above", "opened_at"),
        fact("held", "opened_at", "opened_at", "opened_at"),
        fact("held", "tier", "tier", "opened_at"),
        fact("held", "kind", "kind", "opened_at"),
    ),
)

ECNY_TRANSFERS = Kind(
    name="ecny_transfers",
    native="transfer_id",
    at="time",
    fields=(
        star("transfer_id"),
        star(time("time")),
        star(part("payer_wallet")),
        star(part("payee_wallet")),
        star(amount("amount", asset="=CNY")),
        Field("terminal"),
        Field("purpose"),
    ),
    identities=(Identity("payer", "party", ("payer_wallet",)), Identity("payee", "party", ("payee_wallet",))),
    rows=(
        Rows(
            "transfers",
            {
                "payer": "payer",
                "payee": "payee",
                "amount": "amount",
                "asset": Const("CNY"),
                "rail": Const("ecny"),
                "terminal": "terminal",
                "purpose": "purpose",
                "precision": Const("exact"),
            },
        ),
    ),
)

OTC_ORDERS = Kind(
    name="otc_orders",
    native="order_id",
    at="time",
    fields=(
        star("order_id"),
        star(time("time")),
        star(choice("side", "buy", "sell")),
        star(Field("asset", Value.ASSET)),
        star(amount("amount", asset="asset")),
        star(Field("price", Value.PRICE)),
        star(_CURRENCY),
        part("user"),
        part("account"),
        part("institution"),
        part("address"),
        Field("deposit_memo"),
        Field("custodial_ref"),
    ),
    identities=(
        Identity("customer", "person", ("user",)),
        Identity("bank", "optional account", ("institution", "account")),
        Identity("wallet", "address", ("address",)),
        Identity("desk", "deliverer", ()),
    ),
    rows=(
        Rows(
            "orders",
            {
                "user": "customer",
                "account": "bank",
                "address": "wallet",
                "holder": "desk",
                "side": "side",
                "asset": "asset",
                "amount": "amount",
                "price": "price",
                "currency": "currency",
                "deposit_memo": "deposit_memo",
                "custodial_ref": "custodial_ref",
            },
        ),
    ),
)

PRICES = Kind(
    name="prices",
    at="time",
    fields=(star(Field("asset", Value.ASSET)), star(time("time")), star(_CURRENCY), star(Field("price", Value.PRICE))),
    identities=(),
    rows=(Rows("prices", {"asset": "asset", "currency": "currency", "price": "price"}),),
)

REQUESTS = Kind(
    name="requests",
    native="request_id",
    grows=True,
    at="sent_at",
    fields=(
        star("request_id"),
        star(part("holder")),
        star(choice("kind", "query", "stop", "freeze", "preserve")),
        star(part("about")),
        star(time("sent_at")),
        time("acknowledged_at"),
        time("executed_at"),
        amount("amount"),
        Field("currency", Value.ASSET),
        Field("refusal"),
        Field("reference"),
    ),
    identities=(Identity("institution", "organisation", ("holder",)), Identity("subject", "entity", ("about",))),
    rows=(
        Rows(
            "requests",
            {
                "holder": "institution",
                "kind": "kind",
                "about": "subject",
                "acknowledged_at": "acknowledged_at",
                "executed_at": "executed_at",
                "amount": "amount",
                "currency": "currency",
                "refusal": "refusal",
                "reference": First(("reference", "request_id")),
            },
        ),
    ),
)
