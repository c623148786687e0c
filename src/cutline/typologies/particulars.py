"""What records say about an entity at a moment: its facts, how old it is, and to whom its holder is tied.

A fact holds from `valid_from` until `valid_to`; of several that hold, the one that began last counts. What nobody recorded is
unknown, never false. Tokens that issuers say are one person are one person here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cutline.graph.coverage import ALWAYS, NEVER
from cutline.graph.index import ABSENT, KIND_NAMES, NULL
from cutline.model.kernels import inner, kernel
from cutline.typologies.evaluator import FALSE, TRUE, UNKNOWN, Bounds, Truth
from cutline.typologies.rows import Rows
from cutline.typologies.trees import Ask
from cutline.typologies.vocabulary import SAME_OWNER

Codes = NDArray[np.int32]
Moments = NDArray[np.int64]


class Spells(NamedTuple):
    """Values of entities in [begins, ends): those of entity e are `pointer[e] … pointer[e + 1]`, by their beginning."""

    pointer: Moments
    begins: Moments
    ends: Moments
    values: Moments


class Web(NamedTuple):
    """Who owns what, what one relation ties, which token stands for a person, and who can own at all."""

    owners: Spells
    ties: Spells
    persons: Moments
    owning: NDArray[np.bool_]


@dataclass(slots=True)
class Particulars:
    """Facts and ties of an index, sorted by entity once for each attribute and relation that somebody asks for."""

    rows: Rows
    _facts: dict[str, Spells] = field(default_factory=dict)
    _owners: Spells | None = None
    _relations: dict[str, Spells] = field(default_factory=dict)
    _persons: Moments | None = None

    def answer(self, ask: Ask, entities: Codes, t_us: Moments, others: Codes | None = None) -> Bounds | Truth:
        """Answer for each entity at its moment; `others` stand on the other side of a tie."""
        if ask.what == "tied":
            return self._tied(ask.name, entities, entities if others is None else others, t_us)
        low, high = np.full(len(entities), -np.inf), np.full(len(entities), np.inf)
        if ask.what == "fact":
            _hold(self._spells(ask.name), entities, t_us, low, high)
        else:
            low[:] = 0.0
            _age(self._spells("opened_at"), entities, t_us, low, high)
        return low, high

    def value(self, text: str) -> int:
        """Give the code of a fact's text, ABSENT where no fact says it."""
        texts = self.rows.table("facts").texts.get("value")
        found = -1 if texts is None or not len(texts) else pc.index(texts, text).as_py()
        return ABSENT if found < 0 else int(found)

    def _spells(self, attribute: str) -> Spells:
        if attribute not in self._facts:
            table = self.rows.table("facts")
            at = np.empty(0, np.int64)
            if len(table):
                at = np.flatnonzero(table.columns["attribute"] == table.category("attribute", attribute))
            if attribute == "opened_at":
                at = at[table.columns["valid_from"][at] != NULL] if len(at) else at
                values = np.zeros(len(at), np.int64)
            else:
                values = table.columns["value"][at].astype(np.int64) if len(at) else np.empty(0, np.int64)
            who = table.columns["entity"][at] if len(at) else np.empty(0, np.int32)
            self._facts[attribute] = self._sorted("facts", at, who, values)
        return self._facts[attribute]

    def _sorted(self, name: str, at: Moments, who: Codes, values: Moments) -> Spells:
        table = self.rows.table(name)
        begins = table.columns["valid_from"][at] if len(at) else np.empty(0, np.int64)
        ends = table.columns["valid_to"][at] if len(at) and "valid_to" in table.columns else np.full(len(at), NULL)
        return _spells(len(self.rows.index), who, np.where(begins == NULL, ALWAYS, begins), _open(ends), values)

    def _tied(self, relation: str, one: Codes, other: Codes, t_us: Moments) -> Truth:
        persons, owners = self._people()
        out = np.full(len(one), UNKNOWN, np.uint8)
        ties = self._ties(relation, persons)
        delivered = len(owners.values) > 0 if relation == SAME_OWNER else len(ties.values) > 0
        web = Web(owners, ties, persons, people(self.rows))
        _mark_tied(web, (relation == SAME_OWNER, delivered), one, other, t_us, out)
        return out

    def _ties(self, relation: str, persons: Moments) -> Spells:
        """The entities that a relation leads to, from either end."""
        if relation not in self._relations:
            at = self._rows_of(relation)
            columns = self.rows.table("ties").columns
            a, b = (persons[columns[end][at]] if len(at) else np.empty(0, np.int64) for end in ("a", "b"))
            both = np.concatenate([at, at])
            self._relations[relation] = self._sorted(
                "ties", both, np.concatenate([a, b]).astype(np.int32), np.concatenate([b, a]).astype(np.int64)
            )
        return self._relations[relation]

    def _people(self) -> tuple[Moments, Spells]:
        """Give the one token that stands for each person, and who owns each entity; people are their own."""
        if self._persons is None or self._owners is None:
            index, columns = self.rows.index, self.rows.table("ties").columns
            same = self._rows_of("same_as")
            links = np.ones(len(same), np.bool_)
            ends = tuple(columns[end][same] if len(same) else np.empty(0, np.int32) for end in ("a", "b"))
            graph = coo_array((links, ends), shape=(len(index), len(index)))
            count, part = connected_components(graph, directed=False)
            first = np.full(count, len(index), np.int64)
            np.minimum.at(first, part, np.arange(len(index)))
            self._persons = first[part]
            at = self._rows_of("owns")
            who = columns["b"][at] if len(at) else np.empty(0, np.int32)
            owner = self._persons[columns["a"][at]] if len(at) else np.empty(0, np.int64)
            self._owners = self._sorted("ties", at, who, owner)
        return self._persons, self._owners

    def _rows_of(self, relation: str) -> Moments:
        table = self.rows.table("ties")
        if relation == SAME_OWNER or not len(table):
            return np.empty(0, np.int64)
        return np.flatnonzero(table.columns["relation"] == table.category("relation", relation))


def people(rows: Rows) -> NDArray[np.bool_]:
    """Tell which entities can own others."""
    return np.isin(rows.index.kinds, [KIND_NAMES.index(kind) for kind in ("person", "organisation")])


def _open(ends: Moments) -> Moments:
    return np.where(ends == NULL, NEVER, ends)


def _spells(count: int, who: Codes, begins: Moments, ends: Moments, values: Moments) -> Spells:
    order = np.lexsort((values, begins, who))
    pointer = np.searchsorted(who[order], np.arange(count + 1)).astype(np.int64)
    return Spells(pointer, begins[order], ends[order], values[order])


@kernel
def _hold(spells: Any, entities: Any, t_us: Any, low: Any, high: Any) -> None:
    """The value that holds at each moment; two that began together and differ leave it unknown."""
    for i in range(len(entities)):
        if entities[i] < 0:
            continue
        best = -1
        for k in range(spells.pointer[entities[i]], spells.pointer[entities[i] + 1]):
            if spells.begins[k] <= t_us[i] < spells.ends[k]:
                together = best >= 0 and spells.begins[best] == spells.begins[k]
                doubtful = together and (low[i] != high[i] or low[i] != spells.values[k])
                best = k
                low[i] = -np.inf if doubtful else spells.values[k]
                high[i] = np.inf if doubtful else spells.values[k]


@kernel
def _age(spells: Any, entities: Any, t_us: Any, low: Any, high: Any) -> None:
    """Seconds since the latest opening."""
    for i in range(len(entities)):
        if entities[i] < 0:
            continue
        for k in range(spells.pointer[entities[i]], spells.pointer[entities[i] + 1]):
            if spells.begins[k] <= t_us[i]:
                low[i] = high[i] = (t_us[i] - spells.begins[k]) / 1e6


@inner
def _stands_for(web: Any, who: int, candidate: int, t: int) -> bool:
    if web.persons[who] == candidate:
        return True
    for k in range(web.owners.pointer[who], web.owners.pointer[who + 1]):
        if web.owners.values[k] == candidate and web.owners.begins[k] <= t < web.owners.ends[k]:
            return True
    return False


@inner
def _is_related(web: Any, same: bool, p: int, other: int, t: int) -> bool:
    """Whether p owns the other or is it (`same`), or is tied to it or to its owner."""
    if same:
        return _stands_for(web, other, p, t)
    for k in range(web.ties.pointer[p], web.ties.pointer[p + 1]):
        if web.ties.begins[k] <= t < web.ties.ends[k] and _stands_for(web, other, web.ties.values[k], t):
            return True
    return False


@inner
def _is_owned(web: Any, who: int, t: int) -> bool:
    if web.owning[who]:
        return True
    for k in range(web.owners.pointer[who], web.owners.pointer[who + 1]):
        if web.owners.begins[k] <= t < web.owners.ends[k]:
            return True
    return False


@kernel
def _mark_tied(web: Any, asked: Any, one: Any, other: Any, t_us: Any, out: Any) -> None:
    """Whether two entities, or those who own them, are tied; unknown where an owner is not known."""
    same, delivered = asked
    for i in range(len(out)):
        x, y, t = one[i], other[i], t_us[i]
        if x < 0 or y < 0:
            continue
        found = _is_related(web, same, web.persons[x], y, t)
        for k in range(web.owners.pointer[x], web.owners.pointer[x + 1]):
            if web.owners.begins[k] <= t < web.owners.ends[k]:
                found = found or _is_related(web, same, web.owners.values[k], y, t)
        if found:
            out[i] = TRUE
        elif delivered and _is_owned(web, x, t) and _is_owned(web, y, t):
            out[i] = FALSE
