"""The specification a model is checked against at intake unless another is given."""

from __future__ import annotations

from pathlib import Path

INTAKE_IDS = Path(__file__).with_name("cim-intake.ids")
