"""The one list of what a project record holds.

Table columns, the JSON schema, import, export and the panels of the viewer are all derived from ``PROJECT_FIELDS``;
adding a field is one line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa

from cim_core.renewal.vocabulary import (
    BATCHES,
    CONCEPTS,
    FUNDING_SOURCES,
    MODEL_STATES,
    PROCEDURE_STATUSES,
    PROCEDURES,
    PROJECT_CLASSES,
    PROJECT_TYPES,
    RENEWAL_MODES,
    STAGES,
    Term,
)


class FieldType(StrEnum):
    """What a field holds. ``TEXTS`` is a list of texts, ``ITEMS`` a list of small records."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    FLAG = "flag"
    DATE = "date"
    TEXTS = "texts"
    ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Numbers are at least ``minimum`` (None: any); ``codes`` are the words a text may be."""

    name: str
    type: FieldType
    zh: str
    en: str
    unit: str = ""
    codes: tuple[Term, ...] = ()
    items: tuple[Field, ...] = ()
    is_required: bool = False
    is_read_only: bool = False
    minimum: float | None = 0

    @property
    def is_list(self) -> bool:
        """Whether the value is a list, which the store keeps as JSON."""
        return self.type in (FieldType.TEXTS, FieldType.ITEMS)

    @property
    def arrow_type(self) -> pa.DataType:
        """Type of the column; lists are JSON text, dates ISO text."""
        return _ARROW_TYPES.get(self.type, pa.string())


_ARROW_TYPES = {FieldType.NUMBER: pa.float64(), FieldType.WHOLE: pa.int64(), FieldType.FLAG: pa.bool_()}
_JSON_TYPES = {
    FieldType.NUMBER: "number",
    FieldType.WHOLE: "integer",
    FieldType.FLAG: "boolean",
    FieldType.TEXTS: "array",
    FieldType.ITEMS: "array",
}


def _text(name: str, zh: str, en: str, codes: tuple[Term, ...] = (), *, required: bool = False) -> Field:
    return Field(name, FieldType.TEXT, zh, en, codes=codes, is_required=required)


def _date(name: str, zh: str, en: str) -> Field:
    return Field(name, FieldType.DATE, zh, en)


def _number(name: str, zh: str, en: str, unit: str) -> Field:
    return Field(name, FieldType.NUMBER, zh, en, unit)


def _count(name: str, zh: str, en: str) -> Field:
    return Field(name, FieldType.WHOLE, zh, en)


def _items(name: str, zh: str, en: str, *items: Field) -> Field:
    return Field(name, FieldType.ITEMS, zh, en, items=items)


_REFERENCE = _text("reference", "出处", "Where it is", required=True)

PROJECT_FIELDS: tuple[Field, ...] = (
    _text("id", "编号", "Id", required=True),
    _text("code", "项目代码", "Project code"),
    _text("name_zh", "项目名称", "Name (Chinese)", required=True),
    _text("name_en", "英文名称", "Name (English)", required=True),
    _text("type", "项目类型", "Type", PROJECT_TYPES, required=True),
    _text("class", "改造类别", "Class", PROJECT_CLASSES),
    _text("batch", "批次", "Batch", BATCHES, required=True),
    Field("stage", FieldType.TEXT, "阶段", "Stage", codes=STAGES, is_required=True, is_read_only=True),
    _text("unit_id", "更新单元", "Renewal unit"),
    _text("address", "地址", "Address"),
    _text("community", "社区", "Community"),
    _text("lead_department", "牵头部门", "Lead department"),
    _text("implementing_body", "实施主体", "Implementing body"),
    _text("operator", "运营主体", "Operator"),
    _text("renewal_mode", "更新方式", "Renewal mode", RENEWAL_MODES),
    _number("existing_floor_m2", "现状建筑面积", "Existing floor area", "m²"),
    _number("planned_floor_m2", "规划建筑面积", "Planned floor area", "m²"),
    _number("demolished_floor_m2", "拆除建筑面积", "Demolished floor area", "m²"),
    _number("new_floor_m2", "新建建筑面积", "New floor area", "m²"),
    _count("households", "涉及户数", "Households"),
    _count("households_to_resettle", "需安置户数", "Households to resettle"),
    _count("households_resettled_near", "就地就近安置户数", "Households resettled on site or near"),
    _count("parking_spaces", "停车泊位", "Parking spaces"),
    _number("green_m2", "绿地面积", "Green area", "m²"),
    Field("underground_from_m", FieldType.NUMBER, "地下空间底标高", "Underground from", "m", minimum=None),
    Field("underground_to_m", FieldType.NUMBER, "地下空间顶标高", "Underground to", "m", minimum=None),
    _date("starts_on", "开工日期", "Starts on"),
    _date("ends_on", "完工日期", "Ends on"),
    _items(
        "investment",
        "投资计划",
        "Investment",
        _text("source", "资金来源", "Source", FUNDING_SOURCES, required=True),
        Field("year", FieldType.WHOLE, "年度", "Year", is_required=True, minimum=1949),
        Field("amount_cny", FieldType.NUMBER, "金额", "Amount", "CNY", is_required=True),
    ),
    _items(
        "procedures",
        "手续",
        "Procedures",
        _text("kind", "手续", "Procedure", PROCEDURES, required=True),
        _text("status", "状态", "Status", PROCEDURE_STATUSES, required=True),
        _date("granted_on", "取得日期", "Granted on"),
        _text("reference", "文号", "Document number"),
    ),
    _items(
        "milestones",
        "里程碑",
        "Milestones",
        _text("name", "名称", "Name", required=True),
        _date("due_on", "计划日期", "Due on"),
        _date("done_on", "完成日期", "Done on"),
    ),
    _items("documents", "文件", "Documents", _text("title", "标题", "Title", required=True), _REFERENCE),
    _items(
        "models",
        "模型",
        "Models",
        _text("state", "模型阶段", "State", MODEL_STATES, required=True),
        _text("dataset", "数据集", "Dataset"),
        _text("reference", "出处", "Where it is"),
    ),
    _items(
        "photos",
        "照片",
        "Photos",
        _text("caption", "说明", "Caption"),
        _date("taken_on", "拍摄日期", "Taken on"),
        _REFERENCE,
    ),
    _items(
        "exemptions",
        "豁免",
        "Exemptions",
        _text("check", "检查项", "Check", required=True),
        _text("reason", "理由", "Reason", required=True),
        _text("decided_by", "决定单位", "Decided by", required=True),
        Field("decided_on", FieldType.DATE, "决定日期", "Decided on", is_required=True),
        _date("expires_on", "有效期至", "Expires on"),
    ),
    Field("problem_ids", FieldType.TEXTS, "体检问题", "Check-up problems"),
    Field("heritage_ids", FieldType.TEXTS, "历史文化要素", "Heritage inside"),
    Field("concepts", FieldType.TEXTS, "理念", "Concepts", codes=CONCEPTS),
    _text("geometry_note", "位置说明", "Note on the place"),
    Field("placeless", FieldType.FLAG, "无空间位置", "Has no place on the map"),
    Field("synthetic_geometry", FieldType.FLAG, "位置为示意", "Illustrative place"),
    Field("buffer_m", FieldType.NUMBER, "影响范围", "Reach around a line or point", "m"),
)

FIELD_BY_NAME = {field.name: field for field in PROJECT_FIELDS}
LIST_FIELDS = tuple(field.name for field in PROJECT_FIELDS if field.is_list)

#: Projects as the store gives them: every field, lists as JSON text, and the place as WKB in the work CRS.
PROJECTS_SCHEMA = pa.schema(
    [
        *(
            pa.field(f.name, f.arrow_type, nullable=not f.is_required, metadata={"unit": f.unit, "zh": f.zh})
            for f in PROJECT_FIELDS
        ),
        pa.field("geometry", pa.binary()),
    ]
)


def project_json_schema(*, is_patch: bool = False) -> dict[str, Any]:
    """JSON Schema (2020-12) of a record; of a patch nothing is required and what only moves change is left out."""
    fields = [f for f in PROJECT_FIELDS if not (is_patch and (f.is_read_only or f.name == "id"))]
    schema = _object_schema(fields, is_patch=is_patch)
    return schema | {"title": "Renewal project" if not is_patch else "Changes to a renewal project"}


def _object_schema(fields: list[Field], *, is_patch: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {f.name: _field_schema(f) for f in fields},
        "additionalProperties": False,
    }
    required = [f.name for f in fields if f.is_required]
    return schema if is_patch or not required else schema | {"required": required}


def _field_schema(field: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _JSON_TYPES.get(field.type, "string"), "title": field.en, "x-title-zh": field.zh}
    if field.unit:
        schema["x-unit"] = field.unit
    if field.type is FieldType.DATE:
        schema["format"] = "date"
    if field.type in (FieldType.NUMBER, FieldType.WHOLE) and field.minimum is not None:
        schema["minimum"] = field.minimum
    codes = {"enum": [term.value for term in field.codes]} if field.codes else {}
    if field.type is FieldType.TEXTS:
        schema["items"] = {"type": "string", **codes}
    elif field.type is FieldType.ITEMS:
        schema["items"] = _object_schema(list(field.items))
    else:
        schema |= codes
    return schema if field.is_required else schema | {"type": [schema["type"], "null"]} | _nullable_enum(schema)


def _nullable_enum(schema: dict[str, Any]) -> dict[str, Any]:
    return {"enum": [*schema["enum"], None]} if "enum" in schema else {}
