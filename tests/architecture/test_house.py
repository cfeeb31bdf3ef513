"""The shape of the house: what may be in the repository, and pages that must not drift from the code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from api.cli.reference import PAGES, REFERENCE

# A registry's host in a committed file would tie the project to one network.
REGISTRY_HOSTS = re.compile(r"pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian\.org")


def tracked_files(repository: Path) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=True)
    return [repository / name for name in listing.stdout.split("\0") if name and (repository / name).is_file()]


def test_no_tracked_file_names_a_package_registry(repository: Path) -> None:
    guilty = [
        path.relative_to(repository)
        for path in tracked_files(repository)
        if path.name != "test_house.py" and path.suffix not in {".laz", ".tif", ".png"}
        if REGISTRY_HOSTS.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert guilty == []


def test_the_sample_town_is_small_in_git(repository: Path) -> None:
    folder = repository / "sample_models"
    assert sum(path.stat().st_size for path in tracked_files(repository) if path.is_relative_to(folder)) < 5_000_000


def test_nothing_a_build_makes_is_tracked(repository: Path) -> None:
    built = ("api/http/static/", "viewer/node_modules/", ".demo/", ".venv/")
    names = [str(path.relative_to(repository)) for path in tracked_files(repository)]
    assert [name for name in names if name.startswith(built)] == []


@pytest.mark.parametrize("page", sorted(PAGES))
def test_reference_page_matches_the_code(page: str) -> None:
    assert (REFERENCE / page).read_text(encoding="utf-8") == PAGES[page](), "run: python -m api.cli.reference"
