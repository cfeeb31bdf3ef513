"""Renewal projects: their vocabulary, records, moves, checks, totals, and which buildings they touch."""

from cim_core.renewal.checks import PROJECT_CHECKS, PROJECT_FINDINGS_SCHEMA, ProjectExemption, check_projects
from cim_core.renewal.fields import PROJECT_FIELDS, PROJECTS_SCHEMA, project_json_schema
from cim_core.renewal.figures import measure_figures, project_exemptions
from cim_core.renewal.gates import EVIDENCE_KINDS, EvidenceKind, Gate
from cim_core.renewal.limits import CheckLimit, RenewalLimits, read_renewal_limits
from cim_core.renewal.links import LINKS_SCHEMA, MERGED_LINKS_SCHEMA, link_buildings, merge_links
from cim_core.renewal.maturity import Maturity, measure_maturity
from cim_core.renewal.moves import (
    Evidence,
    MoveStatus,
    StageMove,
    approve_move,
    closed_checks,
    missing_evidence,
    parse_instant,
    reject_move,
    replay_moves,
    submit_move,
)
from cim_core.renewal.parts import PARTS_SCHEMA, build_parts, measure_floors, merge_scenario_parts
from cim_core.renewal.projects import (
    from_cells,
    parse_date,
    parse_patch,
    parse_project,
    projects_table,
    refuse_later_stage,
)
from cim_core.renewal.stages import allowed_transitions, require_transition
from cim_core.renewal.totals import TOTAL_GROUPS, total_projects
from cim_core.renewal.vocabulary import (
    ACTIONS,
    BATCHES,
    LIBRARIES,
    PROJECT_TYPES,
    STAGES,
    Batch,
    BuildingAction,
    Library,
    ProjectType,
    Stage,
    Term,
    stage_order,
)

__all__ = [
    "ACTIONS",
    "BATCHES",
    "EVIDENCE_KINDS",
    "LIBRARIES",
    "LINKS_SCHEMA",
    "MERGED_LINKS_SCHEMA",
    "PARTS_SCHEMA",
    "PROJECTS_SCHEMA",
    "PROJECT_CHECKS",
    "PROJECT_FIELDS",
    "PROJECT_FINDINGS_SCHEMA",
    "PROJECT_TYPES",
    "STAGES",
    "TOTAL_GROUPS",
    "Batch",
    "BuildingAction",
    "CheckLimit",
    "Evidence",
    "EvidenceKind",
    "Gate",
    "Library",
    "Maturity",
    "MoveStatus",
    "ProjectExemption",
    "ProjectType",
    "RenewalLimits",
    "Stage",
    "StageMove",
    "Term",
    "allowed_transitions",
    "approve_move",
    "build_parts",
    "check_projects",
    "closed_checks",
    "from_cells",
    "link_buildings",
    "measure_figures",
    "measure_floors",
    "measure_maturity",
    "merge_links",
    "merge_scenario_parts",
    "missing_evidence",
    "parse_date",
    "parse_instant",
    "parse_patch",
    "parse_project",
    "project_exemptions",
    "project_json_schema",
    "projects_table",
    "read_renewal_limits",
    "refuse_later_stage",
    "reject_move",
    "replay_moves",
    "require_transition",
    "stage_order",
    "submit_move",
    "total_projects",
]
