"""The buildings that are placed by hand: the county government and the two listed temples."""

from __future__ import annotations

from shapely.geometry import Point, Polygon, box

from sample_models.town.fills import put
from sample_models.town.site import Item, Site


def place_landmarks(site: Site) -> None:
    """The government faces the street; the listed temple hall stands behind it, as the heritage list says."""
    _government(site)
    _sansheng(site)
    _dawang(site)
    _civic(site)
    _stacks(site)


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


def _stacks(site: Site) -> None:
    """The chimneys and the cooling tower of the old works: the landmarks of the south."""
    for group, name, x, y, radius, height in (
        ("factory-power", "旧电厂烟囱", -1010.0, -872.0, 3.2, 58.0),
        ("factory-power", "旧电厂冷却塔", -1060.0, -925.0, 17.0, 42.0),
        ("factory-fertiliser", "旧化肥厂烟囱", -500.0, -850.0, 2.6, 44.0),
        ("factory-steel", "晋盂钢铁厂高炉烟囱", -120.0, -760.0, 3.0, 52.0),
        ("factory-steel", "晋盂钢铁厂水塔", -60.0, -700.0, 5.0, 31.0),
    ):
        shape = Point(x, y).buffer(radius, quad_segs=4)
        site.place(Item(shape, "chimney", group, name=name, year=1972, height_m=height), 3)
