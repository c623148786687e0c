"""The language's meaning, written as slowly and plainly as possible: one event, one window, one row at a time.

It shares the parser with the product and nothing else: no plan, no programs, no kernels.
"""

from __future__ import annotations

from typing import Any

from cutline.graph.index import Index
from cutline.typologies.document import Document
from cutline.typologies.expressions import read_expression
from cutline.typologies.steps import kinds_of, read_steps
from cutline.typologies.trees import Scope, Tree
from tests.typologies.reference_match import Matcher
from tests.typologies.reference_story import Story
from tests.typologies.reference_values import E, F, T
from tests.typologies.reference_world import World


def judge(index: Index, document: Document) -> list[tuple[str, int, str]]:
    """Give (subject, time, outcome) at every event that a typology listens to."""
    world = World(index, document.text("subject"))
    steps = read_steps(document)
    if steps is not None:
        world.story = (Story if steps.linked else Matcher)(index, steps, kinds_of(steps, world.kind))
    when = ("and", [_tree(document, text) for text in _texts(document.plain("when"))])
    unless = [_tree(document, text) for text in _texts(document.plain("unless") or [])]
    on = world.story.last() if world.story else world.stream(tuple(document.text("on").split(".")), "")[0]
    out = []
    for subject in world.subjects:
        ticks = world.ticks(subject, list(when[1]), document.text("every")) if world.story is None else []
        for event in [*world.events(subject, on), *ticks]:
            truth = world.join("and", [world.truth(t, subject, event) for t in when[1]])
            if unless:
                spared = world.join("or", [world.truth(t, subject, event) for t in unless])
                truth = world.join("and", [truth, {{T: F, F: T, E: T}[o] for o in spared}])
            outcome = "hit" if truth == {T} else "not_assessable" if T in truth else "clear"
            out.append((index.entity(subject), event.t, outcome))
    return sorted(out)


def _texts(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    return [text for item in (node["all"] if isinstance(node, dict) else node) for text in _texts(item)]


def _tree(document: Document, text: str) -> Tree:
    return read_expression(text, Scope(document.place(document.nodes["when"]), text))
