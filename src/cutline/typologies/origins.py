"""What an id itself tells: whether a place, number or account lies abroad, and what kind of line a number is.

`source_abroad`, `source_landline`, `source_mobile`, `place_abroad` … are conditions on a row. Home is mainland China, whose
numbering and institutions the ids of `model.identifiers` follow. Nothing here says who a person is or where they come from: a
number's plan and a place's country are facts about the event.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cutline.model.identifiers.phones import CHINESE_MOBILE
from cutline.model.index import Index, distinct

HOME = "CN"

_HOME_NUMBER = r"phone:\+86"
_SERVICE = rf"^(phone:[^+]|{_HOME_NUMBER}[48]00)"

ORIGINS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "abroad": (
        rf"^({_HOME_NUMBER}|phone:[^+]|place:{HOME}(/|$)|account:({HOME}/|IBAN/{HOME}))",
        "lies outside the mainland",
        ("phone", "place", "account"),
    ),
    "landline": (rf"^{_HOME_NUMBER}", "is a landline at home", ("phone",)),
    "mobile": (rf"^{_HOME_NUMBER}{CHINESE_MOBILE}$", "is a mobile number at home", ("phone",)),
}
"""Word → (pattern of ids, what it means, kinds of entity it is known for)."""


def tell_origin(index: Index, codes: NDArray[np.int32], word: str) -> NDArray[np.int8]:
    """Tell for each code of a column whether the word holds of its entity: 1, 0, or -1 where the kind has no such thing.

    Each id is looked at once, however many rows it stands in.
    """
    used = distinct(codes[codes >= 0])
    names = index.entities.take(pa.array(used))
    told = np.full(len(index) + 1, -1, np.int8)
    known = np.zeros(len(used), np.bool_)
    for kind in ORIGINS[word][2]:
        known |= _matches(names, rf"^{kind}:")
    held = _holds(names, word).astype(np.int8)
    told[used[known]] = held[known]
    return np.asarray(told[codes], np.int8)


def _holds(names: pa.Array, word: str) -> NDArray[np.bool_]:
    held = _matches(names, ORIGINS[word][0])
    if word == "abroad":
        return ~held
    if word == "landline":
        return held & ~_matches(names, ORIGINS["mobile"][0]) & ~_matches(names, _SERVICE)
    return held


def _matches(names: pa.Array, pattern: str) -> NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(names, pattern).to_numpy(zero_copy_only=False), np.bool_)
