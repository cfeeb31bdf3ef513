"""Example answers of attached files, as the interface documents them."""

from __future__ import annotations

from typing import Any

ONE: dict[str, Any] = {
    "id": "3f9a1c0b7d52",
    "kind": "project",
    "subject": "prj-01",
    "name": "许可证.pdf",
    "media_type": "application/pdf",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "bytes": 48213,
    "note": "",
    "by": "planner",
    "location_removed": False,
    "added_at": "2026-11-22T08:30:00.000Z",
    "url": "/api/v1/attachments/3f9a1c0b7d52/content",
}
LIST: dict[str, Any] = {"attachments": [ONE]}
WITHDRAWN: dict[str, Any] = {"withdrawn": "3f9a1c0b7d52"}
