"""``facade-secondary-color`` 立面辅色: the secondary facade color against palettes, or its share against limits."""

from __future__ import annotations

from cim_core.townscape.kinds.color_shares import facade_color_kind

KIND = facade_color_kind("secondary", "立面辅色", "Facade secondary color")
