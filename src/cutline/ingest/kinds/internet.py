"""What internet platforms deliver: accounts, log-ins, messages, listings, sites."""

from __future__ import annotations

from cutline.ingest.kinds.declaration import (
    RECEIVED,
    Attributes,
    Const,
    Field,
    Identity,
    If,
    Kind,
    Rows,
    Value,
    amount,
    choice,
    fact,
    part,
    seconds,
    star,
    tie,
    time,
)

PLATFORM_ACCOUNTS = Kind(
    name="platform_accounts",
    at="created_at",
    fields=(
        star(part("platform")),
        star(part("account")),
        star(time("created_at")),
        part("phone"),
        part("device"),
        part("ip"),
        Field("status"),
        Field("nickname"),
    ),
    identities=(
        Identity("handle", "handle", ("account", "platform")),
        Identity("linked", "phone", ("phone",)),
        Identity("handset", "device", ("device",)),
        Identity("address", "ip", ("ip",)),
    ),
    rows=(
        tie("handle", "registered_with", "linked", "created_at"),
        Rows(
            "ties",
            {"a": "handle", "b": "handset", "relation": Const("uses"), "valid_from": "created_at"},
            ("handle", "handset"),
            "created_at",
            "uses device",
        ),
        Rows(
            "ties",
            {"a": "handle", "b": "address", "relation": Const("uses"), "valid_from": "created_at"},
            ("handle", "address"),
            "created_at",
            "uses ip",
        ),
        fact("handle", "opened_at", "created_at", "created_at"),
        fact("handle", "status", "status", RECEIVED),
        fact("handle", "nickname", "nickname", RECEIVED),
    ),
)

PLATFORM_LOGINS = Kind(
    name="platform_logins",
    at="time",
    fields=(
        star(part("platform")),
        star(part("account")),
        star(time("time")),
        star(part("device")),
        part("ip"),
        part("ip_country"),
        part("ip_region"),
        choice("identity_check", "passed", "failed"),
    ),
    identities=(
        Identity("handle", "handle", ("account", "platform")),
        Identity("handset", "device", ("device",)),
        Identity("address", "ip", ("ip",)),
        Identity("where", "country or place", ("ip_region", "ip_country")),
    ),
    rows=(
        Rows(
            "sessions",
            {
                "handle": "handle",
                "device": "handset",
                "ip": "address",
                "place": "where",
                "identity_check": "identity_check",
            },
        ),
    ),
)

MESSAGES = Kind(
    name="messages",
    native="message_id",
    at="time",
    fields=(
        star("message_id"),
        star(part("platform")),
        star(time("time")),
        star(part("sender")),
        star(part("recipient")),
        choice("kind", "text", "voice", "video_call", "file"),
        seconds("duration_s"),
        Field("text"),
    ),
    identities=(
        Identity("from", "handle", ("sender", "platform")),
        Identity("to", "handle", ("recipient", "platform")),
        Identity("service", "platform", ("platform",)),
    ),
    rows=(
        Rows(
            "contacts",
            {
                "source": "from",
                "target": "to",
                "medium": If("kind", ("", "text"), Const("message"), "kind"),
                "platform": "service",
                "duration_s": "duration_s",
                "text": "text",
            },
        ),
    ),
)

LISTINGS = Kind(
    name="listings",
    native="listing_id",
    at="time",
    fields=(
        star("listing_id"),
        star(part("platform")),
        star(time("time")),
        star(part("seller")),
        star(choice("kind", "nft", "virtual_land", "bond", "ticket", "item")),
        star("title"),
        part("item"),
        Field("text"),
        part("creator"),
        Field("minter"),
        part("issuer"),
        amount("price"),
        Field("currency", Value.ASSET),
        part("url"),
    ),
    identities=(
        Identity("author", "handle", ("seller", "platform")),
        Identity("service", "platform", ("platform",)),
        Identity("goods", "item", ("item",)),
        Identity("made_by", "maker", ("creator", "platform")),
        Identity("issued_by", "maker", ("issuer", "platform")),
        Identity("page", "website", ("url",)),
    ),
    rows=(
        Rows(
            "posts",
            {
                "author": "author",
                "kind": Const("listing"),
                "platform": "service",
                "title": "title",
                "text": "text",
                "url": "page",
                "item": "goods",
                "price": "price",
                "currency": "currency",
                "creator": "made_by",
                "issuer": "issued_by",
                "attributes": Attributes(("kind", "minter")),
            },
        ),
    ),
)

SITES = Kind(
    name="sites",
    at="first_seen",
    fields=(
        star(part("url")),
        star(time("first_seen")),
        Field("registrar"),
        part("ip"),
        Field("certificate"),
        Field("app_id"),
        Field("reported_as"),
    ),
    identities=(Identity("page", "website", ("url",)), Identity("host", "ip", ("ip",))),
    rows=(
        Rows(
            "posts",
            {
                "kind": Const("page"),
                "url": "page",
                "attributes": Attributes(("registrar", "certificate", "app_id", "reported_as")),
            },
        ),
        tie("page", "hosted_at", "host", "first_seen"),
        fact("page", "registrar", "registrar", "first_seen"),
        fact("page", "certificate", "certificate", "first_seen"),
        fact("page", "app_id", "app_id", "first_seen"),
        fact("page", "reported_as", "reported_as", "first_seen"),
    ),
)
