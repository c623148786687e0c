"""People, organisations and cells by their issuer's token; places; items on chains."""

from __future__ import annotations

import re

from cutline.errors import IdentifierError
from cutline.model.identifiers.addresses import clean_address
from cutline.model.identifiers.chains import CHAINS, chain_name, family_of
from cutline.model.identifiers.countries import country_code
from cutline.model.identifiers.spelling import Context, fold, is_digits, read_token, scope_of, split_scope, veil

NATIONAL = "id"
_HEX_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,64}")
_CONTRACT = re.compile(r"[^\s/]{1,128}")


def person_scope(context: Context) -> str:
    """Give the scope of a delivery's person tokens: `id` where they are the national token, else its source."""
    return NATIONAL if context.national_tokens else scope_of(context.deliverer)


def clean_person(text: str, context: Context) -> str:
    """Give `id/<token>` where the delivery's tokens are national, else `<source>/<token>`: equal within the issuer only."""
    token, scope = split_scope(fold(text))
    return f"{scope or person_scope(context)}/{read_token('person', token)}"


def clean_organisation(text: str, context: Context) -> str:
    """Give `<source>/<token>` of an organisation."""
    token, scope = split_scope(fold(text))
    return f"{scope or scope_of(context.deliverer)}/{read_token('organisation', token)}"


def clean_cell(text: str, context: Context) -> str:
    """Give `<source>/<cell>` of a radio cell."""
    token, scope = split_scope(fold(text))
    return f"{scope or scope_of(context.deliverer)}/{read_token('cell', token)}"


def clean_place(text: str, context: Context) -> str:
    """Give `<country>/<region>`, or the country alone; a bare region is one of the context's country."""
    spelled = re.sub(r"\s*/\s*", "/", fold(text)).strip("/")
    first, _, region = spelled.partition("/")
    country = country_code(first) if len(first) in (2, 3) and first.isascii() else None
    if country is None:
        if region and first.isascii():
            raise IdentifierError("place", text, "country/region with a country code of ISO 3166, such as CN/Fujian")
        return f"{context.country}/{read_token('place', spelled)}"
    return f"{country}/{read_token('place', region)}" if region else country


def clean_item(text: str, context: Context) -> str:
    """Give `<chain>/<contract>/<token>` of a token that is one of its kind; the number in decimal, the contract canonical."""
    parts = [part.strip() for part in fold(text).split("/")]
    chain = chain_name(parts[0] if len(parts) == 3 else context.chain)
    if len(parts) not in (2, 3) or not chain or not parts[-1]:
        raise IdentifierError("item", text, "chain/contract/token")
    return f"{chain}/{clean_contract(parts[-2], chain)}/{_token_number(text, parts[-1])}"


def clean_contract(text: str, chain: str) -> str:
    """Give a contract's canonical spelling on its chain: EIP-55 on EVM chains, base58 on Tron."""
    family = family_of(chain)
    if chain in CHAINS and family != "solana":
        address = clean_address(text, Context("", chain=chain))
        if not address.startswith(family + "/"):
            raise IdentifierError("contract", text, f"an address of {chain}")
        return address.partition("/")[2]
    if not _CONTRACT.fullmatch(text):
        raise IdentifierError("contract", text, "a contract's address")
    return text


def _token_number(text: str, token: str) -> str:
    if is_digits(token):
        return str(int(token)) if len(token) <= 80 else token.lstrip("0")
    if _HEX_NUMBER.fullmatch(token):
        return str(int(token, 16))
    if not _CONTRACT.fullmatch(token):
        raise IdentifierError("item", text, "a token's number")
    return token


def mask_scoped(rest: str) -> str:
    """Show the source, and the first two and last two characters of its token."""
    scope, _, token = rest.partition("/")
    return f"{scope}/{veil(token, 2, 2)}"


def mask_item(rest: str) -> str:
    """Show the chain and the token's number; of the contract the first six and last four characters."""
    chain, contract, token = rest.split("/", 2)
    return f"{chain}/{veil(contract, 6, 4)}/{token}"
