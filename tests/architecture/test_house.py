"""The shape of the house: what may be in the repository, and pages that must not drift from the code."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from api.cli.reference import PAGES, REFERENCE

# A registry's host in a committed file would tie the project to one network.
REGISTRY_HOSTS = re.compile(r"pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian\.org")


PACKAGES = ("api/", "cim_core/", "converters/", "tiles/", "sample_models/")
#: What may not stand in our packages, and why it does not belong there.
FORBIDDEN = {
    "unfinished work": re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError"),
    "a path of one machine": re.compile(r"/(work|root|home)/\w"),
    "a blanket excuse to a checker": re.compile(r"# type: ignore(?!\[)|# noqa(?!:)"),
}
#: One idea, one file: longer ones hold more than one.
LONGEST_FILE = 350


def tracked_files(repository: Path) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=True)
    return [repository / name for name in listing.stdout.split("\0") if name and (repository / name).is_file()]


def package_modules(repository: Path) -> list[Path]:
    return [
        path
        for path in tracked_files(repository)
        if path.suffix == ".py" and path.relative_to(repository).as_posix().startswith(PACKAGES)
    ]


def test_no_tracked_file_names_a_package_registry(repository: Path) -> None:
    guilty = [
        path.relative_to(repository)
        for path in tracked_files(repository)
        if path.name != "test_house.py" and path.suffix not in {".laz", ".tif", ".png"}
        if REGISTRY_HOSTS.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert guilty == []


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_packages_hold_nothing_of_this(repository: Path, what: str) -> None:
    guilty = [
        f"{path.relative_to(repository)}:{number}: {line.strip()}"
        for path in package_modules(repository)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert guilty == []


def test_only_the_command_line_and_the_sample_scripts_print(repository: Path) -> None:
    guilty = [
        f"{path.relative_to(repository)}:{node.lineno}"
        for path in package_modules(repository)
        if not path.relative_to(repository).as_posix().startswith(("api/cli/", "sample_models/"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert guilty == []


def test_files_hold_one_idea(repository: Path) -> None:
    lengths = {
        path.relative_to(repository).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in package_modules(repository)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_error_codes_are_kebab_words(repository: Path) -> None:
    kebab = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
    guilty = [
        f"{path.relative_to(repository)}:{node.lineno}: {keyword.value.value}"
        for path in package_modules(repository)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error")
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
        if not kebab.fullmatch(str(keyword.value.value))
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
