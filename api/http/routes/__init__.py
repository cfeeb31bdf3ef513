"""The routes of ``/api/v1``, one file a resource; ``ROUTERS`` is the whole list."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.routes import buildings, controls, datasets, findings, projects, state, streets, town

ROUTERS: tuple[APIRouter, ...] = (
    town.router,
    datasets.router,
    buildings.router,
    streets.router,
    controls.router,
    findings.router,
    projects.router,
    state.router,
)
