"""The report of a facade's colors: one picture, or one page that needs nothing else."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cim_core.townscape.color.facade import FacadeColor, FacadeColors, PhotoOptions
from cim_core.townscape.color.picture import OUTSIDE, PARTS, WALL
from cim_core.townscape.color.swatches import ColorCard

Bytes = NDArray[np.uint8]

_PANEL = 420
_ROW = 46
_INK, _PAPER = (30, 30, 30), (255, 255, 255)
#: Colors the parts other than wall are painted over with.
_PART_COLORS = {"sky": (90, 160, 255), "plants": (40, 200, 60), "glass": (20, 20, 90), "signs": (255, 60, 200),
                "street": (255, 170, 0), "outside": (120, 120, 120)}  # fmt: skip
_FIT_WORDS = {"fit": "相符 fits", "near": "接近 near", "off": "不符 off"}
_INDICATIVE = (
    "无色卡校正，结果仅供参考（误差约 5–10 ΔE00）。 No grey card: indicative only, off by some 5 to 10 CIEDE2000."
)
_CALIBRATED = "已按灰卡校正白平衡。 White balanced by a grey card."


def write_report(
    path: Path, photo: Bytes, options: PhotoOptions, found: FacadeColors, card: ColorCard | None, title: str
) -> None:
    """Write ``.png`` or ``.html`` by the suffix of the path, in one step."""
    staging = path.with_name(path.name + ".part")
    if path.suffix.lower() == ".html":
        staging.write_text(_page(photo, options, found, card, title), encoding="utf-8")
    else:
        _picture(photo, options, found).save(staging, format="PNG")
    staging.replace(path)


def _picture(photo: Bytes, options: PhotoOptions, found: FacadeColors) -> Image.Image:
    """Photograph with the outline, facade straight on, what was taken for wall, and the colors below."""
    panels = [_outlined(photo, options), Image.fromarray(found.picture), _masked(found)]
    panels = [_fitted(panel) for panel in panels]
    height = max(panel.height for panel in panels)
    width = len(panels) * (_PANEL + 10) + 10
    sheet = Image.new("RGB", (width, height + 40 + _ROW * len(found.colors)), _PAPER)
    for i, panel in enumerate(panels):
        sheet.paste(panel, (10 + i * (_PANEL + 10), 10))
    draw = ImageDraw.Draw(sheet)
    draw.text((10, height + 16), "grey card used" if not found.is_indicative else "INDICATIVE: no grey card", fill=_INK)
    for i, color in enumerate(found.colors):
        top = height + 36 + i * _ROW
        draw.rectangle((10, top, 110, top + _ROW - 8), fill=color.hex_color)
        draw.rectangle((120, top, 120 + int(300 * color.share), top + 10), fill=_INK)
        draw.text((120, top + 14), _line(color, is_main=i == 0), fill=_INK)
    return sheet


def _line(color: FacadeColor, *, is_main: bool) -> str:
    words = f"{'MAIN  ' if is_main else ''}{color.share:.1%}  {color.munsell}  {color.hex_color}"
    if color.match is None:
        return words
    match = color.match
    return f"{words}   nearest {match.code} {match.notation}: dE00 {match.distance:g} ({match.fit})"


def _outlined(photo: Bytes, options: PhotoOptions) -> Image.Image:
    picture = Image.fromarray(photo)
    draw = ImageDraw.Draw(picture)
    width = max(picture.width // 200, 2)
    outlines = [(options.corners, (255, 0, 0)), (options.card, (255, 255, 0)), (options.wall, (0, 255, 255))]
    for points, ink in outlines:
        if points is not None:
            ring = [tuple(point) for point in np.vstack([points, points[:1]]).tolist()]
            draw.line(ring, fill=ink, width=width)
    return picture


def _masked(found: FacadeColors) -> Image.Image:
    painted = found.picture.astype(np.float64)
    for number, name in enumerate(PARTS):
        if number != WALL:
            share = 1.0 if number == OUTSIDE else 0.65
            chosen = found.parts == number
            painted[chosen] = painted[chosen] * (1 - share) + np.array(_PART_COLORS[name]) * share
    return Image.fromarray(np.round(painted).astype(np.uint8))


def _fitted(picture: Image.Image) -> Image.Image:
    scale = min(_PANEL / picture.width, _PANEL / picture.height)
    return picture.resize((max(int(picture.width * scale), 1), max(int(picture.height * scale), 1)))


def _page(photo: Bytes, options: PhotoOptions, found: FacadeColors, card: ColorCard | None, title: str) -> str:
    pictures = [
        ("照片 Photograph", _outlined(photo, options)),
        ("正射立面 Facade straight on", Image.fromarray(found.picture)),
        ("墙面与其他 Wall and what is not", _masked(found)),
    ]
    figures = "".join(_figure(name, picture) for name, picture in pictures)
    rows = "".join(_row(color, is_main=i == 0) for i, color in enumerate(found.colors))
    shares = ", ".join(f"{name} {share:.1%}" for name, share in found.shares.items() if share)
    against = html.escape(f"{card.zh} {card.en}（{card.provenance}）") if card else "—"
    return (
        "<!doctype html><html lang='zh'><meta charset='utf-8'><title>立面色彩 Facade colors</title><style>"
        "body{font:15px sans-serif;margin:2em;max-width:1400px}figure{display:inline-block;margin:0 1em 1em 0}"
        "td,th{padding:.3em .8em;text-align:left}.s{width:5em;height:2em}</style>"
        f"<h1>立面色彩 Facade colors: {html.escape(title)}</h1>{figures}"
        f"<p>{_INDICATIVE if found.is_indicative else _CALIBRATED}</p><p>画面构成 Parts: {shares}</p>"
        f"<p>色卡 Card: {against}</p><table><tr><th></th><th>占比 Share</th><th>孟塞尔 Munsell</th><th>sRGB</th>"
        f"<th>CIELAB</th><th>最近色号 Nearest</th><th>ΔE00</th><th></th></tr>{rows}</table></html>"
    )


def _figure(name: str, picture: Image.Image) -> str:
    return f"<figure><img src='{_data(_fitted(picture))}'><figcaption>{name}</figcaption></figure>"


def _row(color: FacadeColor, *, is_main: bool) -> str:
    match = color.match
    nearest = ("—", "—", "")
    if match is not None:
        nearest = (f"{match.code} {match.notation}", f"{match.distance:g}", _FIT_WORDS[match.fit])
    cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in nearest)
    lab = " ".join(f"{v:g}" for v in color.lab)
    head = "<b>主色 Main</b> " if is_main else ""
    return (
        f"<tr><td class='s' style='background:{color.hex_color}'></td><td>{head}{color.share:.1%}</td>"
        f"<td>{color.munsell}</td><td>{color.hex_color}</td><td>{lab}</td>{cells}</tr>"
    )


def _data(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
