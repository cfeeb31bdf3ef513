"""The shape of the house: what may be in the repository, and lists that must not drift."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from api.cli.main import COMMANDS
from converters.builtin import REGISTRY

# A registry's host in a committed file would tie the project to one network.
REGISTRY_HOSTS = re.compile(r"pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian\.org")


def tracked_files(repository: Path) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=True)
    return [repository / name for name in listing.stdout.split("\0") if name]


def test_no_tracked_file_names_a_package_registry(repository: Path) -> None:
    guilty = [
        path.relative_to(repository)
        for path in tracked_files(repository)
        if path.name != "test_house.py" and path.is_file() and path.suffix not in {".laz", ".tif", ".png"}
        if REGISTRY_HOSTS.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert guilty == []


def test_the_sample_town_is_small(repository: Path) -> None:
    folder = repository / "sample_models"
    size = sum(path.stat().st_size for path in tracked_files(repository) if path.is_relative_to(folder) and path.is_file())
    assert size < 5_000_000


def test_every_format_is_in_the_reference(repository: Path) -> None:
    text = (repository / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    missing = [converter.info.id for converter in REGISTRY.formats if f"`{converter.info.id}`" not in text]
    assert missing == []


def test_every_command_is_in_the_reference(repository: Path) -> None:
    text = (repository / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`cim {name}" not in text] == []
