"""IDS results for people and their tools: a page, and remarks as BCF that a BIM tool opens at the objects."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import numpy as np
from bcf.v2.bcfxml import BcfXml

_STATUS = {
    "pass": ("通过 pass", "#2f7d4f"),
    "fail": ("未通过 fail", "#b3392f"),
    "not_applicable": ("不适用 not applicable", "#777"),
}
_MAX_ROWS = 200
#: More objects than this in one view slow every tool down; the topic says how many there are.
_MAX_COMPONENTS = 500


def encode_html(result: dict[str, Any], file_name: str) -> str:
    """A self-contained page in Chinese and English; every text of the model is escaped."""
    sections = "\n".join(_section(spec) for spec in result["specifications"])
    title = html.escape(result["title"])
    return f"""<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}}
h2{{font-size:1.1rem;margin-top:2rem}}table{{border-collapse:collapse;width:100%}}
td,th{{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #ddd;font-size:.9rem;vertical-align:top}}
.pass{{color:{_STATUS["pass"][1]}}}.fail{{color:{_STATUS["fail"][1]}}}.not_applicable{{color:#777}}</style></head>
<body><h1>{title}</h1>
<p>{html.escape(file_name)}, {html.escape(str(result["schema"]))}: {_badge(result["status"])}</p>
{sections}
</body></html>
"""


def _badge(status: str) -> str:
    return f'<strong class="{status}">{_STATUS[status][0]}</strong>'


def _section(spec: dict[str, Any]) -> str:
    parts = [
        f"<h2>{html.escape(spec['name'])}: {_badge(spec['status'])}</h2>",
        f"<p>{html.escape(spec['description'])}<br><em>{html.escape(spec['instructions'])}</em></p>",
    ]
    if spec["status"] == "fail" and not spec["applicable"]:
        parts.append('<p class="fail">模型中没有此类对象。The model has no such object.</p>')
    for requirement in spec["requirements"]:
        parts.append(f"<p>{_badge(requirement['status'])} {html.escape(requirement['text'])}</p>")
        if requirement["objects"]:
            parts.append(_rows(requirement))
    return "\n".join(parts)


def _rows(requirement: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(o['kind'])}</td><td>{html.escape(str(o['name'] or ''))}</td>"
        f"<td>{html.escape(str(o['id'] or ''))}</td><td>{html.escape(o['reason'])}</td></tr>"
        for o in requirement["objects"][:_MAX_ROWS]
    )
    more = requirement["failed"] - min(len(requirement["objects"]), _MAX_ROWS)
    note = f"<p>… {more} more</p>" if more > 0 else ""
    return f"<table><tr><th>class</th><th>name</th><th>GlobalId</th><th>reason</th></tr>{rows}</table>{note}"


def write_bcf(result: dict[str, Any], path: Path) -> int:
    """Write the failures as BCF 2.1, one topic a requirement with its objects selected; returns the topics.

    A requirement that no object fails because there is none is a topic without a view.
    """
    project: Any = BcfXml.create_new(result["title"])
    topics = 0
    for spec in result["specifications"]:
        if spec["status"] != "fail":
            continue
        failed = [r for r in spec["requirements"] if r["status"] == "fail"]
        if not failed:
            project.add_topic(spec["name"], f"{spec['description']}\n{spec['instructions']}", "Xiushui CIM", "Error")
            topics += 1
        for requirement in failed:
            text = f"{spec['description']}\n{requirement['text']} ({requirement['failed']})\n{spec['instructions']}"
            topic = project.add_topic(f"{spec['name']}: {requirement['text']}"[:200], text, "Xiushui CIM", "Error")
            guids = [o["id"] for o in requirement["objects"] if o["id"]][:_MAX_COMPONENTS]
            if guids:
                topic.add_viewpoint_from_point_and_guids(np.array(requirement["origin_m"] or [0.0] * 3), *guids)
            topics += 1
    project.save(str(path))
    return topics
