"""``facade-main-color`` 立面主色: the main facade color against palettes, or its share against limits."""

from __future__ import annotations

from cim_core.townscape.kinds.color_shares import facade_color_kind

KIND = facade_color_kind("main", "立面主色", "Facade main color")
