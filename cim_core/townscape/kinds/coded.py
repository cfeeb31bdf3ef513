"""Judging a coded attribute (roof form, material, style) against lists of allowed, forbidden and review codes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cim_core.features.schema import ATTRIBUTE_BY_NAME
from cim_core.townscape.kinds.base import ColorLookup, ControlKind, Judgement, Limit, Message, source_text
from cim_core.townscape.kinds.parameters import codes, parameter
from cim_core.townscape.texts import as_array, repeat
from cim_core.townscape.verdicts import FAIL, HIGH, LOW, NO_DATA, PASS, REVIEW

Codes = tuple[str, ...]
_LISTS = (("allowed", "允许", "Allowed"), ("forbidden", "禁止", "Forbidden"), ("review", "须复核", "Needs review"))
CODES_FORMULA = Message(
    "禁止列表内不符合；复核列表内待复核；给出允许列表时其外不符合",
    "a forbidden code fails; a review code is for review; where allowed is given anything outside it fails",
)


def coded_kind(id: str, zh: str, en: str, attribute_name: str) -> ControlKind:
    """A kind that looks a coded attribute up in a rule's lists of allowed, forbidden and review codes."""

    def check(self: Any) -> None:  # noqa: ANN401
        if not any(getattr(self, name) for name, *_ in _LISTS):
            raise ValueError(f"a rule of kind {id} needs a list of allowed, forbidden or review codes")

    def judge(columns: pa.Table, parameters: Any, _: ColorLookup) -> Judgement:  # noqa: ANN401
        lists = {name: getattr(parameters, name) for name, *_ in _LISTS}
        return judge_codes(columns[attribute_name], attribute_name, **lists)

    read = codes(attribute_name)
    fields = [(name, Codes, parameter(read, label_zh, label_en, default=())) for name, label_zh, label_en in _LISTS]
    parameters = dataclasses.make_dataclass(
        "".join(word.title() for word in id.split("-")) + "Parameters",
        fields,
        frozen=True,
        namespace={"__post_init__": check, "__doc__": f"Codes of ``{attribute_name}``; forbidden beats review."},
    )
    return ControlKind(
        id=id,
        zh=zh,
        en=en,
        unit="",
        attributes=(attribute_name,),
        parameters=parameters,
        judge=judge,
        formula=CODES_FORMULA,
        messages=coded_messages(zh, en),
    )


def judge_codes(
    column: pa.Array | pa.ChunkedArray, attribute_name: str, *, allowed: Codes, forbidden: Codes, review: Codes
) -> Judgement:
    """Forbidden fails; else review is for review; else, where ``allowed`` is given, anything outside it fails.

    A value outside the vocabulary is for review, a missing one has no data. There is no number and no margin.
    """
    attribute = ATTRIBUTE_BY_NAME[attribute_name]
    values = as_array(column)
    known = pa.array([code.value for code in attribute.codes])
    is_missing = np.asarray(pc.or_(pc.is_null(values), pc.fill_null(pc.equal(values, ""), True)))
    is_foreign = ~_is_in(values, tuple(known.to_pylist())) & ~is_missing
    verdicts = np.full(len(values), PASS, np.uint8)
    if allowed:
        verdicts[~_is_in(values, allowed)] = FAIL
    verdicts[_is_in(values, review) | is_foreign] = REVIEW
    verdicts[_is_in(values, forbidden)] = FAIL
    verdicts[is_missing] = NO_DATA
    row = pc.index_in(values, known)
    nothing = np.full(len(values), np.nan)
    return Judgement(
        verdicts=verdicts,
        measured_value=nothing,
        measured_text=pc.if_else(pa.array(is_missing), pa.scalar(None, pa.string()), values),
        measured_zh=pc.coalesce(pa.array([code.zh for code in attribute.codes]).take(row), values),
        measured_en=pc.coalesce(pa.array([code.en for code in attribute.codes]).take(row), values),
        margin=nothing,
        source=source_text(attribute_name, repeat("field", len(values))),
        confidence=np.where(is_missing, LOW, HIGH).astype(np.uint8),
        limit=_limit(attribute_name, allowed, forbidden, review),
        notes=((is_foreign, "该取值不在标准词表中。", "The value is not in the vocabulary."),),
    )


def coded_messages(zh: str, en: str) -> dict[int, Message]:
    """The four sentences of a coded kind; ``zh`` and ``en`` name the attribute."""
    return {
        PASS: Message(
            f"{zh}为{{measured}}，符合控制要求（{{limit}}）。", f"{en} {{measured}} is permitted ({{limit}})."
        ),
        FAIL: Message(
            f"{zh}为{{measured}}，不符合控制要求（{{limit}}）。", f"{en} {{measured}} is not permitted ({{limit}})."
        ),
        REVIEW: Message(
            f"{zh}为{{measured}}，须人工复核（{{limit}}）。", f"{en} {{measured}} needs a review ({{limit}})."
        ),
        NO_DATA: Message(f"缺少{zh}，未能判定（{{limit}}）。", f"{en} is not recorded; not judged ({{limit}})."),
    }


def _is_in(values: pa.Array, codes: Codes) -> NDArray[np.bool_]:
    return np.asarray(pc.is_in(values, pa.array(codes, pa.string())))


def _limit(attribute_name: str, allowed: Codes, forbidden: Codes, review: Codes) -> Limit:
    labels = {code.value: code for code in ATTRIBUTE_BY_NAME[attribute_name].codes}
    lists = [("允许", "allowed", allowed), ("禁止", "forbidden", forbidden), ("复核", "review", review)]
    zh = "；".join(f"{head}：{'、'.join(labels[c].zh for c in items)}" for head, _, items in lists if items)
    en = "; ".join(f"{head}: {', '.join(labels[c].en.lower() for c in items)}" for _, head, items in lists if items)
    return Limit(zh, en, "; ".join(f"{head}: {', '.join(items)}" for _, head, items in lists if items))
