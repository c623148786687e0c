"""From the departments' native files to rows of the lake's tables, with rejects kept and counted."""
