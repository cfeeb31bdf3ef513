"""The page of conformance may only promise commands and routes that are there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from api.cli.main import main
from api.http.routes import ROUTERS

PAGE = "docs/conformance-cjjt315.md"
STATES = {"done", "partly", "not yet"}
#: Functions the standard's clause 4.3.3 and 4.3.5 names; each needs a row.
NAMED = (
    "Check-in control", "Clash detection", "Version management", "Lightweighting", "Extraction", "Comparison",
    "Catalogue", "Metadata", "Cleaning", "Conversion", "Import and export", "Update", "Thematic mapping", "Backup",
    "Scene configuration", "Place name", "Spatial query", "fuzzy", "Combined", "Model element", "Linked",
    "statistics", "Output", "Fly", "Annotate", "Section cut", "Measure", "Massing", "Swipe", "Transparency",
    "Sharing", "Intervisibility", "View corridor", "Skyline", "Green ratio", "Sunlight", "permission", "Log",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / PAGE).read_text(encoding="utf-8")


def rows(page: str) -> list[list[str]]:
    lines = [line for line in page.splitlines() if line.startswith("|") and not line.startswith(("| function", "|---"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_named_function_has_a_row_with_a_state(page: str) -> None:
    assert {row[1] for row in rows(page)} == STATES
    assert [name for name in NAMED if name not in page] == []


def test_what_is_done_says_where_and_what_is_partly_done_what_lacks(page: str) -> None:
    assert [row[0] for row in rows(page) if row[1] != "not yet" and not row[2]] == []
    assert [row[0] for row in rows(page) if row[1] == "partly" and not row[3]] == []


def test_every_named_command_exists(page: str) -> None:
    for words in sorted(set(re.findall(r"`cim ([a-z ]+)`", page))):
        command: click.Command | None = main
        for word in words.split():
            assert isinstance(command, click.Group), words
            command = command.get_command(click.Context(command), word)
        assert command is not None, words


def test_every_named_route_exists(page: str) -> None:
    paths = {f"/api/v1{route.path}" for router in ROUTERS for route in router.routes}
    known = {re.sub(r"\{[^}]*\}", "{}", path) for path in paths} | {"/health", "/openapi.json"}
    named = {re.sub(r"\{[^}]*\}", "{}", path) for path in re.findall(r"`(?:GET|POST|PUT) (/[^`]*)`", page)}
    assert named - known == set()
