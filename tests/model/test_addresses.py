"""Chain addresses: published vectors, and one spelling for each key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from cutline.errors import IdentifierError
from cutline.model.identifiers import Context, clean
from cutline.model.identifiers.checksums import segwit_decode
from tests.model.spellings import HERE, bitcoin, conflux, evm, keys, tron

USDT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
EIP55 = """
0x52908400098527886E0F7030069857D2E4169EE7 0x8617E340B3D01FA5F11F306F4090FD50E238070D
0xde709f2102306220921060314715629080e2fb77 0x27b1fdb04752bbc536007a920d24acb045561c26
0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed 0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359
0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB 0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb
""".split()
SEGWIT = """
BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4 bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y
BC1SW50QGDZ25J bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs
bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0
""".split()
NOT_SEGWIT = """
bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL
bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4
BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R bc1pw5dgrnzv
bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P
bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq bc1gmk9yu bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5
""".split()
CIP37 = {
    "0x1ecde7223747601823f7535d7968ba98b4881e09": "cfx:aatp533cg7d0agbd87kz48nj1mpnkca8be7ggp3vpu",
    "0x85d80245dc02f5a89589e1f19c5c718e405b56cd": "cfx:acc7uawf5ubtnmezvhu9dhc6sghea0403y2dgpyfjp",
    "0x1292d4955bb47f5153b88ca12c7a9e4048f09839": "cfx:aakkfzezns4h8ymx1cgmcnd4x3aev6e2hexz250ym5",
    "0x" + "0" * 40: "cfx:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0sfbnjm2",
}
OTHERS = {
    "rnXyVQzgxZe7TR1EPzTkGj2jxH4LMJYh66": "ripple",
    "LNf2JDiuunBz7GMDKFYHN4rq5meXWxiwfb": "litecoin",
    "XnPFsRWTaSgiVauosEwQ6dEitGYXgwznz2": "dash",
    "t1MMXtBrSp1XG38Lx9cePcNUCJj5vdWfUWL": "zcash",
    "GPwg61XoHqQPNmAucFACuQ5H9sGCDv9TpS": "bitcoin-gold",
    "884Bz8UH63aYsjVdkfWfScRYWZGGNbjFL7pztqvWNSrtYT4reFSwyvkCj9KEGUtheHhhMUj87ciTBFyzoesrMJ4L1FvSoxL": "monero",
}


def address(text: str, chain: str = "") -> str:
    return clean("address", text, Context("list", chain=chain))


def swap(text: str, place: int, letters: str) -> str:
    """The text with one letter replaced by another of the same alphabet."""
    old = text[place]
    return text[:place] + letters[(letters.index(old) + 1) % len(letters)] + text[place + 1 :]


@pytest.mark.parametrize("text", EIP55)
def test_eip55_vectors(text: str) -> None:
    spellings = [text, text.lower(), "0x" + text[2:].upper(), text.replace("0x", "0X", 1)]
    assert {address(t) for t in spellings} == {f"address:evm/{text}"}
    for chain in ("ethereum", "BSC", "polygon", "conflux-espace", "Arbitrum One", "evm"):
        assert address(text, chain) == f"address:evm/{text}"


@given(evm, st.integers(2, 41))
def test_capitals_of_an_evm_address_are_its_checksum(text: str, place: int) -> None:
    wrong = text[:place] + text[place].swapcase() + text[place + 1 :]
    if wrong != text and wrong[2:] not in (text[2:].lower(), text[2:].upper()):
        with pytest.raises(IdentifierError, match="EIP-55"):
            address(wrong)


def test_tron_usdt_in_all_its_spellings() -> None:
    raw = "a614f803b6fd780986a42c78ec9c7f77e6ded13c"
    assert address(USDT) == address("41" + raw) == address("41" + raw.upper()) == f"address:tron/{USDT}"
    assert {address(t, "tron") for t in (raw, "0x" + raw, "0x41" + raw)} == {f"address:tron/{USDT}"}
    assert address("0x" + raw).startswith("address:evm/")


@given(tron, st.integers(1, 33))
def test_a_mistyped_tron_address_is_refused(text: str, place: int) -> None:
    with pytest.raises(IdentifierError, match="base58check"):
        address(swap(text, place, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))


@given(bitcoin)
def test_a_mistyped_bitcoin_address_is_refused(text: str) -> None:
    assert address(text) == f"address:bitcoin/{text}"
    with pytest.raises(IdentifierError, match="base58check"):
        address(swap(text, len(text) - 1, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))


@pytest.mark.parametrize("text", SEGWIT)
def test_bip350_vectors(text: str) -> None:
    assert address(text) == address(text.swapcase()) == f"address:bitcoin/{text.lower()}"


@pytest.mark.parametrize("text", NOT_SEGWIT)
def test_bip350_refusals(text: str) -> None:
    with pytest.raises(IdentifierError, match="bech32"):
        address(text)


def test_segwit_of_another_network_is_no_bitcoin_address() -> None:
    assert segwit_decode("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "tb")
    assert not segwit_decode("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "bc")


@pytest.mark.parametrize(("raw", "text"), CIP37.items())
def test_cip37_vectors(raw: str, text: str) -> None:
    assert address(text) == address(text.upper()) == address(raw, "conflux") == f"address:conflux/{text}"
    assert address(raw, "conflux-espace").startswith("address:evm/")


def test_the_type_of_a_conflux_address_must_be_true_and_is_dropped() -> None:
    user = "AAKKFZEZNS4H8YMX1CGMCND4X3AEV6E2HEXZ250YM5"
    assert address(f"CFX:TYPE.USER:{user}") == f"address:conflux/cfx:{user.lower()}"
    for wrong in (f"CFX:TYPE.CONTRACT:{user}", f"cfx:{user}", "cfxtest:aatp533cg7d0agbd87kz48nj1mpnkca8be1rz695j4"):
        with pytest.raises(IdentifierError):
            address(wrong)
    with pytest.raises(IdentifierError, match="0x0, 0x1 or 0x8"):
        address("0x" + "a" * 40, "conflux")


@given(conflux, st.integers(4, 45))
def test_a_mistyped_conflux_address_is_refused(text: str, place: int) -> None:
    with pytest.raises(IdentifierError, match="CIP-37"):
        address(swap(text, place, "abcdefghjkmnprstuvwxyz0123456789"))


@pytest.mark.parametrize(("text", "chain"), OTHERS.items())
def test_other_coins_are_known_by_their_shape(text: str, chain: str) -> None:
    assert address(text) == address(text, chain) == f"address:{chain}/{text}"
    wrong = text[:-2] + ("a" if text[-2] != "a" else "b") + text[-1]
    with pytest.raises(IdentifierError):
        address(wrong)


def test_bitcoin_cash_has_one_spelling_for_two_formats() -> None:
    pairs = {
        "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu": "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC": "ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
    }
    for legacy, cash in pairs.items():
        spellings = (legacy, cash, cash.upper(), f"bitcoincash:{cash}")
        assert {address(t, "BCH") for t in spellings} == {f"address:bitcoin-cash/{cash}"}
        assert address(legacy) == f"address:bitcoin/{legacy}"


def test_a_chain_that_nobody_knows_keeps_its_addresses_as_they_stand() -> None:
    assert address("3PKVM8fRTDav64MSMHEMbA9rXvo1bUc1hyS", "WAVES") == "address:waves/3PKVM8fRTDav64MSMHEMbA9rXvo1bUc1hyS"
    with pytest.raises(IdentifierError):
        address("no address at all", "WAVES")


@pytest.mark.parametrize("text", ["", "0x123", "T123", "hello", "0x" + "g" * 40, "41" + "a" * 38])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError):
        address(text)


@given(keys)
def test_a_key_is_one_address_on_every_evm_chain(key: bytes) -> None:
    raw = "0x" + key.hex()
    assert len({address(raw, chain) for chain in ("", "ethereum", "bsc", "polygon", "base", "conflux-espace")}) == 1
    assert keccak(b"").hex().startswith("c5d24601")


@pytest.mark.data
def test_every_sanctioned_address_is_one_we_can_name() -> None:
    root = Path(os.environ.get("CUTLINE_REFERENCE_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
    files = sorted((root / "ofac").glob("sanctioned_addresses_*.txt"))
    if not files:
        pytest.skip(f"no OFAC lists under {root}; set CUTLINE_REFERENCE_DATA")
    for file in files:
        ticker = file.stem.rpartition("_")[2]
        for line in file.read_text().split():
            assert clean("address", line, Context("ofac", chain=ticker)) == clean("address", line, Context("x", chain=ticker))


def test_context_is_not_needed_to_read_an_id() -> None:
    assert clean("address", f"tron/{USDT}", HERE) == f"address:tron/{USDT}"
