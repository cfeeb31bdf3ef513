"""The command line: parsing and printing only; the work is in ``api.pipeline``."""
