"""Closed cases: what officers decided about subjects, as far as it stands, becomes what a score can learn from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cutline.model.index import Index
from cutline.model.judgements import Judgement, Resolution, Verdict, closed_cases
from cutline.model.moments import to_us
from cutline.risk.decided import DecidedCases

LABEL = {Verdict.FRAUD: 1, Verdict.INNOCENT: 0}


def decided_cases(index: Index, judgements: Iterable[Judgement], resolution: Resolution) -> DecidedCases:
    """Give every subject's latest verdict in force; subjects that the index does not know have nothing to learn from."""
    latest: dict[int, tuple[int, int]] = {}
    for judgement in sorted(closed_cases(judgements), key=lambda j: (j.decided_at, j.recorded_at, j.judgement_id)):
        code = index.code(resolution.of(judgement.subjects[0]))
        if code >= 0:
            latest[code] = (to_us(judgement.decided_at), LABEL[judgement.verdict])
    codes = sorted(latest)
    return DecidedCases(
        np.array(codes, np.int32),
        np.array([latest[code][0] for code in codes], np.int64),
        np.array([latest[code][1] for code in codes], np.int8),
    )
