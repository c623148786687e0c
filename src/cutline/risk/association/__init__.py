"""Association: what the events tie to reported losses and to suspects becomes findings, round by round, each with its rows."""

from cutline.risk.association.labels import ASSOCIATIONS
from cutline.risk.association.rounds import associate, needed_columns
from cutline.risk.association.stolen import StolenFlow

__all__ = ["ASSOCIATIONS", "StolenFlow", "associate", "needed_columns"]
