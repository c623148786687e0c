"""Measurements of this kind; each module says its command."""
