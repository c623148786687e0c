"""Self-contained pages: inline SVG, no script, pseudonyms."""

from cutline.report.backtest import render_backtest
from cutline.report.page import Overview, RingStory, Stage, render_page
from cutline.report.structure import Link
from cutline.report.warnings import Warned

__all__ = ["Link", "Overview", "RingStory", "Stage", "Warned", "render_backtest", "render_page"]
