"""Strategies: true identifiers of every kind, each with other spellings of the same thing."""

from __future__ import annotations

import base58
from hypothesis import strategies as st

from cutline.model.identifiers import Context
from cutline.model.identifiers.checksums import CONFLUX_LETTERS, base32check_encode, eip55
from cutline.model.identifiers.countries import IBAN_LENGTHS

HERE = Context("cmcc")
DIGITS = "0123456789"
WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=1, max_size=24)
WIDE = str.maketrans(DIGITS, "０１２３４５６７８９")


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(DIGITS, min_size=least, max_size=most)


def with_luhn(body: str) -> str:
    doubled = [int(d) * (2 - k % 2) for k, d in enumerate(reversed(body))]
    return body + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def with_iban_check(country: str, rest: str) -> str:
    number = int("".join(str(int(c, 36)) for c in rest + country + "00"))
    return f"{country}{98 - number % 97:02d}{rest}"


mobiles = st.builds(lambda a, b: f"1{a}{b}", st.sampled_from("3456789"), digits(9, 9))
imeis = digits(14, 14).map(with_luhn)
cards = digits(15, 15).map(with_luhn)
keys = st.binary(min_size=20, max_size=20)
evm = keys.map(lambda key: eip55(key.hex()))
tron = keys.map(lambda key: base58.b58encode_check(b"\x41" + key).decode())
bitcoin = st.tuples(st.sampled_from([b"\x00", b"\x05"]), keys).map(lambda p: base58.b58encode_check(p[0] + p[1]).decode())
conflux = keys.map(
    lambda key: "cfx:" + base32check_encode("cfx", b"\x00" + bytes([0x10 | key[0] & 15]) + key[1:], CONFLUX_LETTERS)
)
ibans = st.sampled_from(sorted(IBAN_LENGTHS)).flatmap(
    lambda c: st.text(DIGITS, min_size=IBAN_LENGTHS[c] - 4, max_size=IBAN_LENGTHS[c] - 4).map(
        lambda rest: with_iban_check(c, rest)
    )
)
hosts = st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8), min_size=1, max_size=3).map(
    lambda labels: ".".join([*labels, "com"])
)

SPELLINGS: dict[str, st.SearchStrategy[str]] = {
    "phone": st.one_of(mobiles, mobiles.map("+86".__add__), digits(3, 6), digits(7, 10).map("+855".__add__)),
    "device": st.one_of(imeis, digits(15, 15), WORD),
    "subscriber": st.one_of(digits(14, 15), digits(18, 20).map(lambda d: "89" + d[2:])),
    "account": st.one_of(cards.map("ICBK/".__add__), digits(1, 30).map("BKCHCNBJ/".__add__), WORD.map("ABOC/A".__add__), ibans),
    "ecny_wallet": st.one_of(digits(3, 20), WORD.map("w01".__add__)),
    "address": st.one_of(evm, tron, bitcoin, conflux),
    "handle": WORD.map("wechat/".__add__),
    "website": st.tuples(hosts, WORD).map("/".join),
    "ip": st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str)),
    "person": WORD,
    "organisation": WORD,
    "cell": WORD,
    "place": st.one_of(WORD.map("CN/".__add__), st.just("KH")),
    "transaction": st.one_of(
        st.from_regex(r"[0-9a-f]{64}(/[1-9][0-9]?)?", fullmatch=True).map("bitcoin/".__add__),
        st.from_regex(r"(fees|reward)/[0-9a-f]{64}", fullmatch=True).map("litecoin/".__add__),
    ),
    "item": st.tuples(evm, st.integers(0, 2**256 - 1).map(str)).map(lambda p: f"ethereum/{p[0]}/{p[1]}"),
}
"""Good spellings by kind."""

garbage = st.text(max_size=40) | st.text(DIGITS + "+-/.:x \u3000⟨⟩", max_size=25)
