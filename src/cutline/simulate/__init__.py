"""A synthetic province with known truth, written in the native formats of its institutions."""

from cutline.simulate.config import ProvinceConfig
from cutline.simulate.simulation import SimulationSummary, simulate

__all__ = ["ProvinceConfig", "SimulationSummary", "simulate"]
