"""Renewal projects: their vocabulary, their records and which buildings they touch."""

from cim_core.renewal.checks import (
    PROJECT_CHECKS,
    PROJECT_FINDINGS_SCHEMA,
    ProjectExemption,
    RenewalLimits,
    check_projects,
    read_renewal_limits,
)
from cim_core.renewal.gates import DEFAULT_GATES, EVIDENCE_KINDS, EvidenceKind
from cim_core.renewal.links import LINKS_SCHEMA, MERGED_LINKS_SCHEMA, link_buildings, merge_links
from cim_core.renewal.moves import (
    Evidence,
    MoveStatus,
    StageMove,
    approve_move,
    missing_evidence,
    reject_move,
    replay_moves,
    submit_move,
)
from cim_core.renewal.projects import PROJECTS_SCHEMA, Project, projects_table
from cim_core.renewal.stages import require_transition
from cim_core.renewal.vocabulary import (
    ACTIONS,
    BATCHES,
    PROJECT_TYPES,
    STAGES,
    Batch,
    BuildingAction,
    ProjectType,
    Stage,
    Term,
    stage_order,
)

__all__ = [
    "ACTIONS",
    "BATCHES",
    "DEFAULT_GATES",
    "EVIDENCE_KINDS",
    "LINKS_SCHEMA",
    "MERGED_LINKS_SCHEMA",
    "PROJECTS_SCHEMA",
    "PROJECT_CHECKS",
    "PROJECT_FINDINGS_SCHEMA",
    "PROJECT_TYPES",
    "STAGES",
    "Batch",
    "BuildingAction",
    "Evidence",
    "EvidenceKind",
    "MoveStatus",
    "Project",
    "ProjectExemption",
    "ProjectType",
    "RenewalLimits",
    "Stage",
    "StageMove",
    "Term",
    "approve_move",
    "check_projects",
    "link_buildings",
    "merge_links",
    "missing_evidence",
    "projects_table",
    "read_renewal_limits",
    "reject_move",
    "replay_moves",
    "require_transition",
    "stage_order",
    "submit_move",
]
