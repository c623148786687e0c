"""What border police, carriers and registers deliver, and what lists say: movements, persons, relations, tags."""

from __future__ import annotations

from cutline.ingest.kinds.declaration import (
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
    star,
    tie,
    time,
)

BORDER_CROSSINGS = Kind(
    name="border_crossings",
    at="time",
    fields=(
        star(part("person")),
        star(time("time")),
        star(part("port")),
        star(choice("direction", "out", "in")),
        star(part("country")),
        Field("conveyance"),
        Field("reference"),
    ),
    identities=(
        Identity("traveller", "person", ("person",)),
        Identity("here", "home place", ("port",)),
        Identity("abroad", "country", ("country",)),
    ),
    rows=(
        Rows(
            "movements",
            {
                "person": "traveller",
                "kind": Const("crossing"),
                "direction": "direction",
                "from_place": If("direction", ("out",), "here", "abroad"),
                "to_place": If("direction", ("out",), "abroad", "here"),
                "conveyance": "conveyance",
                "reference": "reference",
            },
        ),
    ),
)

TICKETS = Kind(
    name="tickets",
    native="ticket_id",
    at="departs_at",
    fields=(
        star("ticket_id"),
        star(part("person")),
        star(time("bought_at")),
        star(time("departs_at")),
        star(part("origin")),
        star(part("destination")),
        part("payer"),
        amount("price"),
        Field("currency", Value.CURRENCY),
    ),
    identities=(
        Identity("traveller", "person", ("person",)),
        Identity("start", "place", ("origin",)),
        Identity("end", "place", ("destination",)),
        Identity("paid_by", "payer or person", ("payer",)),
    ),
    rows=(
        Rows(
            "movements",
            {
                "person": "traveller",
                "kind": Const("ticket"),
                "booked_at": "bought_at",
                "from_place": "start",
                "to_place": "end",
                "payer": "paid_by",
                "price": "price",
                "currency": "currency",
                "reference": "ticket_id",
            },
        ),
    ),
)

PERSONS = Kind(
    name="persons",
    least=2,
    fields=(
        star(part("person")),
        part("issuer"),
        part("id_token"),
        Field("born_year", Value.WHOLE, choices=("1850", "2099")),
        Field("region"),
    ),
    identities=(
        Identity("subject", "person of issuer", ("person", "issuer")),
        Identity("national", "national person", ("id_token",)),
    ),
    rows=(
        tie("subject", "same_as", "national"),
        fact("subject", "born_year", "born_year"),
        fact("subject", "region", "region"),
    ),
)

RELATIONS = Kind(
    name="relations",
    order=(("from", "to"),),
    fields=(
        star(part("person")),
        star(choice("relation", "family", "employs", "tenant", "member")),
        star(part("other")),
        time("from"),
        time("to"),
    ),
    identities=(
        Identity("subject", "person", ("person",)),
        Identity("related", "other by relation", ("other", "relation")),
    ),
    rows=(
        Rows(
            "ties",
            {
                "a": If("relation", ("employs",), "related", "subject"),
                "b": If("relation", ("employs",), "subject", "related"),
                "relation": If(
                    "relation",
                    ("tenant",),
                    Const("tenant_of"),
                    If("relation", ("member",), Const("member_of"), "relation"),
                ),
                "valid_from": "from",
                "valid_to": "to",
            },
            at="from",
        ),
    ),
)

TAGS = Kind(
    name="tags",
    order=(("from", "to"),),
    either=(("entity",), ("kind", "value")),
    fields=(
        part("entity"),
        part("kind"),
        part("value"),
        star("tag"),
        star("list"),
        star(time("from")),
        time("to"),
        Field("confidence", Value.NUMBER, choices=("0", "1")),
        Field("note"),
    ),
    identities=(Identity("subject", "tagged", ("entity", "kind", "value")),),
    rows=(
        Rows(
            "tags",
            {
                "entity": "subject",
                "tag": "tag",
                "list": "list",
                "list_version": "list_version",
                "valid_from": "from",
                "valid_to": "to",
                "confidence": "confidence",
                "note": "note",
            },
            at="from",
        ),
    ),
)
