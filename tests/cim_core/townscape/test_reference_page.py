from __future__ import annotations

from pathlib import Path

import pytest

from cim_core.townscape.builtin import BUILTIN
from cim_core.townscape.kinds.parameters import parameter_infos
from cim_core.townscape.verdicts import VERDICTS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "townscape-controls.md"


@pytest.mark.parametrize("kind", BUILTIN, ids=lambda kind: kind.id)
def test_the_page_explains_every_kind_and_parameter(kind):
    text = PAGE.read_text(encoding="utf-8")
    assert f"`{kind.id}` {kind.zh}" in text
    for info in parameter_infos(kind.parameters):
        assert f"| `{info.name}` | {info.zh} |" in text


def test_the_page_explains_every_verdict():
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{verdict.value}` | {verdict.zh} |" in text for verdict in VERDICTS)
