"""``roof-material`` 屋面材料: the recorded material of a roof against lists of codes."""

from __future__ import annotations

from cim_core.townscape.kinds.coded import coded_kind

KIND = coded_kind("roof-material", "屋面材料", "Roof material", "roof_material")
