"""The town itself: its name, its vocabulary, the formats that can be imported."""

from __future__ import annotations

from fastapi import APIRouter

from api.http import examples
from api.http.context import TownDep
from api.http.models.town import FormatsAnswer, TownAnswer, VocabularyAnswer
from api.http.responses import JsonResponse, documented
from api.http.rows import heights_answer
from api.http.vocabulary import vocabulary
from cim_core.store import Box
from converters.builtin import REGISTRY

router = APIRouter(tags=["town"])


@router.get("/town", summary="The town being served", responses=documented(TownAnswer, examples.TOWN))
def get_town(town: TownDep) -> JsonResponse:
    """Name, notice, extent, the street to open on, and where the terrain is."""
    workspace = town.workspace
    version = workspace.terrain_version()
    extents = [record.extent_deg for record in town.store.datasets() if record.extent_deg is not None]
    return JsonResponse(
        {
            "name": workspace.name,
            "synthetic": workspace.synthetic,
            "notice": workspace.notice,
            "crs": workspace.crs,
            "extent_deg": _union(extents),
            "home": {"street_id": workspace.home.get("street_id")},
            "terrain": None if version is None else {"url": f"/terrain/{version}/"},
            "heights": heights_answer(workspace.heights),
        }
    )


@router.get(
    "/vocabulary",
    summary="Every coded word with labels",
    responses=documented(VocabularyAnswer, examples.VOCABULARY),
)
def get_vocabulary() -> JsonResponse:
    """Attributes, verdicts, control kinds, project types and stages in Chinese and English."""
    return JsonResponse(vocabulary())


@router.get("/formats", summary="Formats that can be imported", responses=documented(FormatsAnswer, examples.FORMATS))
def get_formats() -> JsonResponse:
    """The same list the command line and the documentation have."""
    infos = [converter.info for converter in REGISTRY]
    return JsonResponse(
        {
            "formats": [
                {
                    "id": info.id,
                    "label": info.label,
                    "suffixes": info.suffixes,
                    "produces": info.produces.value,
                    "media_type": info.media_type,
                    "library": info.library,
                }
                for info in infos
            ]
        }
    )


def _union(boxes: list[Box]) -> list[float] | None:
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return [min(west), min(south), max(east), max(north)]
