"""The stages in story order: intake, analysis, and what a demo strings together."""
