import time

import numpy as np
import pytest

from cutline.pipeline.stages import Stages, give_back


def test_a_stage_says_its_time_and_its_peak():
    give_back()  # what earlier tests left behind would go back between the two stages
    stages = Stages()
    with stages.stage("small"):
        pass
    with stages.stage("big"):
        held = np.ones(40_000_000, np.uint8)
        time.sleep(0.15)
        del held
    small, big = stages.done
    assert (small.name, big.name) == ("small", "big")
    assert big.peak_mb > small.peak_mb + 25
    assert 0.1 < big.seconds < 5


def test_a_failed_stage_is_still_listed():
    stages = Stages()
    with pytest.raises(ValueError, match="no"), stages.stage("bad"):
        raise ValueError("no")
    assert [s.name for s in stages.done] == ["bad"]
