"""The demonstration rule pack: figures after public standards and proposals, provenance stated, none of it law."""

from __future__ import annotations

from typing import Any

from sample_models.town.survey_rules import place_rules, survey_rules

TOLERANCE = {"hue_steps": 1.5, "value": 0.5, "chroma": 0.5}
HEIGHT_TOLERANCE_M = 0.3

#: Height limit per zone: (rule, zones, metres, reference, clause, nature, provenance).
_HEIGHTS: tuple[tuple[str, tuple[str, ...], float, str, str, str, str], ...] = (
    ("height-core", ("core",), 12, "highest", "3.2.1", "rigid", "typical zone value 12 m, own proposal"),
    ("height-xiushui", ("xiushui-corridor",), 18, "highest", "3.3.1", "rigid", "typical zone value 18 m, own proposal"),
    ("height-jinlong", ("jinlong-corridor",), 24, "highest", "3.4.1", "rigid", "typical zone value 24 m, own proposal"),
    ("height-waterfront", ("waterfront",), 24, "highest", "3.5.1", "rigid", "typical zone value 24 m, own proposal"),
    ("height-housing", ("housing",), 24, "mean", "3.6.1", "rigid", "typical zone value 24 m, own proposal"),
    (
        "height-new",
        ("new-district",),
        54,
        "highest",
        "3.7.1",
        "rigid",
        "county housing at most 18 storeys (15 ministries 2021), about 54 m",
    ),
    (
        "height-factory",
        ("factory-power", "factory-fertiliser", "factory-steel"),
        24,
        "eave",
        "3.8.1",
        "elastic",
        "existing halls, own proposal",
    ),
    ("height-nanping", ("nanping",), 10, "highest", "3.9.1", "elastic", "typical zone value 9 m, own proposal"),
)
_STOREYS: tuple[tuple[str, str, int, str, str, str], ...] = (
    ("storeys-core", "core", 3, "3.2.2", "rigid", "own proposal"),
    ("storeys-xiushui", "xiushui-corridor", 4, "3.3.2", "rigid", "own proposal"),
    ("storeys-housing", "housing", 7, "3.6.2", "elastic", "county housing mainly 6 storeys (15 ministries 2021)"),
    ("storeys-new", "new-district", 18, "3.7.2", "rigid", "county housing at most 18 storeys (15 ministries 2021)"),
)
_MAIN: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("color-core", ("core",), ("heritage-grey",), "4.2.1"),
    ("color-xiushui", ("xiushui-corridor",), ("warm-light", "brick-red"), "4.3.1"),
    ("color-jinlong", ("jinlong-corridor",), ("warm-light", "cool-light"), "4.4.1"),
    ("color-waterfront", ("waterfront",), ("waterfront-light", "cool-light"), "4.5.1"),
    ("color-housing", ("housing",), ("warm-light", "brick-red", "brick-grey"), "4.6.1"),
    ("color-new", ("new-district",), ("warm-light", "cool-light", "brick-red"), "4.7.1"),
    (
        "color-factory",
        ("factory-power", "factory-fertiliser", "factory-steel"),
        ("brick-factory", "warm-light"),
        "4.8.1",
    ),
)
_ROOF: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("roof-color-core", "core", ("roof-grey",), "5.2.1"),
    ("roof-color-xiushui", "xiushui-corridor", ("roof-grey", "roof-red"), "5.3.1"),
    ("roof-color-housing", "housing", ("roof-grey", "roof-red"), "5.6.1"),
)

WARM_HUES = ["5YR", "7.5Y"]
PALETTES: dict[str, Any] = {
    "heritage-grey": {
        "name": {"zh": "青灰", "en": "Heritage grey"},
        "ranges": [{"hue": WARM_HUES, "value": [4.5, 7.0], "chroma": [0, 2]}, {"hue": "N", "value": [4, 6.5]}],
    },
    "warm-light": {
        "name": {"zh": "暖灰米黄", "en": "Warm light"},
        "ranges": [{"hue": WARM_HUES, "value": [6, 9], "chroma": [0, 3]}, {"hue": "N", "value": [6, 9]}],
    },
    "waterfront-light": {
        "name": {"zh": "滨水浅色", "en": "Waterfront light"},
        "ranges": [{"hue": WARM_HUES, "value": [7, 9], "chroma": [0, 2]}, {"hue": "N", "value": [7, 9]}],
    },
    "cool-light": {
        "name": {"zh": "浅蓝灰", "en": "Cool light grey"},
        "ranges": [{"hue": ["5B", "7.5PB"], "value": [6.5, 9], "chroma": [0, 2]}],
    },
    "brick-red": {
        "name": {"zh": "砖红", "en": "Red brick"},
        "ranges": [{"hue": ["5R", "5YR"], "value": [3.5, 6], "chroma": [2.5, 7]}],
    },
    "brick-grey": {
        "name": {"zh": "青砖灰", "en": "Grey brick"},
        "ranges": [{"hue": WARM_HUES, "value": [4, 7], "chroma": [0, 2]}, {"hue": "N", "value": [4, 7]}],
    },
    "brick-factory": {
        "name": {"zh": "厂房砖红", "en": "Factory brick"},
        "ranges": [{"hue": ["5R", "2.5YR"], "value": [3.5, 6], "chroma": [3.5, 8]}],
    },
    "roof-grey": {
        "name": {"zh": "灰瓦土灰", "en": "Grey and earth roofs"},
        "ranges": [{"hue": WARM_HUES, "value": [3, 6], "chroma": [0, 2]}, {"hue": "N", "value": [3, 6]}],
    },
    "roof-red": {
        "name": {"zh": "红瓦", "en": "Red tile"},
        "ranges": [{"hue": ["5R", "5YR"], "value": [3, 5.5], "chroma": [2.5, 6]}],
    },
    "vivid-blue": {
        "name": {"zh": "艳蓝", "en": "Vivid blue"},
        "ranges": [{"hue": ["5B", "5P"], "value": [2, 9], "chroma": [6, 20]}],
    },
}


def _rule(
    ident: str,
    kind: str,
    clause: str,
    nature: str,
    text: tuple[str, str],
    applies: dict[str, Any],
    parameters: dict[str, Any],
    provenance: str,
) -> dict[str, Any]:
    return {
        "id": ident,
        "kind": kind,
        "clause": clause,
        "nature": nature,
        "text": {"zh": text[0], "en": text[1]},
        "applies_to": applies,
        "parameters": parameters,
        "provenance": provenance,
    }


def _names(palettes: tuple[str, ...], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(PALETTES[p]["name"][language] for p in palettes)


def build_rules() -> list[dict[str, Any]]:
    """All rules in the order of their clauses."""
    reference = {
        "highest": ("最高点", "highest point"),
        "mean": ("檐口与屋脊平均", "mean of eave and ridge"),
        "eave": ("檐口", "eave"),
    }
    rules = [
        _rule(
            i,
            "building-height",
            clause,
            nature,
            (
                f"建筑高度（{reference[ref][0]}）不超过 {m:g} m",
                f"Building height ({reference[ref][1]}) at most {m:g} m",
            ),
            {"zones": list(zones)},
            {"max_m": m, "reference": ref, "tolerance_m": HEIGHT_TOLERANCE_M},
            why,
        )
        for i, zones, m, ref, clause, nature, why in _HEIGHTS
    ]
    rules += [
        _rule(
            i,
            "storeys",
            clause,
            nature,
            (f"建筑层数不超过 {n} 层", f"At most {n} storeys"),
            {"zones": [zone]},
            {"max": n},
            why,
        )
        for i, zone, n, clause, nature, why in _STOREYS
    ]
    rules += [
        _rule(
            i,
            "facade-main-color",
            clause,
            "elastic",
            (f"主色调采用{_names(p, 'zh')}", f"Main facade color: {_names(p, 'en')}"),
            {"zones": list(zones)},
            {"allowed": list(p), "tolerance": TOLERANCE},
            "value and chroma by use (web compilation), ranges own proposal",
        )
        for i, zones, p, clause in _MAIN
    ]
    rules += [
        _rule(
            i,
            "roof-color",
            clause,
            "elastic",
            (f"屋面采用{_names(p, 'zh')}", f"Roof color: {_names(p, 'en')}"),
            {"zones": [zone]},
            {"allowed": list(p), "tolerance": TOLERANCE},
            "grey/earth V3–6 C≤2, typical value",
        )
        for i, zone, p, clause in _ROOF
    ]
    rules.append(
        _rule(
            "roof-blue-town",
            "roof-color",
            "5.1.1",
            "elastic",
            ("县城范围内屋面禁用艳蓝色", "No vivid blue roofs anywhere in the seat"),
            {},
            {"forbidden": ["vivid-blue"], "tolerance": TOLERANCE},
            "blue 5B–5P with C>6 forbidden, own proposal",
        )
    )
    rules += [*_form_rules(), *survey_rules(), *place_rules()]
    return sorted(rules, key=lambda r: [int(n) for n in str(r["clause"]).split(".")])


def _form_rules() -> list[dict[str, Any]]:
    return [
        _rule(
            "roof-form-core",
            "roof-form",
            "5.2.2",
            "guidance",
            ("采用坡屋顶（双坡、四坡、单坡、攒尖）", "Pitched roofs: gable, hip, shed or pyramid"),
            {"zones": ["core"]},
            {"allowed": ["gable", "hip", "shed", "pyramid"], "review": ["other"]},
            "pitched roofs in heritage zones, typical value",
        ),
        _rule(
            "material-core",
            "facade-material",
            "6.2.1",
            "guidance",
            (
                "外墙采用青砖、石材、木、涂料；面砖、红砖须复核",
                "Grey brick, stone, timber or render; tile and red brick need a review",
            ),
            {"zones": ["core"]},
            {"allowed": ["grey_brick", "stone", "wood", "render"], "review": ["ceramic_tile", "red_brick"]},
            "own proposal",
        ),
        _rule(
            "material-xiushui",
            "facade-material",
            "6.3.1",
            "elastic",
            (
                "秀水西街沿街立面禁用镜面玻璃、彩钢板；玻璃幕墙须复核",
                "No mirror glass or metal sheet on the street; curtain walls need a review",
            ),
            {"streets": ["xiushui-west"]},
            {"forbidden": ["mirror_glass", "metal_sheet"], "review": ["glass_curtain"]},
            "forbidden list (mirror glass, bright steel sheet), typical value",
        ),
        _rule(
            "material-jinlong",
            "facade-material",
            "6.4.1",
            "elastic",
            (
                "金龙东街沿街立面禁用镜面玻璃、彩钢板；玻璃幕墙须复核",
                "No mirror glass or metal sheet on the street; curtain walls need a review",
            ),
            {"streets": ["jinlong-east"]},
            {"forbidden": ["mirror_glass", "metal_sheet"], "review": ["glass_curtain"]},
            "forbidden list (mirror glass, bright steel sheet), typical value",
        ),
        _rule(
            "style-core",
            "style",
            "7.2.1",
            "guidance",
            ("采用传统或协调风格", "Traditional or harmonised style"),
            {"zones": ["core"]},
            {"allowed": ["traditional", "harmonised"], "review": ["other"]},
            "style zone list, own proposal",
        ),
        _rule(
            "style-xiushui",
            "style",
            "7.3.1",
            "guidance",
            ("采用传统、协调或现代风格，不得采用欧式", "Traditional, harmonised or modern, not European"),
            {"zones": ["xiushui-corridor"]},
            {"allowed": ["traditional", "harmonised", "modern"], "review": ["other"]},
            "style zone list, own proposal",
        ),
    ]


def rules_for(rules: list[dict[str, Any]], zone: str | None, street: str | None, kind: str) -> list[dict[str, Any]]:
    """The rules of one kind that reach a building in ``zone`` with a front on ``street``."""
    return [
        r
        for r in rules
        if r["kind"] == kind
        and ("zones" not in r["applies_to"] or zone in r["applies_to"]["zones"])
        and ("streets" not in r["applies_to"] or street in r["applies_to"]["streets"])
    ]
