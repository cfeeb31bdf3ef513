"""Scenarios: ordered changes on a town, applied in memory, compared by the same rules, adopted or discarded."""

from cim_core.scenarios.apply import PLACES_SCHEMA, Applied, apply_changes
from cim_core.scenarios.changes import (
    CHANGE_KINDS,
    NEW_DATASET,
    PLACE_STATES,
    STATE_CODES,
    Change,
    ChangeKind,
    PlaceState,
    Ref,
    parse_ref,
)
from cim_core.scenarios.compare import (
    DIFFERENCE_SCHEMA,
    DIFFERENCES,
    compare_buildings,
    compare_findings,
    summarise_differences,
)
from cim_core.scenarios.match import MATCH_SCHEMA, match_design
from cim_core.scenarios.parsing import ScenarioFile, is_scenario_id, parse_scenario, read_scenario

__all__ = [
    "CHANGE_KINDS",
    "DIFFERENCES",
    "DIFFERENCE_SCHEMA",
    "MATCH_SCHEMA",
    "NEW_DATASET",
    "PLACES_SCHEMA",
    "PLACE_STATES",
    "STATE_CODES",
    "Applied",
    "Change",
    "ChangeKind",
    "PlaceState",
    "Ref",
    "ScenarioFile",
    "apply_changes",
    "compare_buildings",
    "compare_findings",
    "is_scenario_id",
    "match_design",
    "parse_ref",
    "parse_scenario",
    "read_scenario",
    "summarise_differences",
]
