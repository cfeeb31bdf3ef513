"""The page of bad inputs names a test for each row, and the tests are there."""

from __future__ import annotations

import re
from pathlib import Path

#: Rows of the list of bad inputs: building models, footprints (48 and 49 are about formats that are not read yet),
#: projects.
ROWS = {*range(1, 22)} | {*range(22, 48), *range(50, 59)} | {59, 60, 61, 62, 63, 64}


def page(repository: Path) -> str:
    return (repository / "docs" / "reference" / "bad-input.md").read_text(encoding="utf-8")


def test_page_has_every_row_about_footprints(repository: Path) -> None:
    numbers = {int(number) for number in re.findall(r"^\| (\d+) \|", page(repository), re.MULTILINE)}
    assert numbers == ROWS


def test_every_row_names_tests_that_exist(repository: Path) -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (repository / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)", written, re.MULTILINE))
    rows = [line for line in page(repository).splitlines() if re.match(r"\| (\d+|–) \|", line)]
    assert [row for row in rows if "`test_" not in row] == []
    assert set(re.findall(r"`(test_\w+)`", page(repository))) - defined == set()
