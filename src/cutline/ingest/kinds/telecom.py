"""What telecom operators deliver: calls and messages, cards, cards in devices, cells."""

from __future__ import annotations

from cutline.ingest.kinds.declaration import (
    RECEIVED,
    Const,
    Field,
    First,
    Identity,
    If,
    Join,
    Kind,
    Rows,
    Telling,
    Value,
    choice,
    fact,
    part,
    seconds,
    star,
    tie,
    time,
)

_SERVED_IS_TARGET = ("mt",)
"""Imsi, imei and cells of a record describe the served party: B of an `mt` record, A of every other (`formats.md`)."""


def _of_source(name: str) -> If:
    return If("direction", _SERVED_IS_TARGET, Const(""), name)


def _of_target(name: str) -> If:
    return If("direction", _SERVED_IS_TARGET, name)


CDR = Kind(
    name="cdr",
    native="record_id",
    at="start",
    fields=(
        star("record_id"),
        star(choice("type", "call", "sms")),
        star(part("a_number")),
        star(part("b_number")),
        star(time("start")),
        star(seconds("duration_s")),
        part("imsi"),
        part("imei"),
        part("first_cell"),
        part("last_cell"),
        Field("trunk"),
        choice("direction", "mo", "mt"),
        Field("release_cause"),
        Field("roaming_country", Value.COUNTRY),
    ),
    identities=(
        Identity("a", "phone", ("a_number",)),
        Identity("b", "phone", ("b_number",)),
        Identity("subscriber", "subscriber", ("imsi",)),
        Identity("device", "device", ("imei",)),
        Identity("first", "cell", ("first_cell",)),
        Identity("last", "cell", ("last_cell",)),
    ),
    rows=(
        Rows(
            "contacts",
            {
                "source": "a",
                "target": "b",
                "medium": "type",
                "duration_s": "duration_s",
                "source_device": _of_source("device"),
                "target_device": _of_target("device"),
                "source_subscriber": _of_source("subscriber"),
                "target_subscriber": _of_target("subscriber"),
                "source_first_cell": _of_source("first"),
                "source_last_cell": _of_source("last"),
                "target_first_cell": _of_target("first"),
                "target_last_cell": _of_target("last"),
                "trunk": "trunk",
                "direction": "direction",
                "roaming_country": "roaming_country",
                "release_cause": "release_cause",
            },
        ),
    ),
)

_CLOSED_AT = If("status", ("closed",), First(("status_at", RECEIVED)))
"""Numbers are recycled: what a card was to its holder ends when it is closed, at the latest when we are told so."""

SIM_CARDS = Kind(
    name="sim_cards",
    at="activated_at",
    told_by=(Telling("agent", "agent_kind", "holder", "holder_kind"),),
    fields=(
        star(part("msisdn")),
        star(part("iccid")),
        part("imsi"),
        star(part("holder")),
        choice("holder_kind", "person", "organisation"),
        star(time("activated_at")),
        part("agent"),
        star(choice("status", "active", "limited", "suspended", "closed")),
        time("status_at"),
        choice("kind", "voice", "data", "iot", "bsim"),
        part("wallet_address"),
        Field("region"),
    ),
    identities=(
        Identity("phone", "phone", ("msisdn",)),
        Identity("card", "card", ("imsi", "iccid")),
        Identity("owner", "holder", ("holder", "holder_kind")),
        Identity("dealer", "holder", ("agent", "agent_kind")),
        Identity("address", "address", ("wallet_address",)),
    ),
    rows=(
        tie("owner", "owns", "phone", "activated_at", _CLOSED_AT),
        tie("card", "carries", "phone", "activated_at", _CLOSED_AT),
        tie("phone", "activated_by", "dealer", "activated_at"),
        tie("card", "keys_for", "address", "activated_at", _CLOSED_AT),
        fact("phone", "opened_at", "activated_at", "activated_at", _CLOSED_AT),
        fact("phone", "status", "status", First(("status_at", RECEIVED))),
        fact("phone", "kind", "kind", "activated_at", _CLOSED_AT),
        fact("phone", "region", "region", "activated_at", _CLOSED_AT),
    ),
)

DEVICE_PAIRINGS = Kind(
    name="device_pairings",
    at="first_seen",
    order=(("first_seen", "last_seen"),),
    fields=(star(part("imei")), star(part("imsi")), star(time("first_seen")), star(time("last_seen")), part("cell")),
    identities=(
        Identity("device", "device", ("imei",)),
        Identity("subscriber", "subscriber", ("imsi",)),
        Identity("where", "cell", ("cell",)),
    ),
    rows=(
        tie("subscriber", "inserted_in", "device", "first_seen", "last_seen"),
        tie("device", "located_in", "where", "first_seen", "last_seen"),
    ),
)

CELLS = Kind(
    name="cells",
    fields=(
        star(part("cell")),
        star(part("region")),
        Field("latitude", Value.NUMBER, choices=("-90", "90")),
        Field("longitude", Value.NUMBER, choices=("-180", "180")),
        part("country"),
    ),
    identities=(Identity("site", "cell", ("cell",)), Identity("place", "place", ("region", "country"))),
    rows=(
        tie("site", "located_in", "place"),
        fact("site", "location", Join(",", ("latitude", "longitude"))),
    ),
)
