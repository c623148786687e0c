"""Communities on the risky subgraph, what each member does there, and the alerts that ask for a person's eyes."""

from cutline.rings.alerts import raise_alerts
from cutline.rings.carried import Carried
from cutline.rings.coercion import SCREENING_WORDS
from cutline.rings.config import AlertConfig, RingConfig
from cutline.rings.ring import find_rings, needed_columns

__all__ = ["SCREENING_WORDS", "AlertConfig", "Carried", "RingConfig", "find_rings", "needed_columns", "raise_alerts"]
