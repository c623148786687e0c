"""What is paid with: currencies with their minor digits, coins of chains, tokens by contract, and their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from cutline.errors import IdentifierError
from cutline.model.identifiers.chains import CHAINS, chain_name
from cutline.model.identifiers.tokens import clean_contract

NATIVE = "native"
EXPECTED = "an ISO 4217 code, <chain>/<contract> or <chain>/native"

CURRENCIES: dict[str, int] = {
    **dict.fromkeys(
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
        CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW
        KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
        PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
        UAH USD UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
        """.split(),
        2,
    ),
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
"""Minor digits by currency, ISO 4217 list one."""

_OTHER_NAMES = {
    "RMB": "CNY",
    "CN¥": "CNY",
    "¥": "CNY",
    "人民币": "CNY",
    "元": "CNY",
    "E-CNY": "CNY",
    "ECNY": "CNY",
    "DCEP": "CNY",
    "数字人民币": "CNY",
}


class Token(NamedTuple):
    """A well-known token: its chain, the name people use, its contract and its decimals."""

    chain: str
    symbol: str
    contract: str
    decimals: int


TOKENS = (
    Token("tron", "USDT", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", 6),
    Token("tron", "USDC", "TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8", 6),
    Token("ethereum", "USDT", "0xdAC17F958D2ee523a2206206994597C13D831ec7", 6),
    Token("ethereum", "USDC", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", 6),
    Token("ethereum", "DAI", "0x6B175474E89094C44Da98b954EedeAC495271d0F", 18),
    Token("ethereum", "WETH", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", 18),
    Token("ethereum", "WBTC", "0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599", 8),
    Token("bsc", "USDT", "0x55d398326f99059fF775485246999027B3197955", 18),
    Token("bsc", "USDC", "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", 18),
    Token("bsc", "BUSD", "0xe9e7CEA3DedcA5984780Bafc599bD69ADd087D56", 18),
    Token("bsc", "WBNB", "0xbb4CdB9CBd36B01bD1cBaEBF2De08d9173bc095c", 18),
    Token("polygon", "USDT", "0xc2132D05D31c914a87C6611C10748AEb04B58e8F", 6),
    Token("polygon", "USDC", "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", 6),
    Token("arbitrum", "USDT", "0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9", 6),
    Token("arbitrum", "USDC", "0xaf88d065e77c8cC2239327C5EDb3A432268e5831", 6),
)
TOKEN_DECIMALS, MOST_DECIMALS = "token_decimals", 36
"""The fact of a contract that says how many decimals its token has, `asset decimals version`; and the most that is believed."""


class ToldDecimals(NamedTuple):
    """What a delivered list says of a token: its decimals, and which list that is."""

    decimals: int
    by: str


_TOLD: dict[str, ToldDecimals] = {}
_BY_SYMBOL = {(token.chain, token.symbol): f"{token.chain}/{token.contract}" for token in TOKENS}
_BY_ASSET = {f"{token.chain}/{token.contract}": token for token in TOKENS}
CHAIN_WRAPPED = frozenset(
    f"{token.chain}/{token.contract}" for token in TOKENS if token.symbol == f"W{CHAINS[token.chain].coin}"
)
"""Tokens that stand for their chain's own coin, one for one."""

_COINS = {chain.coin: f"{chain.name}/{NATIVE}" for chain in reversed(CHAINS.values()) if chain.coin != "CFX"} | {
    "XBT": f"bitcoin/{NATIVE}",
    "MATIC": f"polygon/{NATIVE}",
}
_ONE_OF_ITS_KIND = re.compile(r"[^/]+/[^/]+/[^/]+")


def asset_id(symbol_or_id: str, chain: str = "", contract: str | None = None) -> str:
    """Give the asset's id: of the contract where one is said, else of the symbol on that chain, else as `canonical_asset`.

    >>> asset_id("USDT", "tron")
    'tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t'
    """
    place = chain_name(chain)
    if contract:
        if not place:
            raise IdentifierError("asset", contract, "the chain of the contract")
        return f"{place}/{clean_contract(contract.strip(), place)}"
    if place and "/" not in symbol_or_id:
        symbol = symbol_or_id.strip().upper()
        if place in CHAINS and symbol in (CHAINS[place].coin, NATIVE.upper()):
            return f"{place}/{NATIVE}"
        if (place, symbol) in _BY_SYMBOL:
            return _BY_SYMBOL[(place, symbol)]
    return canonical_asset(symbol_or_id)


def canonical_asset(text: str) -> str:
    """Give the one spelling of an asset: `CNY`, `tron/native`, `ethereum/0xdAC1…` (EIP-55).

    A coin's ticker alone names its own chain; a token's symbol such as USDT alone is refused, for it lives on several. A third
    part names one token of a contract that issues single pieces.
    """
    spelled = text.strip()
    chain, slash, rest = spelled.partition("/")
    if not slash:
        code = _OTHER_NAMES.get(spelled.upper(), spelled.upper())
        if code in CURRENCIES:
            return code
        if code in _COINS:
            return _COINS[code]
        raise IdentifierError("asset", text, EXPECTED)
    place = chain_name(chain)
    contract, piece, token = rest.partition("/")
    if not place or not contract or (piece and not token):
        raise IdentifierError("asset", text, EXPECTED)
    if contract.lower() == NATIVE:
        return f"{place}/{NATIVE}"
    symbol = _BY_SYMBOL.get((place, contract.upper()))
    if symbol and not piece:
        return symbol
    return f"{place}/{clean_contract(contract, place)}" + (f"/{token}" if piece else "")


def is_piece(asset: str) -> bool:
    """Tell whether an asset is one single piece, such as an NFT: `<chain>/<contract>/<token>`."""
    return _ONE_OF_ITS_KIND.fullmatch(asset) is not None


def take_decimals(told: Mapping[str, ToldDecimals]) -> None:
    """Take over what the lists of the open workspace say of tokens, instead of what others said before."""
    _TOLD.clear()
    _TOLD.update(told)


def is_well_known(asset: str) -> bool:
    """Tell whether a token is one of `TOKENS`: no list overrules what is known of it."""
    return asset in _BY_ASSET


def decimals_told_by(asset: str) -> str:
    """Say by which delivered list a token's decimals are known; empty where no list is needed, or none tells them."""
    return _TOLD[asset].by if asset in _TOLD and not is_well_known(asset) else ""


def decimals_of(asset: str) -> int | None:
    """Give how many decimals an asset's main unit has; 0 for a single piece, None where nobody said."""
    if asset in CURRENCIES:
        return CURRENCIES[asset]
    if asset in _BY_ASSET:
        return _BY_ASSET[asset].decimals
    chain, _, rest = asset.partition("/")
    if rest == NATIVE:
        return CHAINS[chain].decimals if chain in CHAINS else None
    if asset in _TOLD:
        return _TOLD[asset].decimals
    return 0 if is_piece(asset) else None


def display_asset(asset: str) -> str:
    """Give an asset's everyday name: `CNY`, `TRX`, `USDT (Tron)`; the id itself where it has none."""
    chain, _, rest = asset.partition("/")
    if asset in _BY_ASSET:
        return f"{_BY_ASSET[asset].symbol} ({CHAINS[chain].label.en})"
    if rest == NATIVE and chain in CHAINS:
        return CHAINS[chain].coin
    return asset


def symbol_of(asset: str) -> str:
    """Give the short name that stands behind an amount: `USDT`, `TRX`, `CNY`; the id itself where it has none."""
    return _BY_ASSET[asset].symbol if asset in _BY_ASSET else display_asset(asset)
