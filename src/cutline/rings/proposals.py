"""What an alert proposes for each entity: one action or none, with its reason. A person decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cutline.graph.index import KIND_NAMES
from cutline.model.assets import display_asset
from cutline.model.entities import ENTITY_KINDS, Label
from cutline.model.evidence import Action, Ending, Proposal
from cutline.model.stakes import Stake
from cutline.risk import Ranking

STRONG = 0.6
"""Score from which a tool is suspended rather than limited (D)."""

PERSON = Label(
    "a person is restricted only by an officer's own judgement, not on a rank", "对人的限制须由办案人员认定，不因评分作出"
)
MAJOR = 0.8
"""Score from which suspicion is major, if findings of two kinds carry it (D)."""

BOTH_GROUNDS = Label(
    "about to leave for a hot spot at their own expense, and under major suspicion; both grounds stand",
    "拟自费前往热点地区，且有重大嫌疑，两项条件同时具备",
)
ONE_GROUND = Label(
    "about to leave for a hot spot, but the suspicion is not major: one ground alone is not enough",
    "拟前往热点地区但嫌疑不属重大，单一条件不足以限制出境",
)
HOLDING = frozenset({"holder-of-suspect-tools", "cards-of-a-dealer", "card-dealer"})
"""What is found of persons because of what stands in their name: they may have lent or sold it, or never have known."""

ASK_FIRST = Label(
    "suspect tools stand in their name and nothing shows who works them: ask first whether they were lent, sold, opened by "
    "others or under force",
    "名下有可疑号卡、账户，由谁使用不明：先核查系出租出借、出售、被冒用还是被胁迫",
)
SILENT = frozenset({"silent-after-lure"})
"""What is found of the tools of those who were lured: nobody works them, and they may be the only line to their owner."""

OWNED_BY_LURED = Label(
    "silent since its owner was lured away: nothing is to be stopped there, its owner may be held",
    "机主被招工诱骗后静默，无需处置，机主可能被胁迫",
)
OWNED_BY_SCREENED = Label("its holder must be screened for coercion first; only limited", "持有人须先行受害筛查，仅作功能限制")
TIED_TO_SCREENED = Label(
    "registered with or used through a tool whose holder must be screened for coercion first; only limited",
    "其绑定或关联的号码、设备持有人须先行受害筛查，仅作功能限制",
)


PROLONG = Label("frozen already: prolong the freeze and prepare the return", "已冻结：续冻并准备返还")


@dataclass(frozen=True, slots=True)
class Situation:
    """What proposals depend on beside the rank.

    coerced   persons on whom a coercion indicator stands, with what it is
    lifelines tools of those persons → whether one of them holds it, and not only a tool that it hangs on
    located   what traces left at an entity, by asset and how it ended
    fresh     entities whose last finding is so recent that money may still be there
    leaving   persons about to leave for a hot spot at their own expense
    """

    coerced: Mapping[int, tuple[Label, ...]]
    lifelines: Mapping[int, bool]
    located: Mapping[int, tuple[Stake, ...]]
    fresh: frozenset[int]
    leaving: frozenset[int] = frozenset()


def propose(ranking: Ranking, code: int, situation: Situation) -> Proposal:
    """Propose one action, or none, for one entity that an alert names."""
    kind = KIND_NAMES[ranking.index.kinds[code]]
    if kind == "person":
        action, why = _for_person(ranking, code, situation)
    elif _found(ranking, code) and _found(ranking, code) <= SILENT:
        action, why = Action.NONE, OWNED_BY_LURED
    else:
        action, why = _for_tool(kind, float(ranking.score[code]), code, situation)
        if action is not Action.NONE and code in situation.lifelines:
            action, why = Action.LIMIT, OWNED_BY_SCREENED if situation.lifelines[code] else TIED_TO_SCREENED
    return Proposal(ranking.index.entity(code), action, why.en, why.zh)


def _found(ranking: Ranking, code: int) -> set[str]:
    return {weighed.finding.typology for weighed in ranking.evidence.accusing.get(code, ())}


def _for_person(ranking: Ranking, code: int, situation: Situation) -> tuple[Action, Label]:
    indicators = situation.coerced.get(code, ())
    if not indicators and code in situation.leaving:
        major = float(ranking.score[code]) >= MAJOR and len(_found(ranking, code)) >= 2
        return (Action.EXIT_CONTROL, BOTH_GROUNDS) if major else (Action.NONE, ONE_GROUND)
    if not indicators:
        found = _found(ranking, code)
        return (Action.SCREEN, ASK_FIRST) if found and found <= HOLDING else (Action.NONE, PERSON)
    en, zh = ", ".join(label.en for label in indicators), "、".join(label.zh for label in indicators)
    return Action.SCREEN, Label(f"may be held against their will: {en}", f"可能被胁迫：{zh}")


def _for_tool(kind: str, score: float, code: int, situation: Situation) -> tuple[Action, Label]:
    what = ENTITY_KINDS[kind]
    strong = score >= STRONG
    held = situation.located.get(code, ())
    match kind:
        case "account" | "ecny_wallet":
            return _for_account(what, held, code in situation.fresh)
        case "address":
            return _for_address(held)
        case "phone" | "subscriber" | "handle" | "device":
            action = Action.SUSPEND if strong else Action.LIMIT
            return action, Label(f"this {what.en} serves fraud in its own findings", f"该{what.zh}自身发现指向诈骗")
        case "website":
            return Action.CLOSE, Label("this website serves fraud in its own findings", "该网站自身发现指向诈骗")
    return Action.NONE, Label(f"nothing can be done at this {what.en} itself", f"对该{what.zh}无可执行措施")


def _for_account(what: Label, held: Sequence[Stake], fresh: bool) -> tuple[Action, Label]:
    if fresh or any(stake.able for stake in held):
        return Action.STOP, Label("stolen money is or may still be there", "赃款在或可能仍在该账户")
    if _frozen(held):
        return Action.FREEZE, PROLONG
    return Action.LIMIT, Label(f"this {what.en} moved suspicious money; none is known to be left", "曾过渡可疑资金，余款不明")


def _for_address(held: Sequence[Stake]) -> tuple[Action, Label]:
    """Freeze what an issuer can freeze, or an exchange hold; say which coins nobody can."""
    lying = [stake for stake in held if stake.how is Ending.RESIDUAL]
    issued = sorted({(stake.issuer, display_asset(stake.asset)) for stake in lying if stake.able and stake.issuer})
    loose = sorted({display_asset(stake.asset) for stake in lying if not stake.able})
    others = any(stake.able and stake.how is not Ending.RESIDUAL for stake in held)
    en = [f"{issuer} can freeze {asset}" for issuer, asset in issued]
    zh = [f"{issuer}可冻结{asset}" for issuer, asset in issued]
    if others:
        en.append("who runs the service behind it can hold the customer's balance")
        zh.append("其后的服务机构可冻结客户余额")
    if loose:
        en.append(f"nobody can freeze {', '.join(loose)}: watch where it goes")
        zh.append(f"{'、'.join(loose)}无法冻结，监测去向")
    if issued or others:
        return Action.FREEZE, Label(f"stolen value was traced to it; {'; '.join(en)}", f"追踪到赃款；{'；'.join(zh)}")
    if loose:
        reason = Label("; ".join([*en, "exchanges can refuse what comes from it"]), "；".join([*zh, "请交易所限制其转入"]))
        return Action.LIMIT, reason
    if _frozen(held):
        return Action.FREEZE, PROLONG
    return Action.LIMIT, Label("exchanges hold what comes from it; none is known to be left", "请交易所限制其转入")


def _frozen(held: Sequence[Stake]) -> bool:
    return any(stake.how is Ending.FROZEN for stake in held)
