from __future__ import annotations

import json
from pathlib import Path

import pytest

from cim_core.errors import ModelError, TransitionError
from cim_core.renewal import (
    ACTIONS,
    BATCHES,
    PROJECT_TYPES,
    PROJECTS_SCHEMA,
    STAGES,
    Batch,
    BuildingAction,
    Project,
    ProjectType,
    Stage,
    projects_table,
    require_transition,
    stage_order,
)

RECORD = {
    "id": "prj-01",
    "name_zh": "改造",
    "name_en": "Renewal",
    "type": "residential",
    "batch": "implementation",
    "stage": "scheme_design",
    "geometry": None,
    "synthetic_geometry": True,
}


@pytest.mark.parametrize(
    ("words", "terms"),
    [(ProjectType, PROJECT_TYPES), (Batch, BATCHES), (Stage, STAGES), (BuildingAction, ACTIONS)],
)
def test_every_word_has_labels_and_a_place(words, terms):
    assert [w.value for w in words] == [t.value for t in terms]
    assert [t.order for t in terms] == list(range(1, len(terms) + 1))


def test_there_are_six_types_three_batches_and_nine_stages():
    assert (len(PROJECT_TYPES), len(BATCHES), len(STAGES)) == (6, 3, 9)
    assert [t.zh for t in STAGES] == [
        *("单元规划", "体检评估", "城市设计", "特色片区", "计划储备", "方案设计", "项目实施", "监督管理", "常态运营")
    ]


def test_a_record_becomes_a_project_and_a_row():
    project = Project.from_record({**RECORD, "colour": "ignored"})
    assert (project.type, project.batch, project.stage) == (
        ProjectType.RESIDENTIAL,
        Batch.IMPLEMENTATION,
        Stage.SCHEME_DESIGN,
    )
    table = projects_table([project])
    assert table.schema == PROJECTS_SCHEMA
    assert (table["stage_order"][0].as_py(), table["geometry"][0].as_py()) == (6, None)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"type": "military"}, "military"),
        ({"batch": None}, "batch"),
        ({"stage": "finished"}, "finished"),
        ({"name_en": ""}, "name"),
        ({"buffer_m": -1.0}, "buffer"),
    ],
)
def test_a_wrong_record_is_refused_by_name(change, word):
    with pytest.raises(ModelError, match=word) as caught:
        Project.from_record({**RECORD, **change})
    assert caught.value.where == "prj-01"


def test_two_projects_may_not_share_an_id():
    project = Project.from_record(RECORD)
    with pytest.raises(ModelError, match="twice"):
        projects_table([project, project])


def test_a_project_goes_one_stage_on_or_back_with_a_reason():
    require_transition(Stage.CHECKUP, Stage.URBAN_DESIGN)
    require_transition(Stage.IMPLEMENTATION, Stage.SCHEME_DESIGN, "the scheme was changed")
    with pytest.raises(TransitionError, match="skip"):
        require_transition(Stage.CHECKUP, Stage.IMPLEMENTATION)
    with pytest.raises(TransitionError, match="reason"):
        require_transition(Stage.IMPLEMENTATION, Stage.CHECKUP, " ")
    with pytest.raises(TransitionError, match="already"):
        require_transition(Stage.CHECKUP, Stage.CHECKUP, "again")
    assert stage_order(Stage.UNIT_PLANNING) == 1


def test_all_projects_of_the_sample_town_are_understood():
    path = Path(__file__).resolve().parents[3] / "sample_models" / "yuxian" / "projects.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    table = projects_table([Project.from_record(f["properties"]) for f in features])
    assert table.num_rows == 35
