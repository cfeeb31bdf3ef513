"""The routes of ``/api/v1``, one file a resource; ``ROUTERS`` is the whole list."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.routes import (
    attachments,
    building_names,
    buildings,
    catalogue,
    checks,
    controls,
    datasets,
    elements,
    findings,
    frontages,
    history,
    planning,
    project_work,
    projects,
    scenarios,
    state,
    streets,
    town,
)

ROUTERS: tuple[APIRouter, ...] = (
    town.router,
    datasets.router,
    elements.router,  # before buildings: its tree ends a path that a building's id may hold
    buildings.router,
    building_names.router,
    streets.router,
    frontages.router,
    controls.router,
    planning.router,
    findings.router,
    checks.router,
    history.router,
    catalogue.router,
    projects.router,
    project_work.router,
    scenarios.router,
    attachments.router,
    state.router,
)
