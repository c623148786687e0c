"""Each kind of entity with its cleaning, its display and its mask: the one table that all faces read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cutline.errors import IdentifierError
from cutline.model.entities import ENTITY_KINDS
from cutline.model.identifiers import accounts, addresses, cards, internet, phones, tokens, transactions
from cutline.model.identifiers.spelling import CLOSE, OPEN, Context, fold, show_scoped

Rest = str
"""An entity's id without its kind: `+8613800138000` of `phone:+8613800138000`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind's value type. All three work on the id without its kind; `scoped` says that it may begin with its source."""

    clean: Callable[[str, Context], Rest]
    show: Callable[[Rest], str]
    mask: Callable[[Rest], str]
    scoped: bool = False


def _plain(rest: Rest) -> str:
    return rest


KINDS: dict[str, Kind] = {
    "person": Kind(tokens.clean_person, show_scoped, tokens.mask_scoped, scoped=True),
    "organisation": Kind(tokens.clean_organisation, show_scoped, tokens.mask_scoped, scoped=True),
    "phone": Kind(phones.clean_phone, phones.show_phone, phones.mask_phone, scoped=True),
    "subscriber": Kind(cards.clean_subscriber, cards.show_subscriber, cards.mask_subscriber),
    "device": Kind(cards.clean_device, cards.show_device, cards.mask_device, scoped=True),
    "account": Kind(accounts.clean_account_text, accounts.show_account, accounts.mask_account),
    "ecny_wallet": Kind(accounts.clean_wallet, accounts.show_wallet, accounts.mask_wallet),
    "address": Kind(addresses.clean_address, addresses.show_address, addresses.mask_address),
    "handle": Kind(internet.clean_handle, _plain, internet.mask_handle),
    "website": Kind(internet.clean_website, _plain, internet.mask_website),
    "ip": Kind(internet.clean_ip, _plain, internet.mask_ip),
    "cell": Kind(tokens.clean_cell, show_scoped, tokens.mask_scoped, scoped=True),
    "place": Kind(tokens.clean_place, _plain, _plain),
    "item": Kind(tokens.clean_item, _plain, tokens.mask_item),
    "transaction": Kind(transactions.clean_transaction, _plain, transactions.mask_transaction),
}
_PARTIES = ("account", "ecny_wallet", "address", "person", "organisation")
_KINDS_EXPECTED = "one of " + ", ".join(ENTITY_KINDS)


def clean(kind: str, text: str, context: Context) -> str:
    """Give the id of what a text names: `phone:+8613800138000` for `138 0013 8000`.

    `kind` is a kind of `ENTITY_KINDS`. Raises IdentifierError with what was expected where the text is no such thing.
    """
    rest = _kind(kind).clean(text, context)
    if not rest.isprintable():
        raise IdentifierError(kind, text, "printable characters")
    return f"{kind}:{rest}"


def clean_entity(text: str, context: Context) -> str:
    """Give the canonical id of an entity that is written as an id, as in tags and requests: `account:ICBKCNBJ/6222 02…`."""
    name, colon, rest = fold(text).partition(":")
    kind = name.strip().lower()
    if not colon or kind not in KINDS:
        raise IdentifierError("entity", text, f"kind:value, with {_KINDS_EXPECTED}")
    scope, slash, token = rest.strip().partition("/")
    if not slash or not KINDS[kind].scoped:
        return clean(kind, rest, context)
    if kind == "device" and scope.lower() == "imei":
        return clean(kind, f"imei/{token}", context)
    return clean(kind, f"{token} {OPEN}{scope}{CLOSE}", context)


def clean_party(text: str, context: Context) -> str:
    """Give the id of a payer or payee that may be of several kinds.

    An address where its shape says so, an account where it is `institution/account` or an IBAN, else a digital-yuan wallet.
    """
    spelled = fold(text)
    kind, colon, _ = spelled.partition(":")
    if colon and kind.lower() in _PARTIES:
        return clean_entity(spelled, context)
    address = addresses.find_address(spelled)
    if address is not None:
        return f"address:{address}"
    if "/" in spelled:
        first = spelled.partition("/")[0].lower()
        return clean("address" if first in addresses.SPOKEN_FAMILIES else "account", spelled, context)
    if context.chain:
        return clean("address", spelled, context)
    iban = accounts.find_iban(spelled)
    return f"account:{accounts.IBAN}/{iban}" if iban else clean("ecny_wallet", spelled, context)


def display(entity: str) -> str:
    """Write an id for a person to read; cleaning it again gives the id (in a context that says no chain)."""
    kind, _, rest = entity.partition(":")
    return _kind(kind).show(rest)


def mask(entity: str) -> str:
    """Hide the middle of an id but keep kind and shape: `phone:+86138****8000`."""
    kind, _, rest = entity.partition(":")
    return f"{kind}:{_kind(kind).mask(rest)}"


def _kind(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        raise IdentifierError("kind", name, _KINDS_EXPECTED)
    return kind
