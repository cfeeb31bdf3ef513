"""Example answers of checks, exemptions and conflicts, as the interface documents them."""

from __future__ import annotations

from typing import Any

RUN: dict[str, Any] = {
    "id": "2",
    "checked_on": "2026-11-22",
    "checked_at": "2026-11-22T08:30:00.000Z",
    "code_version": "0.1.0+5c0ffee123",
    "buildings": 2187,
    "findings": 12378,
    "inputs": {
        "datasets": {"buildings": "0f1e2d3c4b5a69788796a5b4"},
        "rule_packs": {"yuxian-demo": {"version": "2026.1", "digest": "a1b2c3d4e5f60718293a4b5c"}},
        "layers": {"zones": "1a2b3c4d5e6f708192a3b4c5", "streets": "2b3c4d5e6f708192a3b4c5d6"},
        "dormant_rules": [],
    },
    "counts": {"pass": 12059, "fail": 137, "review": 16, "no_data": 155, "exempt": 11},
    "comparable": True,
}
RUNS: dict[str, Any] = {"runs": [RUN]}
_CHANGE = {"path": "parameters.max_m", "from": 18.0, "to": 15.0}
DIFF: dict[str, Any] = {
    "from": {**RUN, "id": "1"},
    "to": RUN,
    "total": 12,
    "reasons": {"rule": 12},
    "verdicts": {"pass → fail": 12},
    "rules": [{"rule_id": "height-xiushui", "change": "changed", "changes": [_CHANGE]}],
    "flips": [
        {
            "dataset": "buildings",
            "building_id": "yx-000029",
            "rule_id": "height-xiushui",
            "street_id": "xiushui-west",
            "zone_id": "xiushui-corridor",
            "verdict_from": "pass",
            "verdict_to": "fail",
            "measured_from": 16.2,
            "measured_to": 16.2,
            "reasons": ["rule"],
            "attributes": [],
            "rule_changes": [_CHANGE],
        }
    ],
}
WHAT_IF: dict[str, Any] = {
    "findings": [
        {
            "dataset": "buildings",
            "building_id": "yx-000029",
            "rule_id": "height-xiushui",
            "kind": "building-height",
            "clause": "3.3.1",
            "zone_id": "xiushui-corridor",
            "street_id": "xiushui-west",
            "verdict": "fail",
            "verdict_before": "pass",
            "measured": 21.0,
            "measured_before": 16.2,
            "measured_text": "21 m",
            "limit_text": "≤ 18 m",
            "margin": -3.0,
            "unit": "m",
            "message": {
                "zh": "建筑高度 21 m，不符合控制要求（≤ 18 m），相差 3 m。",
                "en": "Height 21 m breaks the limit ≤ 18 m by 3 m.",
            },
        }
    ],
    "gone": [],
    "flips": 1,
    "judged_ms": 6.4,
    "was_ready": True,
}
EXEMPTION: dict[str, Any] = {
    "dataset": "buildings",
    "building_id": "yx-000029",
    "rule_id": "height-xiushui",
    "reason": {"zh": "既有公共建筑", "en": "Existing public building"},
    "decided_by": "盂县城市更新领导组（示意）",
    "decided_on": "2026-11-01",
    "expires_on": "2028-11-01",
    "conditions": "",
    "state": "valid",
    "origin": "town",
}
_EFFECT: dict[str, Any] = {
    "run": "4",
    "findings": [
        {
            "id": "buildings:yx-000029:height-xiushui:zone-xiushui",
            "zone_id": "zone-xiushui",
            "street_id": None,
            "verdict": "exempt",
            "original_verdict": "fail",
            "verdict_before": "fail",
        }
    ],
}
_WITHDRAWN_FINDING = {**_EFFECT["findings"][0], "verdict": "fail", "original_verdict": None, "verdict_before": "exempt"}
EXEMPTED: dict[str, Any] = {**EXEMPTION, "effect": _EFFECT}
EXEMPTIONS: dict[str, Any] = {"exemptions": [EXEMPTION]}
WITHDRAWN: dict[str, Any] = {
    "withdrawn": {"rule_id": "height-xiushui", "dataset": "buildings", "building_id": "yx-000029"},
    "effect": {"run": "5", "findings": [_WITHDRAWN_FINDING]},
}
CONFLICTS: dict[str, Any] = {
    "conflicts": [
        {
            "kind": "heights-differ",
            "first": "height-core",
            "second": "height-xiushui",
            "element": "building-height",
            "outcome": "review",
            "because": "heights-differ",
            "buildings": 3,
            "differences": [{"parameter": "max_m", "first": 12.0, "second": 18.0}],
        }
    ],
    "dormant": [],
}
VOCABULARY: dict[str, Any] = {
    "strengths": [{"value": "mandatory", "zh": "必选", "en": "Mandatory"}],
    "precedences": [{"value": "base", "zh": "上位规划", "en": "Base"}],
    "protected": [{"value": "heritage", "zh": "文物与历史建筑", "en": "Heritage"}],
    "flip_reasons": [{"value": "data", "zh": "建筑数据变化", "en": "Data of the building changed"}],
    "conflicts": [{"value": "contradiction", "zh": "要求相互矛盾", "en": "No value meets both"}],
    "data_categories": [{"value": "1.4", "parent": "1", "zh": "三维模型", "en": "3D models"}],
    "cim_levels": [{"value": "CIM2", "zh": "框架模型", "en": "Frame"}],
    "obligations": [{"value": "M", "zh": "必选", "en": "Mandatory"}],
    "security_classes": [{"value": "internal", "zh": "内部", "en": "Internal"}],
    "update_cycles": [{"value": "yearly", "zh": "每年", "en": "Yearly"}],
}
