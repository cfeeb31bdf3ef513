"""``roof-form`` 屋顶形式: the recorded roof form of a building against lists of codes."""

from __future__ import annotations

from cim_core.townscape.kinds.coded import coded_kind

KIND = coded_kind("roof-form", "屋顶形式", "Roof form", "roof_form")
