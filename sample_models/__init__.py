"""The sample town: synthetic Yu County data and the scripts that make it."""
