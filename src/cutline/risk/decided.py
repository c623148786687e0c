"""What is known of an entity: findings by typology, lists, conduct and neighbours, as columns that trees can learn from.

Every column is one that the rank uses too; no protected attribute is among them, and no id. Where sense demands a direction,
the trees are bound to it: more of a finding never lowers a score, more ordinary conduct never raises it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutline.model.entities import ENTITY_KINDS, Label
from cutline.model.index import KIND_NAMES
from cutline.risk.links import LINKS
from cutline.risk.ranking import Ranking


@dataclass(frozen=True, slots=True)
class DecidedCases:
    """Closed cases: dense codes of the subjects, each once, when decided (µs, UTC), and 1 (fraud) or 0 (innocent)."""

    subject: NDArray[np.int32]
    decided_us: NDArray[np.int64]
    label: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of some entities: float32 (entities, columns), what each is called, and which way it may move a score."""

    values: NDArray[np.float32]
    labels: tuple[Label, ...]
    rises: tuple[int, ...]


def columns_of(ranking: Ranking, codes: NDArray[np.int32]) -> Columns:
    """Describe entities by what the ranking knows of them. The order of findings changes nothing."""
    context = ranking.context
    told = [
        _finding_columns(ranking, codes),
        _message_columns(ranking, codes),
        [
            (Label("its own findings together", "自身线索合计"), 1, ranking.own[codes]),
            (Label("warnings that protect it", "作为潜在受害人的预警"), 0, ranking.warning[codes]),
            (Label("its neighbours together", "关联对象合计"), 1, ranking.neighbours[codes]),
            (Label("the rank before anything was learned", "学习前的排序分"), 1, ranking.score[codes]),
            (Label("lists that accuse it", "不利名单"), 1, context.listed[codes]),
            (Label("lists that explain it", "有利名单"), -1, context.harmless[codes]),
            (Label("named by people who reported a loss", "被报案人提及"), 1, context.named[codes]),
            (Label("a loss of its own was reported", "本人曾报案受损"), -1, context.victim[codes]),
            (Label("an ordinary history", "正常历史"), -1, context.ordinary[codes]),
        ],
        [(conduct.label, -1, conduct.shown[codes].astype(np.float64)) for conduct in context.conduct],
        [(_kind_label(kind), 0, (ranking.index.kinds[codes] == kind).astype(np.float64)) for kind in _kinds(ranking)],
    ]
    labels, rises, values = zip(*(column for group in told for column in group), strict=True)
    return Columns(np.stack(values, axis=1, dtype=np.float32, casting="same_kind"), tuple(labels), tuple(rises))


Named = list[tuple[Label, int, NDArray[np.float64]]]


def _finding_columns(ranking: Ranking, codes: NDArray[np.int32]) -> Named:
    """For each typology that accuses anybody: how strongly, after what stronger findings on the same rows said."""
    names = sorted({w.finding.typology for group in ranking.evidence.accusing.values() for w in group})
    at, out = {name: k for k, name in enumerate(names)}, np.zeros((len(codes), len(names)))
    for row, code in enumerate(codes.tolist()):
        for weighed in ranking.evidence.accusing.get(code, ()):
            out[row, at[weighed.finding.typology]] += weighed.weight
    return [(Label(f"finding: {name}", f"线索：{name}"), 1, out[:, at[name]]) for name in names]


def _message_columns(ranking: Ranking, codes: NDArray[np.int32]) -> Named:
    """For each kind of link: what all neighbours through it say together."""
    messages, size = ranking.messages, len(ranking.index)
    receiver = np.repeat(np.arange(size), np.diff(messages.begin))
    heard = -np.log1p(-np.minimum(messages.amount, 1 - 1e-9))
    out: Named = []
    for position, link in enumerate(LINKS):
        ours = messages.link == position
        if ours.any():
            said = -np.expm1(-np.bincount(receiver[ours], heard[ours], minlength=size))
            out.append((Label(f"neighbours through {link.label.en}", f"通过{link.label.zh}的关联"), 1, said[codes]))
    return out


def _kinds(ranking: Ranking) -> Sequence[int]:
    return [int(kind) for kind in np.unique(ranking.index.kinds)]


def _kind_label(kind: int) -> Label:
    label = ENTITY_KINDS[KIND_NAMES[kind]]
    return Label(f"what it is: {label.en}", f"对象类型：{label.zh}")


def belonging(ranking: Ranking, codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Number whom ties of identity bind: what belongs to one person must stand on one side of what is learned and judged."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    identity = np.array([link.identity for link in LINKS])[ranking.links.kind]
    a, b = ranking.links.a[identity], ranking.links.b[identity]
    size = len(ranking.index)
    group = connected_components(csr_matrix((np.ones(len(a)), (a, b)), (size, size)), directed=False)[1]
    return np.asarray(group[codes], np.int64)
