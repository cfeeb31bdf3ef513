"""``facade-material`` 外墙材料: the recorded facade material of a building against lists of codes."""

from __future__ import annotations

from cim_core.townscape.kinds.coded import coded_kind

KIND = coded_kind("facade-material", "外墙材料", "Facade material", "facade_material")
