"""Chains by name: which addresses they use, their native coin, and the names they go by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cutline.errors import IdentifierError
from cutline.model.entities import Label

EVM, TRON, BITCOIN, CONFLUX = "evm", "tron", "bitcoin", "conflux"


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain. `family` names its addresses: all EVM chains share `evm`, others have their own name."""

    name: str
    family: str
    coin: str
    decimals: int
    label: Label
    aliases: tuple[str, ...] = ()


def _evm(name: str, coin: str, label: Label, *aliases: str) -> Chain:
    return Chain(name, EVM, coin, 18, label, aliases)


def _own(name: str, coin: str, decimals: int, label: Label, *aliases: str) -> Chain:
    return Chain(name, name, coin, decimals, label, aliases)


CHAINS: dict[str, Chain] = {
    chain.name: chain
    for chain in (
        _own("tron", "TRX", 6, Label("Tron", "波场"), "trx", "trc20", "trc10", "trongrid"),
        _evm("ethereum", "ETH", Label("Ethereum", "以太坊"), "eth", "erc20", "mainnet", "erc721", "omni-eth"),
        _evm("bsc", "BNB", Label("BNB Smart Chain", "币安智能链"), "bnb", "bep20", "binance-smart-chain", "bnb-smart-chain"),
        _evm("polygon", "POL", Label("Polygon", "Polygon"), "matic", "pol"),
        _evm("conflux-espace", "CFX", Label("Conflux eSpace", "树图eSpace"), "espace", "cfx-espace", "conflux-evm"),
        _evm("arbitrum", "ETH", Label("Arbitrum", "Arbitrum"), "arb", "arbitrum-one"),
        _evm("optimism", "ETH", Label("Optimism", "Optimism"), "op"),
        _evm("base", "ETH", Label("Base", "Base")),
        _evm("avalanche", "AVAX", Label("Avalanche C", "雪崩C链"), "avax", "avalanche-c"),
        _evm("fantom", "FTM", Label("Fantom", "Fantom"), "ftm"),
        _evm("ethereum-classic", "ETC", Label("Ethereum Classic", "以太坊经典"), "etc"),
        _evm("heco", "HT", Label("HECO", "火币生态链"), "ht"),
        _evm("okc", "OKT", Label("OKX Chain", "欧易链"), "okt", "okexchain"),
        _own("conflux", "CFX", 18, Label("Conflux core", "树图核心空间"), "cfx", "conflux-core"),
        _own("bitcoin", "BTC", 8, Label("Bitcoin", "比特币"), "btc", "xbt", "omni"),
        _own("litecoin", "LTC", 8, Label("Litecoin", "莱特币"), "ltc"),
        _own("dogecoin", "DOGE", 8, Label("Dogecoin", "狗狗币"), "doge"),
        _own("bitcoin-cash", "BCH", 8, Label("Bitcoin Cash", "比特币现金"), "bch", "bitcoincash"),
        _own("bitcoin-sv", "BSV", 8, Label("Bitcoin SV", "比特币SV"), "bsv"),
        _own("bitcoin-gold", "BTG", 8, Label("Bitcoin Gold", "比特币黄金"), "btg"),
        _own("dash", "DASH", 8, Label("Dash", "达世币")),
        _own("zcash", "ZEC", 8, Label("Zcash", "大零币"), "zec"),
        _own("verge", "XVG", 6, Label("Verge", "Verge"), "xvg"),
        _own("monero", "XMR", 12, Label("Monero", "门罗币"), "xmr"),
        _own("ripple", "XRP", 6, Label("XRP Ledger", "瑞波"), "xrp", "xrpl"),
        _own("solana", "SOL", 9, Label("Solana", "Solana"), "sol"),
        _own("ton", "TON", 9, Label("TON", "TON"), "toncoin"),
    )
}

_BY_ALIAS = {alias: chain.name for chain in CHAINS.values() for alias in (chain.name, *chain.aliases)}
_SEVERAL_CHAINS = frozenset({"usdt", "usdc", "dai", "busd", "tusd", "usdd", "fdusd", "usde", "weth", "wbtc", EVM})
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.\-]{0,38}[a-z0-9])?")


def chain_name(text: str) -> str:
    """Give the one name of a chain, whatever ticker or alias it is written by; an unknown one keeps its lower-case spelling.

    Empty where no chain is said, or only a token that lives on several.
    """
    name = re.sub(r"[\s_]+", "-", text.strip().lower())
    if not name or name in _SEVERAL_CHAINS:
        return ""
    if name in _BY_ALIAS:
        return _BY_ALIAS[name]
    if not _NAME.fullmatch(name):
        raise IdentifierError("chain", text, "the name of a chain, such as ethereum, tron or conflux-espace")
    return name


def family_of(chain: str) -> str:
    """Give whose addresses a chain uses: `evm` for all EVM chains, else the chain's own name."""
    known = CHAINS.get(chain)
    return known.family if known else chain
