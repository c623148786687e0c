"""What ties, tags and facts say of entities at a moment, looked up row by row."""

from __future__ import annotations

from typing import Any

from cutline.graph.index import NULL, Index
from cutline.typologies.vocabulary import LINKS
from tests.typologies.reference_values import INF, F, T


class Records:
    def __init__(self, index: Index) -> None:
        self.index = index

    def tied(self, subject: int, entity: int, via: str, t: int | None) -> bool:
        ties = self.index.tables["ties"]
        relations = [ties.category("relation", r) for r in LINKS[via].relations]
        for a, b, relation, begins, ends in zip(
            *(ties.columns[c].tolist() for c in ("a", "b", "relation", "valid_from", "valid_to")), strict=True
        ):
            valid = t is None or ((begins == NULL or begins <= t) and (ends == NULL or t < ends))
            right = entity in (-1, a, b) and kind_of_id(self.index.entity(b if a == subject else a)) in LINKS[via].kinds
            if (
                relation in relations
                and subject in (a, b)
                and (entity == -1 or {a, b} == {subject, entity})
                and right
                and valid
            ):
                return True
        return False

    def opened(self, subject: int) -> float:
        facts = self.index.tables["facts"]
        rows = zip(*(facts.columns[c].tolist() for c in ("entity", "attribute", "valid_from")), strict=True)
        opened = facts.category("attribute", "opened_at")
        return max((float(t) for entity, attribute, t in rows if (entity, attribute) == (subject, opened)), default=-INF)

    def tagged(self, entity: int, name: str, t: int) -> set[str]:
        tags = self.index.tables["tags"]
        if tags.coverage.from_us is None:
            return {T, F}
        for who, tag, begins, ends in zip(
            *(tags.columns[c].tolist() for c in ("entity", "tag", "valid_from", "valid_to")), strict=True
        ):
            if (
                who == entity
                and tag == tags.category("tag", name)
                and (begins == NULL or begins <= t)
                and (ends == NULL or t < ends)
            ):
                return {T}
        return {F}

    def _held(self, table: str, t: int, **wanted: Any) -> list[dict[str, Any]]:
        """The rows of a table of spells that hold at a moment, by their beginning."""
        rows = self.index.tables[table]
        columns = {c: rows.columns[c].tolist() for c in rows.columns}
        every = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        open_ = [
            r
            for r in every
            if (r["valid_from"] == NULL or r["valid_from"] <= t) and (r["valid_to"] == NULL or t < r["valid_to"])
        ]
        return sorted((r for r in open_ if all(r[c] == v for c, v in wanted.items())), key=lambda r: int(r["valid_from"]))

    def fact(self, entity: int, name: str, t: int) -> str | None:
        facts = self.index.tables["facts"]
        held = self._held("facts", t, entity=entity, attribute=facts.category("attribute", name))
        latest = {str(facts.texts["value"][r["value"]]) for r in held if r["valid_from"] == held[-1]["valid_from"]}
        return latest.pop() if len(latest) == 1 else None

    def age(self, entity: int, t: int) -> float | None:
        facts = self.index.tables["facts"]
        rows = zip(*(facts.columns[c].tolist() for c in ("entity", "attribute", "valid_from")), strict=True)
        mine = [f for e, a, f in rows if e == entity and a == facts.category("attribute", "opened_at") and NULL < f <= t]
        return (t - max(mine)) / 1e6 if mine else None

    def _same(self, person: int) -> int:
        """The one token that stands for a person."""
        ties = self.index.tables["ties"]
        rows = list(zip(*(ties.columns[c].tolist() for c in ("a", "b", "relation")), strict=True))
        group, grown = {person}, True
        while grown:
            grown = False
            for a, b, relation in rows:
                if relation == ties.category("relation", "same_as") and (a in group) != (b in group):
                    group, grown = group | {a, b}, True
        return min(group)

    def tied_to(self, one: int, other: int, relation: str, t: int) -> set[str]:
        ties = self.index.tables["ties"]

        def owners(x: int) -> set[int]:
            held = self._held("ties", t, b=x, relation=ties.category("relation", "owns"))
            mine = {x} if kind_of_id(self.index.entity(x)) in ("person", "organisation") else set()
            return {self._same(o) for o in mine | {int(r["a"]) for r in held}}

        mine, theirs = owners(one) | {self._same(one)}, owners(other) | {self._same(other)}
        if relation == "owner":
            found, told = bool(mine & theirs), "owns"
        else:
            held = self._held("ties", t, relation=ties.category("relation", relation))
            pairs = {(self._same(r["a"]), self._same(r["b"])) for r in held}
            found, told = any((p, q) in pairs or (q, p) in pairs for p in mine for q in theirs), relation
        delivered = ties.category("relation", told) in ties.columns["relation"].tolist()
        return {T} if found else {F} if delivered and owners(one) and owners(other) else {T, F}


def kind_of_id(entity: str) -> str:
    return entity.partition(":")[0]
