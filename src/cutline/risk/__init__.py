"""Findings and neighbours become a rank with reasons; what speaks against lowers it."""

from cutline.risk.config import RiskConfig
from cutline.risk.links import LINKS, Link, Links, gather_contacts, gather_links
from cutline.risk.ranking import Ranking, needed_columns, rank

__all__ = ["LINKS", "Link", "Links", "Ranking", "RiskConfig", "gather_contacts", "gather_links", "needed_columns", "rank"]
