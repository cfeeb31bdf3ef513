"""One scenario of the small town: b2 replaced by a drawn building, b1 painted, b0 raised to 30 m."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import yaml
from starlette.testclient import TestClient

from api.pipeline.derive import derive
from api.pipeline.redraw import redraw_datasets
from api.pipeline.scenarios import check_scenario, draft_scenario, mark_design, match_dataset
from cim_core.errors import UsageError
from cim_core.progress import SilentProgress
from cim_core.scenarios import ScenarioFile
from tests.api.http.builders import scenario_text
from tiles.readglb import parse_glb

URL = "/api/v1/scenarios/west"
CODES = ["existing", "proposed", "removed", "changed", "reshaped"]


def state(own: TestClient, dataset: str, column: str = "place") -> list[int]:
    answer = own.get(f"{URL}/state/{dataset}/{column}")
    assert answer.headers["content-type"] == "application/octet-stream"
    return np.frombuffer(answer.content, np.uint8).tolist()


def test_the_state_of_every_place_in_the_shape_of_the_state_columns(own: TestClient) -> None:
    detail = own.get(URL).json()
    assert detail["place_codes"] == CODES
    assert detail["states"][0]["place_url"] == f"{URL}/state/town/place"
    assert state(own, "town") == [4, 3, 2, 0]
    assert state(own, "school") == [0, 0, 0]  # a wall carries the state of its building, or of the dataset
    codes = own.get("/api/v1/state/town").json()["columns"][0]["codes"]
    verdicts = [codes[v] if v < 255 else None for v in state(own, "town", "verdict")]
    assert verdicts == ["fail", "pass", None, "no_data"]
    answer = own.get(f"{URL}/state/town/place")
    assert own.get(f"{URL}/state/town/place", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert own.get(f"{URL}/state/nowhere/place").status_code == 404
    assert own.get(f"{URL}/state/town/colour").status_code == 422


def test_the_difference_by_building_and_clause(own: TestClient) -> None:
    body = own.get(URL + "/diff").json()
    found = {(d["building_id"], d["rule_id"]): d for d in body["differences"]}
    raised = found["b0", "height-all"]
    assert (raised["difference"], raised["before"]["verdict"], raised["after"]["verdict"]) == ("worse", "pass", "fail")
    assert (raised["before"]["value"], raised["after"]["value"], raised["after"]["margin"]) == (6.0, 30.0, -6.0)
    assert found["b2", "height-core"]["difference"] == "gone"
    assert found["n1", "height-core"]["after"]["verdict"] == "pass"
    assert ("b1", "height-core") not in found
    clause = next(c for c in body["summary"]["clauses"] if c["rule_id"] == "height-core")
    assert (clause["gone"], clause["appeared"], clause["before"]["fail"], clause["after"]["fail"]) == (1, 1, 1, 0)
    only = own.get(URL + "/diff?dataset=town&building=b0").json()
    assert {d["building_id"] for d in only["differences"]} == {"b0"}


def test_shapes_say_what_no_tile_shows(own: TestClient) -> None:
    features = {f["id"]: f for f in own.get(URL + "/shapes").json()["features"]}
    shown = {name: (f["properties"]["state"], f["properties"]["drawn"]) for name, f in features.items()}
    assert shown == {
        "town/b2": ("removed", False), "new/n1": ("proposed", True), "town/b1": ("changed", False),
        "town/b0": ("reshaped", True),
    }  # fmt: skip
    new = features["new/n1"]["properties"]
    assert (new["height_m"], new["verdict_after"], new["position_deg"][2]) == (9.0, "pass", pytest.approx(902 - 15.6))
    assert features["new/n1"]["geometry"]["type"] == "Polygon"


def test_adopting_changes_the_town_in_one_step_with_a_name_and_a_reason(own: TestClient) -> None:
    before = own.get("/api/v1/buildings/town/b0").json()
    done = own.post(URL + "/decision", json={"act": "adopt", "by": "Li", "reason": "committee"})
    assert (done.status_code, done.json()["state"], done.json()["decided_by"]) == (200, "adopted", "Li")
    after = own.get("/api/v1/buildings/town/b0").json()
    assert (before["attributes"]["height_m"], after["attributes"]["height_m"]) == (6.0, 30.0)
    assert (after["attributes"]["eave_height_m"], after["verdict"]) == (None, "fail")
    assert own.get("/api/v1/buildings/new/n1").json()["attributes"]["storeys"] == 3
    assert own.get("/api/v1/buildings/town/b2").json()["findings"] == []  # gone, but still to be referred to
    place = own.get("/api/v1/state/town/place").content
    assert np.frombuffer(place, np.uint8).tolist() == [0, 0, 2, 0]
    again = own.post(URL + "/decision", json={"act": "discard", "by": "Li", "reason": "no"})
    assert (again.status_code, again.json()["code"]) == (409, "scenario-decided")
    first, former, last = own.app.state.town.store.history("building", "town/b0")
    why, today = "scenario west adopted: committee", date.today().isoformat()
    assert [(row.values["height_m"], row.valid_from, row.valid_to, row.reason) for row in (first, former, last)] == [
        (6.0, None, None, ""),
        (6.0, None, today, why),
        (30.0, today, None, why),
    ]


def test_a_demolition_ends_the_building_on_its_day(own: TestClient) -> None:
    """b2 is demolished from 4 May 2026 on: then it is no more, before it was, and the first knowledge is kept."""
    body = {"act": "adopt", "by": "Li", "reason": "committee", "valid_from": "2026-05-04"}
    assert own.post(URL + "/decision", json={**body, "valid_from": "soon"}).status_code == 422
    assert own.post(URL + "/decision", json=body).status_code == 200
    rows = own.get("/api/v1/history/building/town/b2").json()["rows"]
    assert [(row["valid_from"], row["valid_to"], row["actor"]) for row in rows] == [
        (None, None, ""),
        (None, "2026-05-04", "Li"),
    ]
    assert (rows[0]["recorded_to"], rows[0]["ended_because"]) == (
        rows[1]["recorded_from"],
        "scenario west adopted: committee",
    )
    store = own.app.state.town.store
    stood = {day: store.as_of("building", "town/b2", valid_at=day) for day in ("2026-05-03", "2026-05-04")}
    assert [row and row.values["height_m"] for row in stood.values()] == [15.0, None]
    raised = {day: store.as_of("building", "town/b0", valid_at=day) for day in ("2026-05-03", "2026-05-04")}
    assert [row and row.values["height_m"] for row in raised.values()] == [6.0, 30.0]
    new = {day: store.as_of("building", "new/n1", valid_at=day) for day in ("2026-05-03", "2026-05-04")}
    assert [row is None for row in new.values()] == [True, False]
    assert own.get("/api/v1/buildings/town/b2").status_code == 200  # still to be referred to


def test_an_empty_scenario_is_not_adopted_and_an_id_fits_into_a_path(own: TestClient) -> None:
    store = own.app.state.town.store
    draft_scenario(store, ScenarioFile((), "nothing"))
    check_scenario(store, "nothing", SilentProgress())
    answer = own.post("/api/v1/scenarios/nothing/decision", json={"act": "adopt", "by": "Li", "reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "scenario-empty")
    for name in ("a/b c", "a b", "x" * 101):
        with pytest.raises(UsageError, match="cannot be the id"):
            draft_scenario(store, ScenarioFile((), name))


def drawn(own: TestClient, dataset: str) -> dict[str, float]:
    """Height of every building in the tiles the catalogue of datasets names, by id."""
    listed = {d["id"]: d for d in own.get("/api/v1/datasets").json()["datasets"]}
    if dataset not in listed:
        return {}
    tileset = listed[dataset]["tileset_url"]
    root = own.get(tileset).json()["root"]
    heights: dict[str, float] = {}
    cells = [root]
    while cells:
        cell = cells.pop()
        cells += cell.get("children", [])
        if "content" in cell:
            glb = parse_glb(own.get(tileset.rsplit("/", 1)[0] + "/" + cell["content"]["uri"]).content)
            heights |= zip(glb.property_column("id"), glb.property_column("height").tolist(), strict=True)
    return heights


def test_what_is_adopted_is_drawn_and_kept_as_a_check(own: TestClient) -> None:
    town = own.app.state.town
    redraw_datasets(town.store, town.workspace, ["town"], SilentProgress())
    assert drawn(own, "town") == {"b0": 6.0, "b1": 12.0, "b2": 15.0}  # way/3 has no height
    assert own.post(URL + "/check", json={}).status_code == 200  # the import of tiles is no change of the town
    runs = own.get("/api/v1/checks/runs").json()["runs"]
    done = own.post(URL + "/decision", json={"act": "adopt", "by": "Li", "reason": "committee"})
    assert done.status_code == 200
    assert drawn(own, "town") == {"b0": 30.0, "b1": 12.0}
    assert drawn(own, "new") == {"n1": 9.0}
    shown = own.get(URL + "/shapes").json()["features"]
    assert {f["id"]: f["properties"]["drawn"] for f in shown}["new/n1"] is False
    last = own.get("/api/v1/checks/runs").json()["runs"]
    assert (len(last), last[-1]["comparable"]) == (len(runs) + 1, True)
    flips = own.get("/api/v1/checks/runs/diff").json()["flips"]
    (raised,) = [flip for flip in flips if flip["building_id"] == "b0" and flip["rule_id"] == "height-all"]
    assert (raised["verdict_from"], raised["verdict_to"], raised["reasons"]) == ("pass", "fail", ["data"])
    assert raised["attributes"] == [{"attribute": "height_m", "from": 6.0, "to": 30.0}]


def test_what_is_discarded_leaves_nothing(own: TestClient) -> None:
    town = own.app.state.town
    redraw_datasets(town.store, town.workspace, ["town"], SilentProgress())
    tiles, buildings = drawn(own, "town"), own.get("/api/v1/buildings").json()["features"]
    runs = own.get("/api/v1/checks/runs").json()
    done = own.post(URL + "/decision", json={"act": "discard", "by": "Li", "reason": "too high"})
    assert (done.status_code, done.json()["state"]) == (200, "discarded")
    assert drawn(own, "town") == tiles
    assert drawn(own, "new") == {}
    assert own.get("/api/v1/buildings").json()["features"] == buildings
    assert own.get("/api/v1/checks/runs").json() == runs


def test_marking_a_design_keeps_a_check(own: TestClient) -> None:
    town = own.app.state.town
    derive(town.store, SilentProgress(), folder=town.workspace.folder)
    before = len(own.get("/api/v1/checks/runs").json()["runs"])
    mark_design(town.store, "school", SilentProgress(), by="Wang", folder=town.workspace.folder)
    runs = own.get("/api/v1/checks/runs").json()["runs"]
    assert (len(runs), runs[-1]["buildings"], runs[-1]["comparable"]) == (before + 1, 4, True)
    flips = own.get("/api/v1/checks/runs/diff").json()["flips"]
    assert {(f["building_id"], f["verdict_to"]) for f in flips} == {("school-1", None)}


def test_a_stale_scenario_says_so_and_is_checked_again_before_it_is_adopted(own: TestClient) -> None:
    from tests.api.http.builders import RULE_PACK

    own.app.state.town.store.save_rule_pack({**RULE_PACK, "version": "2"})
    assert own.get(URL).json()["stale"] is True
    refused = own.post(URL + "/decision", json={"act": "adopt", "by": "Li", "reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "stale-base")
    assert own.post(URL + "/check", json={"by": "Li"}).json()["stale"] is False
    assert own.post(URL + "/decision", json={"act": "adopt", "by": "Li", "reason": "x"}).status_code == 200


def test_a_draft_is_made_from_json_and_conflicts_are_named(own: TestClient) -> None:
    body = yaml.safe_load(scenario_text()) | {"id": "second", "by": "Wang"}
    made = own.post("/api/v1/scenarios", json=body)
    assert (made.status_code, made.json()["state"], made.json()["summary"]) == (201, "draft", None)
    assert own.get(made.headers["location"]).json()["id"] == made.json()["id"]
    assert own.post("/api/v1/scenarios", json=body).status_code == 200  # a draft is replaced
    assert own.get("/api/v1/scenarios/second/changes").json()["changes"][0]["buildings"] == ["town/b2"]
    unchecked = own.post("/api/v1/scenarios/second/decision", json={"act": "adopt", "by": "Li", "reason": "x"})
    assert unchecked.json()["code"] == "scenario-unchecked"
    twice = {**body, "changes": [{"demolish": "town/b1"}, {"demolish": "town/b1"}]}
    refused = own.post("/api/v1/scenarios", json=twice)
    assert (refused.status_code, refused.json()["code"]) == (409, "already-removed")
    unknown = own.post("/api/v1/scenarios", json={**body, "changes": [{"demolish": "town/b99"}]})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "no-building")
    bad = own.post("/api/v1/scenarios", json={**body, "changes": [{"explode": "town/b1"}]})
    assert (bad.status_code, bad.json()["code"]) == (422, "scenario-file")
    nowhere = own.post("/api/v1/scenarios", json={**body, "project": "prj-99"})
    assert nowhere.status_code == 404


def test_a_design_stands_only_when_a_scenario_puts_it_there(own: TestClient) -> None:
    store = own.app.state.town.store
    mark_design(store, "school", SilentProgress(), by="Wang")
    assert own.get("/api/v1/buildings/school/school-1").json()["findings"] == []
    assert listed(own) == {"existing": 4, "proposed": 1, "removed": 0, "all": 5}
    assert match_dataset(store, "school").num_rows == 0
    body = {
        "id": "school", "name": {"zh": "校", "en": "School"},
        "changes": [{"replace": {"buildings": ["town/b1"], "by": {"design": "school"}}}],
    }  # fmt: skip
    assert own.post("/api/v1/scenarios", json=body).status_code == 201
    assert own.post("/api/v1/scenarios/school/check", json={}).status_code == 200
    place = own.get("/api/v1/scenarios/school/state/school/place").content
    assert np.frombuffer(place, np.uint8).tolist() == [1, 1, 1]
    assert np.frombuffer(own.get(URL + "/state/school/place").content, np.uint8)[0] == 255
    own.post("/api/v1/scenarios/school/decision", json={"act": "adopt", "by": "Li", "reason": "x"})
    assert own.get("/api/v1/buildings/school/school-1").json()["verdict"] == "pass"
    assert listed(own) == {"existing": 4, "proposed": 0, "removed": 1, "all": 5}
    assert own.get("/api/v1/buildings").json()["numberMatched"] == 4
    assert own.get("/api/v1/building-names").json()["total"] == 4
    coverage = own.get("/api/v1/catalogue/coverage").json()
    assert coverage["by_level"].keys() == {"1", "2", "4"}  # way/3 has no height; b2 is gone, the school stands
    assert own.get("/api/v1/checks/runs/last").json()["buildings"] == 4
    assert own.get("/api/v1/buildings?state=gone").status_code == 422


def listed(own: TestClient) -> dict[str, int]:
    """How many buildings a list of each state has, and that it says so."""
    counts = {}
    for state_ in ("existing", "proposed", "removed", "all"):
        answer = own.get(f"/api/v1/buildings?state={state_}").json()
        assert answer["numberMatched"] == len(answer["features"]) == answer["numberReturned"]
        counts[state_] = answer["numberMatched"]
    return counts
