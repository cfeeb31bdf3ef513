"""Looks at an IFC file beside converting it: position, IDS, schema validity, differences. All in child processes."""
