"""Self-contained pages: inline SVG, no script, pseudonyms."""

from cutline.report.page import Overview, RingStory, Stage, render_page

__all__ = ["Overview", "RingStory", "Stage", "render_page"]
