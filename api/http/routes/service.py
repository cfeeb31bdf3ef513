"""The service itself."""

from __future__ import annotations

import shutil
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter

from api.http import examples
from api.http.context import TownDep
from api.http.models.town import HealthAnswer
from api.http.responses import JsonResponse, documented

router = APIRouter(tags=["service"])

LOW_DISK_SHARE = 0.05


@router.get("/health", summary="Health of the service", responses=documented(HealthAnswer, examples.HEALTH))
def get_health(town: TownDep) -> JsonResponse:
    """Whether the service can answer, which SQLite and journal it runs on, and how much disk is left."""
    usage = shutil.disk_usage(town.workspace.folder)
    free_share = round(usage.free / usage.total, 4)
    is_fine = free_share >= LOW_DISK_SHARE
    return JsonResponse(
        {
            "status": "ok" if is_fine else "degraded",
            "version": package_version(),
            "store": {
                "database": town.store.database_version,
                "journal_mode": town.store.journal_mode,
                "datasets": len(town.store.datasets()),
                "notes": town.store.notes,
            },
            "disk_free_share": free_share,
        }
    )


@cache
def package_version() -> str:
    """Version of the installed distribution, or ``0`` when it runs from a bare checkout."""
    try:
        return version("xiushui-cim")
    except PackageNotFoundError:
        return "0"
