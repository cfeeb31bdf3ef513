"""The application: workspace in, ASGI app out. Nothing is made at import."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fastapi import Depends, FastAPI

from api.http import examples
from api.http.context import Town, TownDep, refuse_unknown_parameters
from api.http.errors import install_error_handlers
from api.http.files import FileRoutes
from api.http.headers import SecurityHeaders
from api.http.models.town import HealthAnswer
from api.http.responses import JsonResponse, documented
from api.http.routes import ROUTERS
from api.workspace import Workspace
from cim_core.store import Store

BASE_PATH = "/api/v1"
MAX_BODY_BYTES = 1_000_000
BUILT_VIEWER = Path(__file__).parent / "static"
LOW_DISK_SHARE = 0.05

DESCRIPTION = """The city information model of a county town: buildings with their attributes, the townscape controls
they stand under, the renewal projects they belong to, and 3D Tiles to draw them.

Positions are longitude and latitude in degrees (CGCS2000 = WGS 84) and metres above the ellipsoid. Names are bilingual.
Errors are `application/problem+json` with a stable `code`. An unknown query parameter is refused with 400."""


def create_app(workspace: Path, viewer_dist: Path | None = None) -> FastAPI:
    """The app that serves one workspace folder; ``viewer_dist`` is the built viewer (default: the packaged one).

    Raises NotFoundError or StoreError when the workspace cannot be served.
    """
    settings = Workspace.load(workspace)
    town = Town(settings, Store.open(settings.store_path))
    viewer = viewer_dist or BUILT_VIEWER

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        town.store.close()

    app = FastAPI(
        title="Xiushui CIM",
        summary="City information model of a county town",
        description=DESCRIPTION,
        version=package_version(),
        docs_url=None,  # the bundled pages load their scripts from a CDN; everything here runs offline
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(refuse_unknown_parameters)],
        max_body_size=MAX_BODY_BYTES,
    )
    app.state.town = town
    for router in ROUTERS:
        app.include_router(router, prefix=BASE_PATH)
    app.add_api_route(
        "/health",
        get_health,
        summary="Health of the service",
        tags=["service"],
        responses=documented(HealthAnswer, examples.HEALTH),
    )
    install_error_handlers(app)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(FileRoutes, tilesets=settings.tilesets_folder, terrain=settings.terrain_folder, viewer=viewer)
    return app


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
                "sqlite": town.store.sqlite_version,
                "journal_mode": town.store.journal_mode,
                "datasets": len(town.store.datasets()),
                "notes": town.store.notes,
            },
            "disk_free_share": free_share,
        }
    )


def package_version() -> str:
    """Version of the installed distribution, or ``0`` when it runs from a bare checkout."""
    try:
        return version("xiushui-cim")
    except PackageNotFoundError:
        return "0"
