"""Typologies: what investigators look for, written once as data, and what it finds."""
