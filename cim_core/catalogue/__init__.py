"""The catalogue of data: what each dataset is in the terms of the CIM standards, and how much of the town it covers."""

from cim_core.catalogue.coverage import Coverage, measure_coverage
from cim_core.catalogue.records import CatalogueEntry, parse_entry
from cim_core.catalogue.vocabulary import CATEGORIES, CIM_LEVELS, OBLIGATIONS, SECURITY_CLASSES, UPDATE_CYCLES

__all__ = [
    "CATEGORIES",
    "CIM_LEVELS",
    "OBLIGATIONS",
    "SECURITY_CLASSES",
    "UPDATE_CYCLES",
    "CatalogueEntry",
    "Coverage",
    "measure_coverage",
    "parse_entry",
]
