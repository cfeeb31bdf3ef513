"""``style`` 建筑风格: the recorded style of a building against lists of codes."""

from __future__ import annotations

from cim_core.townscape.kinds.coded import coded_kind

KIND = coded_kind("style", "建筑风格", "Style", "style")
