"""``cim color``: names, cards, and a photograph the test paints."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from api.cli.main import main

CARD = "sample_models/packs/palettes/yuxian-demo.yaml"
CORNERS = ("--corners", "20,20", "380,20", "380,280", "20,280")


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A wall of the card's YX-07 (#beaa99) with a band of YX-10 below the roof."""
    picture = np.full((300, 400, 3), (190, 170, 153), np.uint8)
    picture[20:60] = (143, 78, 70)
    path = tmp_path / "wall.png"
    Image.fromarray(picture).save(path)
    return path


def test_a_color_is_named_and_found_on_a_card(repository: Path) -> None:
    code, text = run("color", "name", "#8C8C87", "--palette", repository / CARD, "--json")
    found = json.loads(text)
    assert code == 0
    # domain: colour-science gives 0.7GY 5.7/0.4 for this grey brick; below chroma 0.5 it is called neutral.
    assert found["munsell"] == "N 5.7"
    assert found["nearest"]["code"] in {"YX-01", "YX-03"}
    assert found["nearest"]["fit"] == "near"


def test_a_notation_becomes_a_color_and_is_held_against_a_pack(repository: Path) -> None:
    code, text = run("color", "name", "10R 4/6", "--rules", repository / "sample_models/yuxian/rules.yaml", "--json")
    palettes = {entry["id"]: entry for entry in json.loads(text)["palettes"]}
    assert code == 0
    assert palettes["brick-red"]["inside"]
    assert palettes["heritage-grey"]["distance"] > 2


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_a_photograph_gives_colors_and_a_report(
    photograph: Path, tmp_path: Path, repository: Path, suffix: str
) -> None:
    report = tmp_path / f"report{suffix}"
    arguments = ("color", "photo", photograph, *CORNERS, "--palette", repository / CARD, "--report", report, "--json")
    code, text = run(*arguments)
    found = json.loads(text)
    assert code == 0
    assert (found["main"]["hex_color"], found["main"]["match"]["code"]) == ("#beaa99", "YX-07")
    assert found["colors"][1]["match"]["code"] == "YX-10"
    assert found["indicative"]
    content = report.read_bytes()
    assert content.startswith(b"\x89PNG") if suffix == ".png" else "YX-07" in content.decode("utf-8")
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("color", "name", "bluish"), "is no color"),
        (("color", "photo", "missing.jpg", *CORNERS), "not a picture"),
        (("color", "photo", CARD, *CORNERS), "not a picture"),
    ],
)
def test_what_cannot_be_read_is_said(arguments: tuple[str, ...], word: str) -> None:
    code, text = run(*arguments)
    assert code != 0
    assert word in text


def test_a_report_is_a_picture_or_a_page(photograph: Path) -> None:
    code, text = run("color", "photo", photograph, *CORNERS, "--report", "out.pdf")
    assert code != 0
    assert ".png or an .html" in text
