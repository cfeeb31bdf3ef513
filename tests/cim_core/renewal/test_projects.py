from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cim_core.errors import ModelError, TransitionError
from cim_core.renewal import (
    ACTIONS,
    BATCHES,
    PROJECT_FIELDS,
    PROJECT_TYPES,
    PROJECTS_SCHEMA,
    STAGES,
    Batch,
    BuildingAction,
    ProjectType,
    Stage,
    from_cells,
    measure_maturity,
    parse_patch,
    parse_project,
    project_json_schema,
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


def test_a_record_becomes_a_row_and_a_record_again():
    record = {**RECORD, "investment": '[{"source": "central", "year": 2026, "amount_cny": 1e6}]', "households": 12}
    project = parse_project({**record, "colour": "ignored"}, is_strict=False)
    assert (project["type"], project["households"], project["milestones"]) == ("residential", 12, [])
    table = projects_table([project])
    assert table.schema == PROJECTS_SCHEMA
    assert from_cells(table.to_pylist()[0]) == project
    assert project["investment"] == [{"source": "central", "year": 2026, "amount_cny": 1_000_000.0}]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "military"}, "prj-01/type"),
        ({"batch": None}, "prj-01/batch"),
        ({"stage": "finished"}, "prj-01/stage"),
        ({"name_en": ""}, "prj-01/name_en"),
        ({"buffer_m": -1.0}, "prj-01/buffer_m"),
        ({"households": 1.5}, "prj-01/households"),
        ({"households": True}, "prj-01/households"),
        ({"colour": "red"}, "prj-01/colour"),
        ({"starts_on": "0001-01-01"}, "prj-01/starts_on"),
        ({"ends_on": "9999-12-31"}, "prj-01/ends_on"),
        ({"starts_on": "2026-02-30"}, "prj-01/starts_on"),
        ({"starts_on": "2026-05-01", "ends_on": "2026-04-30"}, "prj-01/ends_on"),
        ({"underground_from_m": 2, "underground_to_m": -3}, "prj-01/underground_to_m"),
        ({"investment": [{"source": "central", "year": 2026}]}, "prj-01/investment/0/amount_cny"),
        ({"investment": [{"source": "lottery", "year": 2026, "amount_cny": 1}]}, "prj-01/investment/0/source"),
        ({"procedures": "{"}, "prj-01/procedures"),
        ({"concepts": ["sponge", "gold"]}, "prj-01/concepts/1"),
        ({"documents": [{"title": "a", "reference": "b", "size": 3}]}, "prj-01/documents/0/size"),
        ({"address": "nul \x00"}, "prj-01/address"),
    ],
)
def test_a_wrong_record_is_refused_by_place(change, pointer):
    with pytest.raises(ModelError) as caught:
        parse_project({**RECORD, **change})
    assert caught.value.where == pointer


def test_a_patch_changes_its_fields_only_and_neither_id_nor_stage():
    current = parse_project({**RECORD, "address": "West Street", "households": 3})
    patched = parse_patch(current, {"households": 5, "address": None, "stage": "scheme_design"})
    assert (patched["households"], patched["address"], patched["name_zh"]) == (5, None, "改造")
    for patch, code in (
        ({"id": "x"}, "fixed-id"),
        ({"stage": "operation"}, "read-only-field"),
        ({"x": 1}, "unknown-field"),
    ):
        with pytest.raises(ModelError) as caught:
            parse_patch(current, patch)
        assert caught.value.code == code


def test_the_json_schema_says_what_the_parser_does():
    schema = project_json_schema()
    assert list(schema["properties"]) == [field.name for field in PROJECT_FIELDS]
    validator = Draft202012Validator(schema)
    record = parse_project({**RECORD, "concepts": ["sponge"], "ends_on": "2027-01-01"})
    assert list(validator.iter_errors(record)) == []
    assert list(validator.iter_errors({**record, "batch": "later"}))
    assert "stage" not in project_json_schema(is_patch=True)["properties"]


def test_maturity_counts_granted_papers_among_those_needed():
    record = {
        "procedures": [
            {"kind": "approval", "status": "granted"},
            {"kind": "land", "status": "not_needed"},
            {"kind": "planning_permit", "status": "in_progress"},
        ]
    }
    found = measure_maturity(record)
    assert (found.percent, found.missing) == (25.0, ("planning_permit", "construction_permit", "completion"))


def test_two_projects_may_not_share_an_id():
    project = parse_project(RECORD)
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
    table = projects_table([parse_project(f["properties"], is_strict=False) for f in features])
    assert table.num_rows == 35
