"""``facade-accent-color`` 立面点缀色: the accent facade color against palettes, or its share against limits."""

from __future__ import annotations

from cim_core.townscape.kinds.color_shares import facade_color_kind

KIND = facade_color_kind("accent", "立面点缀色", "Facade accent color")
