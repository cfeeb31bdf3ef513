"""The application: workspace in, ASGI app out. Nothing is made at import."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import anyio
import anyio.to_thread
from fastapi import Depends, FastAPI

from api.http.body import BodyLimit
from api.http.context import Town, refuse_unknown_parameters
from api.http.errors import install_error_handlers
from api.http.files import FileRoutes
from api.http.headers import SecurityHeaders
from api.http.json_body import StrictJson
from api.http.openapi import install_openapi
from api.http.routes import ROUTERS, attachments, service
from api.http.routes.service import package_version
from api.pipeline.attachments import MAX_FILE_BYTES
from api.pipeline.rejudging import check_if_due
from api.workspace import Workspace
from cim_core.errors import CimError

BASE_PATH = "/api/v1"
MAX_BODY_BYTES = 1_000_000
WORKER_THREADS = 8  # each builds its own PROJ transformers; more threads only wait for the interpreter lock
CALENDAR_SECONDS = 300.0
BUILT_VIEWER = Path(__file__).parent / "static"

DESCRIPTION = """The city information model of a county town: buildings with their attributes, the townscape controls
they stand under, the renewal projects they belong to, and 3D Tiles to draw them.

Positions are longitude and latitude in degrees (CGCS2000 = WGS 84) and metres above the ellipsoid. Names are bilingual.
Errors are `application/problem+json` with a stable `code`. An unknown query parameter is refused with 400."""


def create_app(workspace: Path, viewer_dist: Path | None = None) -> FastAPI:
    """The app that serves one workspace folder; ``viewer_dist`` is the built viewer (default: the packaged one).

    Raises NotFoundError or StoreError when the workspace cannot be served.
    """
    settings = Workspace.load(workspace)
    town = Town(settings, settings.open_store())
    viewer = viewer_dist or BUILT_VIEWER

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = WORKER_THREADS
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_follow_the_calendar, town)
            yield
            tasks.cancel_scope.cancel()
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
    )
    app.state.town = town
    for router in ROUTERS:
        app.include_router(router, prefix=BASE_PATH)
    app.include_router(service.router)
    install_error_handlers(app)
    install_openapi(app, [("", service.router), *((BASE_PATH, router) for router in ROUTERS)])
    app.add_middleware(StrictJson)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES, larger={attachments.BASE: MAX_FILE_BYTES})
    app.add_middleware(SecurityHeaders)
    app.add_middleware(FileRoutes, tilesets=settings.tilesets_folder, terrain=settings.terrain_folder, viewer=viewer)
    return app


async def _follow_the_calendar(town: Town) -> None:
    """Check the town anew on the day a decision or a rule begins or ends, while it is served too."""
    looked_on = None
    while True:
        if looked_on != (today := date.today()):
            try:
                await anyio.to_thread.run_sync(check_if_due, town.store, town.workspace.folder)
            except CimError as error:  # the verdicts of the last check are still there; their day is shown
                logging.getLogger(__name__).warning("the check of %s was not made: %s", today, error)
            looked_on = today
        await anyio.sleep(CALENDAR_SECONDS)
