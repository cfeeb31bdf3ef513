"""The data catalogue and the coverage by models."""

from __future__ import annotations

from fastapi import APIRouter

from api.http import examples_catalogue as examples
from api.http.context import TownDep
from api.http.models.catalogue import CatalogueAnswer, CatalogueChange, CatalogueRecord, CoverageAnswer
from api.http.responses import JsonResponse, documented
from api.pipeline.catalogue import catalogue_coverage, list_catalogue, set_catalogue, show_catalogue

router = APIRouter(tags=["catalogue"])


@router.get("/catalogue", summary="Data catalogue", responses=documented(CatalogueAnswer, examples.CATALOGUE))
def get_catalogue(town: TownDep) -> JsonResponse:
    """Every dataset and layer: category, CIM level, provenance, security class and what else is said of it."""
    return JsonResponse({"datasets": list_catalogue(town.store)})


@router.get(
    "/catalogue/coverage", summary="Coverage by models", responses=documented(CoverageAnswer, examples.COVERAGE)
)
def get_coverage(town: TownDep) -> JsonResponse:
    """Share of the built-up area under models of CIM2 or finer, and the area by level; computed when asked."""
    return JsonResponse(catalogue_coverage(town.store))


@router.get(
    "/catalogue/{dataset}",
    summary="One dataset of the catalogue",
    responses=documented(CatalogueRecord, examples.RECORD, 404),
)
def get_record(dataset: str, town: TownDep) -> JsonResponse:
    """All that is known of one dataset or layer."""
    return JsonResponse(show_catalogue(town.store, dataset))


@router.put(
    "/catalogue/{dataset}",
    summary="Say something of a dataset",
    responses=documented(CatalogueRecord, examples.RECORD, 404, 422),
)
def put_record(dataset: str, change: CatalogueChange, town: TownDep) -> JsonResponse:
    """Set fields of a dataset or layer; history keeps what was said before."""
    values = change.model_dump(exclude_unset=True, exclude={"by"})
    return JsonResponse(set_catalogue(town.store, dataset, values, change.by))
