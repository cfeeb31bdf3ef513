"""The buildings that are placed by hand: the county government and the two listed temples."""

from __future__ import annotations

from shapely.geometry import Polygon, box

from sample_models.town.fills import put
from sample_models.town.site import Site


def place_landmarks(site: Site) -> None:
    """The government faces the street; the listed temple hall stands behind it, as the heritage list says."""
    _government(site)
    _sansheng(site)
    _dawang(site)
    _civic(site)


def _civic(site: Site) -> None:
    put(site, "public", "civic", (410, 62), (74, 46), 1.0, name="盂县文化中心", storeys=4, gap_m=6)
    put(site, "mall", "civic", (284, -24), (86, 52), 2.0, name="秀水购物中心", storeys=4, gap_m=4)
    put(site, "public", "civic", (500, 70), (36, 60), 1.0, name="盂县图书馆", storeys=4, gap_m=6)
    put(site, "office", "civic", (262, -560), (58, 20), 1.0, name="金龙商务楼", storeys=5, gap_m=5)
    put(site, "office", "civic", (486, -556), (44, 22), -1.0, name="政务服务中心", storeys=5, gap_m=5)


def _government(site: Site) -> None:
    group = "county-government"
    center = box(0, 4, 66, 18).union(box(22, 0, 44, 21))
    if not isinstance(center, Polygon):
        raise TypeError("the government's outline must be one polygon")
    put(
        site,
        "government",
        group,
        (-71, 18),
        (0, 0),
        1.5,
        name="盂县人民政府办公楼",
        storeys=5,
        outline=center,
        year=1994,
    )
    put(site, "government", group, (-96, -22), (14, 34), 1.5, name="盂县人民政府西楼", storeys=2, year=1991)
    put(site, "government", group, (10, -20), (14, 34), 1.5, name="盂县人民政府东楼", storeys=2, year=1991)
    put(site, "annex", group, (-71, -40), (5.5, 5), 1.5, name="盂县人民政府门卫")
    put(site, "annex", group, (-3.5, -39), (5.5, 5), 1.5, name="盂县人民政府传达室")


def _sansheng(site: Site) -> None:
    group = "sansheng"
    put(site, "temple_hall", group, (-51, 84), (27, 18), 1.0, name="西关三圣寺大殿", year=1120)
    put(site, "temple_side", group, (-62, 62), (7, 20), 1.0, name="西关三圣寺西配殿", year=1780)
    put(site, "temple_side", group, (-18, 62), (7, 20), 1.0, name="西关三圣寺东配殿", year=1780)
    put(site, "temple_gate", group, (-45, 47), (15, 6.5), 1.0, name="西关三圣寺山门", year=1780)
    put(site, "temple_gate", group, (-49, 110), (23, 8), 1.0, name="西关三圣寺后殿", year=1780)


def _dawang(site: Site) -> None:
    group = "dawang"
    put(site, "temple_hall", group, (-123, 372), (18, 14), -1.0, name="大王庙大殿", year=1200)
    put(site, "temple_side", group, (-132, 350), (6.5, 18), -1.0, name="大王庙西配殿", year=1760)
    put(site, "temple_side", group, (-99, 350), (6.5, 18), -1.0, name="大王庙东配殿", year=1760)
    put(site, "temple_gate", group, (-119, 332), (13, 6), -1.0, name="大王庙山门", year=1760)
    put(site, "temple_gate", group, (-120, 391), (14, 7), -1.0, name="大王庙寝宫", year=1300)
