"""What was surveyed of frontages, laid over what they and their buildings are known by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cim_core.errors import ModelError
from cim_core.features.schema import ATTRIBUTE_BY_NAME
from cim_core.renewal import parse_date
from cim_core.townscape.texts import as_array

#: What can be surveyed of a facade: column of the frontage and the building attribute whose words it has.
FACTS: Mapping[str, str] = {
    "color": "facade_main_color",
    "color_source": "color_source",
    "material": "facade_material",
    "style": "style",
    "sign_count": "sign_count",
    "photo": "facade_photo",
}
#: What a survey says of itself.
ABOUT = ("surveyed_on", "source")
_ON_ANY_BUILDING = ("color", "material", "style")
_MOST_SIGNS = 10_000
_LONGEST_TEXT = 400
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def parse_facts(values: Mapping[str, object], where: str) -> dict[str, Any]:
    """The facts and the origin of a survey, checked; those that are not given are left out, empty ones are None.

    ``color`` is ``#rrggbb``; ``color_source``, ``material`` and ``style`` are codes of the buildings' attributes or
    their labels; ``photo`` is the id of an attachment, a path or a web address. Raises ModelError.
    """
    unknown = sorted(values.keys() - {*FACTS, *ABOUT})
    if unknown:
        hint = "one of: " + ", ".join((*FACTS, *ABOUT))
        raise _bad(f"a frontage has no field {unknown[0]!r}", f"{where}/{unknown[0]}", hint)
    return {
        name: None if value in (None, "") else _parse(name, value, f"{where}/{name}") for name, value in values.items()
    }


def _parse(name: str, value: object, where: str) -> object:
    if name == "sign_count":
        text = str(value).strip()
        if isinstance(value, bool) or not text.isascii() or not text.isdigit() or int(text[:9]) > _MOST_SIGNS:
            raise _bad(f"{value!r} is no number of signs", where, f"a whole number from 0 to {_MOST_SIGNS}")
        return int(text)
    if name == "surveyed_on":
        return parse_date(value, where).isoformat()
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise _bad("is no line of text", where, f"printable, at most {_LONGEST_TEXT} characters")
    text = value.strip()
    if name == "color":
        digits = text.lower().removeprefix("#")
        if not re.fullmatch("[0-9a-f]{6}", digits):
            raise _bad(f"{value!r} is no color", where, "write it as #rrggbb", "unreadable-color")
        return f"#{digits}"
    if name == "photo":
        scheme = _SCHEME.match(text)
        if scheme is not None and scheme[1].lower() not in {"http", "https"}:
            raise _bad(f"{value!r} is no address of a photo", where, "an attachment's id, a path or a web address")
        return text
    return text if name == "source" else _parse_code(name, text, where)


def _parse_code(name: str, text: str, where: str) -> str:
    codes = ATTRIBUTE_BY_NAME[FACTS[name]].codes
    for code in codes:
        if text.lower() in {word.lower() for word in (code.value, code.zh, code.en, *code.aliases)}:
            return code.value
    raise _bad(f"{text!r} is no {name.replace('_', ' ')}", where, "one of: " + ", ".join(code.value for code in codes))


def _bad(message: str, where: str, hint: str, code: str = "frontage-field") -> ModelError:
    return ModelError(message, where=where, hint=hint, code=code)


def lay_surveys(frontages: pa.Table, surveys: pa.Table) -> pa.Table:
    """The frontages with every surveyed fact in place of the building's.

    Args:
        frontages: ``key`` and the columns of ``FACTS``.
        surveys: ``id`` (the key), the columns of ``FACTS``, ``surveyed_on`` and ``source``; null where not surveyed.

    Returns:
        The frontages with ``surveyed`` (the names of surveyed facts, parted by commas; null: none), ``surveyed_on``
        and ``survey_source``. The origin of a surveyed color is the survey's, and not known where that does not say.
    """
    found = surveys.take(pc.index_in(as_array(frontages["key"]), as_array(surveys["id"]))).combine_chunks()
    names = []
    for name in FACTS:
        deciding = "color" if name == "color_source" else name
        is_surveyed = pc.is_valid(as_array(found[deciding]))
        own = as_array(frontages[name])
        laid = pc.if_else(is_surveyed, pc.cast(as_array(found[name]), own.type), own)
        frontages = frontages.set_column(frontages.column_names.index(name), name, laid)
        if name != "color_source":
            names.append(pc.if_else(is_surveyed, f"{name},", ""))
    said = pc.utf8_rtrim(pc.binary_join_element_wise(*names, ""), characters=",")
    frontages = frontages.append_column("surveyed", pc.if_else(pc.equal(said, ""), pa.scalar(None, pa.string()), said))
    frontages = frontages.append_column("surveyed_on", pc.cast(as_array(found["surveyed_on"]), pa.string()))
    return frontages.append_column("survey_source", pc.cast(as_array(found["source"]), pa.string()))


def lay_on_buildings(buildings: pa.Table, frontages: pa.Table, surveys: pa.Table) -> pa.Table:
    """The buildings with what was surveyed of their main facade, the longest frontage, in place of their own values.

    The signs of a frontage are those of the building only where it has no other frontage. Edits of a building made to
    the answer count more than the survey, which says how the facade was.

    Args:
        buildings: ``dataset``, ``id`` and attributes.
        frontages: ``dataset``, ``building_id``, ``key``, ``length_m``.
        surveys: as for ``lay_surveys``.
    """
    if surveys.num_rows == 0:
        return buildings
    order = pc.sort_indices(frontages, [("length_m", "descending"), ("key", "ascending")])
    fronts = frontages.take(order)
    owner = _owners(fronts["dataset"], fronts["building_id"])
    own = _owners(buildings["dataset"], buildings["id"])
    main = pc.index_in(own, owner)  # the first is the longest
    found = surveys.take(pc.index_in(as_array(fronts["key"]).take(main), as_array(surveys["id"]))).combine_chunks()
    counted = pc.value_counts(owner)
    fronts_of = counted.field("counts").take(pc.index_in(own, counted.field("values")))
    is_only = pc.fill_null(pc.equal(fronts_of, 1), False)
    for name in (*_ON_ANY_BUILDING, "sign_count"):
        is_surveyed = pc.is_valid(as_array(found[name]))
        if name == "sign_count":
            is_surveyed = pc.and_(is_surveyed, is_only)
        buildings = _overlay(buildings, FACTS[name], is_surveyed, as_array(found[name]))
        if name == "color":
            buildings = _overlay(buildings, FACTS["color_source"], is_surveyed, as_array(found["color_source"]))
    return buildings


def _overlay(buildings: pa.Table, name: str, mask: pa.Array, values: pa.Array) -> pa.Table:
    column = as_array(buildings[name])
    laid = pc.if_else(mask, pc.cast(values, column.type), column)
    return buildings.set_column(buildings.column_names.index(name), name, laid)


def _owners(datasets: pa.ChunkedArray, ids: pa.ChunkedArray) -> pa.Array:
    return as_array(pc.binary_join_element_wise(datasets, ids, "/"))
