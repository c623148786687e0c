"""The commonest shapes of identifiers as vectorised expressions, so that a million phones cost about a second.

A shape gives the id for spellings that it is sure of and null for all others, which the scalar functions then decide. A
property test holds both to the same answer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from cutline.errors import IdentifierError
from cutline.model.identifiers.chains import EVM, chain_name, family_of
from cutline.model.identifiers.keccak import keccak_many
from cutline.model.identifiers.phones import CALLING_CODES, CHINESE_MOBILE
from cutline.model.identifiers.spelling import Context, fold, scope_of
from cutline.model.identifiers.texts import to_bytes, to_texts
from cutline.model.identifiers.tokens import person_scope

Shape = Callable[[pl.Series, Context], pl.Series]
"""From distinct spellings without outer spaces to ids (or their canonical rest), null where the shape is not sure."""

_WORD = r"^[!-.0-~]{1,200}$"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"


def _select(text: pl.Series, expression: pl.Expr) -> pl.Series:
    return text.alias("text").to_frame().select(expression.alias("id"))["id"]


def _where(condition: pl.Expr, prefix: str, value: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.concat_str(pl.lit(prefix), value)).otherwise(None)


def _phone(text: pl.Series, context: Context) -> pl.Series:
    word = pl.col("text")
    prefix = r"(?:\+86|0086|86)?" if context.country == "CN" else r"(?:\+86|0086)"
    mobile = word.str.extract(rf"^{prefix}({CHINESE_MOBILE})$", 1)
    shaped = word.str.contains(r"^\+[1-9][0-9]{6,14}$") & ~word.str.starts_with("+86")
    foreign = shaped & pl.any_horizontal(*(_after_calling_code(size) for size in (1, 2, 3)))
    return _select(text, pl.coalesce(pl.concat_str(pl.lit("phone:+86"), mobile), _where(foreign, "phone:", word)))


def _after_calling_code(size: int) -> pl.Expr:
    """Say whether a calling code of that many digits stands after the plus, with no zero (a trunk prefix) after it."""
    codes = [code for code in CALLING_CODES if len(code) == size]
    return pl.col("text").str.slice(1, size).is_in(codes) & (pl.col("text").str.slice(1 + size, 1) != "0")


def _device(text: pl.Series, context: Context) -> pl.Series:
    digits = _select(text, pl.when(pl.col("text").str.contains("^[0-9]{15}$")).then(pl.col("text")))
    places = digits.is_not_null().arg_true()
    sound = luhn_many(digits.drop_nulls().cast(pl.Int64).to_numpy())
    imei = pl.repeat(None, len(text), dtype=pl.Boolean, eager=True).scatter(places, pl.Series(sound, dtype=pl.Boolean))
    own = f"device:{scope_of(context.deliverer)}/"
    token = pl.col("text").str.contains(r"^[0-9A-Fa-f]{16,64}$|^[A-Za-z_]{5,9}[0-9]{1,20}$")
    frame = pl.DataFrame({"text": text, "imei": imei})
    return frame.select(
        id=pl.coalesce(
            _where(pl.col("imei"), "device:imei/", pl.col("text")),
            _where(~pl.col("imei"), own, pl.col("text")),
            _where(token, own, pl.col("text")),
        )
    )["id"]


def luhn_many(numbers: np.ndarray) -> np.ndarray:
    """Say for each integer whether its last digit is the Luhn digit of the others."""
    total = np.zeros(len(numbers), np.int64)
    rest = numbers.copy()
    place = 0
    while rest.any():
        rest, digit = np.divmod(rest, 10)
        total += np.where(digit > 4, 2 * digit - 9, 2 * digit) if place % 2 else digit
        place += 1
    return np.asarray(total % 10 == 0)


def _subscriber(text: pl.Series, _context: Context) -> pl.Series:
    word = pl.col("text")
    imsi = _where(word.str.contains("^[0-9]{14,15}$"), "subscriber:imsi/", word)
    iccid = _where(word.str.contains("^[0-9]{18,22}$"), "subscriber:iccid/", word)
    return _select(text, pl.coalesce(imsi, iccid))


def _person(text: pl.Series, context: Context) -> pl.Series:
    word = pl.col("text")
    return _select(text, _where(word.str.contains(_WORD), f"person:{person_scope(context)}/", word))


def _scoped(kind: str) -> Shape:
    def shape(text: pl.Series, context: Context) -> pl.Series:
        word = pl.col("text")
        return _select(text, _where(word.str.contains(_WORD), f"{kind}:{scope_of(context.deliverer)}/", word))

    return shape


def _wallet(text: pl.Series, _context: Context) -> pl.Series:
    word = pl.col("text")
    return _select(text, _where(word.str.contains("^[0-9A-Za-z_]{3,64}$"), "ecny_wallet:", word))


def _handle(text: pl.Series, context: Context) -> pl.Series:
    word = pl.col("text")
    platform = fold(context.platform).lower()
    if not platform:
        named = word.str.contains(r"^[0-9A-Za-z_.\-]{1,40}/[0-9A-Za-z_.\-]{1,100}$")
        parts = word.str.splitn("/", 2)
        spelled = pl.concat_str(parts.struct[0].str.to_lowercase(), pl.lit("/"), parts.struct[1])
        return _select(text, _where(named, "handle:", spelled))
    sure = word.str.contains(r"^[0-9A-Za-z_.\-]{1,100}$")
    plain = not any(c.isspace() or c in "/:" for c in platform) and len(platform) <= 40
    return _select(text, _where(sure & pl.lit(plain), f"handle:{platform}/", word))


def _ip(text: pl.Series, _context: Context) -> pl.Series:
    word = pl.col("text")
    return _select(text, _where(word.str.contains(rf"^(?:{_BYTE}\.){{3}}{_BYTE}$"), "ip:", word))


def _address(text: pl.Series, context: Context) -> pl.Series:
    """EVM addresses with a checksum that holds, or in letters of one case; the scalar function refuses the others."""
    unsure = pl.repeat(None, len(text), dtype=pl.String, eager=True)
    try:
        family = family_of(chain_name(context.chain) or EVM)
    except IdentifierError:
        return unsure
    if family != EVM:
        return unsure
    places = text.str.contains("^0x[0-9a-fA-F]{40}$").arg_true()
    digits = text.gather(places).str.slice(2)
    canonical = eip55_many(digits)
    sound = (digits == canonical) | (digits == digits.str.to_lowercase()) | (digits == digits.str.to_uppercase())
    ids = pl.DataFrame({"text": canonical, "sound": sound}).select(id=_where(pl.col("sound"), "address:evm/0x", pl.col("text")))
    return unsure.scatter(places, ids["id"]) if len(places) else unsure


def eip55_many(digits: pl.Series) -> pl.Series:
    """Write each forty hex digits with the capitals of EIP-55."""
    lower = to_bytes(digits.str.to_lowercase(), 40)
    proof = keccak_many(lower)[:, :20]
    nibbles = np.stack([proof >> 4, proof & 15], axis=2).reshape(len(digits), 40)
    return to_texts(np.where((nibbles > 7) & (lower > ord("9")), lower - 32, lower).astype(np.uint8))


def account_number(text: pl.Series, _context: Context) -> pl.Series:
    """Give the numbers that are digits only: cards and most accounts."""
    return _select(text, pl.when(pl.col("text").str.contains("^[0-9]{1,64}$")).then(pl.col("text")))


def _party(text: pl.Series, context: Context) -> pl.Series:
    word = pl.col("text")
    account = _where(word.str.contains("^[A-Z]{4}/[0-9]{1,64}$"), f"account:{context.country}/", word)
    wallet = _where(word.str.contains("^[0-9]{3,40}$") & pl.lit(not context.chain), "ecny_wallet:", word)
    return _select(text, pl.coalesce(account, wallet))


SHAPES: dict[str, Shape] = {
    "phone": _phone,
    "device": _device,
    "subscriber": _subscriber,
    "person": _person,
    "organisation": _scoped("organisation"),
    "cell": _scoped("cell"),
    "ecny_wallet": _wallet,
    "address": _address,
    "handle": _handle,
    "ip": _ip,
}
ACCOUNT_SHAPE: Shape = account_number
PARTY_SHAPE: Shape = _party
