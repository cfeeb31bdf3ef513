"""Colors of the town, chosen as Munsell notations; the sRGB values were converted once with the renotation data.

The conversion goes from Munsell (illuminant C) to xyY, by CAT02 to D65, and to sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Munsell notation to sRGB.
MUNSELL: dict[str, str] = {
    "10YR 8.2/1.5": "#d8ccba",
    "10YR 7.5/2.0": "#c9b8a2",
    "2.5Y 8.3/2.0": "#dbcfb3",
    "7.5YR 7.5/2.2": "#cdb7a4",
    "10YR 7.0/1.5": "#b8ac9c",
    "2.5Y 7.2/1.2": "#bab2a3",
    "2.5Y 8.4/1.0": "#d9d2c4",
    "7.5YR 7.0/2.4": "#c1a995",
    "10YR 7.8/2.4": "#d3c0a5",
    "2.5Y 7.6/1.6": "#c7bca7",
    "10YR 6.7/1.2": "#afa498",
    "10YR 7.6/1.2": "#c6bcaf",
    "2.5Y 8.2/1.4": "#d6cdb9",
    "10R 4.6/4.8": "#986253",
    "10R 4.9/4.2": "#9b6c5e",
    "1.25YR 4.8/4.4": "#996958",
    "10R 4.4/4.5": "#905d50",
    "10YR 5.4/1.0": "#8b8279",
    "2.5Y 5.6/1.0": "#8f887d",
    "10YR 5.8/1.2": "#978d81",
    "10YR 5.2/0.9": "#857d75",
    "10B 7.4/1.2": "#b1b9be",
    "5PB 7.6/1.2": "#b9bec4",
    "10B 7.8/1.0": "#bcc4c8",
    "8.75R 4.5/5.5": "#9a5c50",
    "8.75R 4.6/5.0": "#996155",
    "10YR 4.5/1.0": "#746b62",
    "2.5Y 4.6/0.8": "#746f66",
    "10YR 4.9/0.8": "#7d766e",
    "7.5YR 4.4/1.3": "#75685e",
    "10YR 5.1/0.9": "#837b72",
    "10R 4.2/4.2": "#89594d",
    "10R 4.4/3.8": "#8b5f54",
    "5PB 5.2/2.4": "#777f8e",
    "10B 5.4/2.0": "#778690",
    "10YR 4.2/2.0": "#736250",
    "7.5YR 3.8/2.6": "#6f5643",
    "7.5R 3.6/6.0": "#85433c",
    "5PB 4.6/9.0": "#3f71ad",
    "2.5PB 4.8/10.0": "#0a7ab8",
    "7.5R 4.4/12.0": "#be3c33",
    "10R 5.2/11.0": "#ce5d35",
    "2.5G 6.0/8.0": "#44a66c",
    "5G 5.4/7.0": "#31946e",
    "5P 5.0/8.0": "#906ba3",
    "5Y 8.0/9.0": "#e4c749",
    "2.5Y 7.6/9.5": "#e6b73f",
    "7.5RP 6.0/9.0": "#d27890",
    "10YR 5.7/1.5": "#978a7b",
    "2.5Y 5.75/1.5": "#968c7a",
    "10YR 7.4/3.3": "#ceb491",
    "2.5Y 7.5/3.3": "#cdb990",
    "10YR 6.2/1.4": "#a39788",
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """A facade: main, secondary and accent color (Munsell) and the wall material."""

    main: str
    secondary: str
    accent: str
    material: str


def _schemes(rows: tuple[tuple[str, str, str, str], ...]) -> tuple[Scheme, ...]:
    return tuple(Scheme(*row) for row in rows)


#: Light warm render and tile: allowed nearly everywhere, and light enough for the waterfront.
LIGHT = _schemes(
    (
        ("2.5Y 8.4/1.0", "10YR 6.7/1.2", "7.5YR 3.8/2.6", "ceramic_tile"),
        ("10YR 8.2/1.5", "10YR 7.0/1.5", "10R 4.6/4.8", "render"),
        ("2.5Y 8.2/1.4", "2.5Y 7.2/1.2", "10YR 4.2/2.0", "render"),
        ("10YR 7.6/1.2", "10YR 5.8/1.2", "7.5YR 3.8/2.6", "ceramic_tile"),
    )
)
WARM = LIGHT + _schemes(
    (
        ("10YR 7.5/2.0", "2.5Y 8.4/1.0", "10R 4.4/4.5", "render"),
        ("2.5Y 8.3/2.0", "10YR 6.7/1.2", "10R 4.6/4.8", "render"),
        ("7.5YR 7.5/2.2", "2.5Y 8.2/1.4", "7.5YR 3.8/2.6", "render"),
        ("10YR 7.0/1.5", "2.5Y 8.4/1.0", "10YR 4.2/2.0", "render"),
        ("7.5YR 7.0/2.4", "10YR 8.2/1.5", "10R 4.4/4.5", "ceramic_tile"),
        ("10YR 7.8/2.4", "10YR 6.7/1.2", "7.5YR 3.8/2.6", "render"),
        ("2.5Y 7.6/1.6", "2.5Y 8.4/1.0", "10R 4.6/4.8", "stone"),
        ("10YR 6.7/1.2", "10YR 8.2/1.5", "7.5YR 3.8/2.6", "stone"),
    )
)
RED_BRICK = _schemes(
    (
        ("10R 4.6/4.8", "10YR 7.6/1.2", "10YR 4.2/2.0", "red_brick"),
        ("10R 4.9/4.2", "2.5Y 7.2/1.2", "10YR 4.2/2.0", "red_brick"),
        ("1.25YR 4.8/4.4", "10YR 6.7/1.2", "7.5YR 3.8/2.6", "red_brick"),
    )
)
GREY_BRICK = _schemes(
    (
        ("10YR 5.4/1.0", "10YR 6.7/1.2", "7.5R 3.6/6.0", "grey_brick"),
        ("2.5Y 5.6/1.0", "10YR 7.0/1.5", "7.5YR 3.8/2.6", "grey_brick"),
        ("10YR 5.8/1.2", "10YR 7.0/1.5", "7.5R 3.6/6.0", "grey_brick"),
        ("10YR 5.2/0.9", "2.5Y 7.2/1.2", "7.5YR 3.8/2.6", "grey_brick"),
        ("10YR 6.2/1.4", "10YR 5.2/0.9", "7.5R 3.6/6.0", "render"),
    )
)
COOL = _schemes(
    (
        ("10B 7.4/1.2", "2.5Y 8.4/1.0", "5PB 5.2/2.4", "render"),
        ("5PB 7.6/1.2", "10YR 7.0/1.5", "10YR 4.2/2.0", "ceramic_tile"),
        ("10B 7.8/1.0", "10YR 6.7/1.2", "7.5YR 3.8/2.6", "stone"),
    )
)
FACTORY = _schemes(
    (
        ("8.75R 4.5/5.5", "10YR 7.0/1.5", "10B 5.4/2.0", "red_brick"),
        ("8.75R 4.6/5.0", "10YR 6.7/1.2", "10YR 4.2/2.0", "red_brick"),
        ("2.5Y 7.2/1.2", "10B 7.4/1.2", "10B 5.4/2.0", "metal_sheet"),
        ("10YR 7.6/1.2", "10YR 5.8/1.2", "5PB 5.2/2.4", "render"),
    )
)

ROOF_TILE = ("10YR 4.5/1.0", "2.5Y 4.6/0.8", "10YR 4.9/0.8", "7.5YR 4.4/1.3")
ROOF_FLAT = ("10YR 5.1/0.9", "10YR 4.9/0.8", "2.5Y 4.6/0.8")
ROOF_RED = ("10R 4.2/4.2", "10R 4.4/3.8")
ROOF_SHED = ("5PB 5.2/2.4", "10B 5.4/2.0", "10YR 5.1/0.9")
ROOF_BLUE = ("5PB 4.6/9.0", "2.5PB 4.8/10.0")
LOUD = (
    "7.5R 4.4/12.0",
    "10R 5.2/11.0",
    "2.5G 6.0/8.0",
    "5P 5.0/8.0",
    "5Y 8.0/9.0",
    "2.5Y 7.6/9.5",
    "7.5RP 6.0/9.0",
    "5G 5.4/7.0",
)
