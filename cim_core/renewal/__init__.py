"""Renewal projects: their vocabulary, their records and which buildings they touch."""

from cim_core.renewal.links import LINKS_SCHEMA, MERGED_LINKS_SCHEMA, link_buildings, merge_links
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
    "LINKS_SCHEMA",
    "MERGED_LINKS_SCHEMA",
    "PROJECTS_SCHEMA",
    "PROJECT_TYPES",
    "STAGES",
    "Batch",
    "BuildingAction",
    "Project",
    "ProjectType",
    "Stage",
    "Term",
    "link_buildings",
    "merge_links",
    "projects_table",
    "require_transition",
    "stage_order",
]
