"""Names and addresses: compounds get invented names, buildings on streets get house numbers."""

from __future__ import annotations

from sample_models.town.attributes import Building
from sample_models.town.network import STREET

# fmt: off
OLD_COMPOUNDS = (
    "秀水小区", "西关小区", "香河小区", "藏山小区", "北苑小区", "文昌小区", "金龙小区", "滨河小区", "电厂家属院",
    "化肥厂家属院", "教师新村", "粮食局家属院", "供销社家属院", "建设小区", "水神小区", "惠民小区", "安居小区",
    "和平小区", "育才小区", "康乐小区", "祥和苑", "泰安小区", "龙泉小区", "阳光小区", "光明小区", "新华小区",
    "物资局家属院", "运输公司家属院", "煤运小区", "林业局家属院", "水利局家属院", "人民路小区", "工行家属院",
    "朝阳小区", "向阳小区", "振兴小区", "民生小区", "富康小区", "锦绣小区", "百合小区", "兴盛小区", "长安小区",
    "永乐小区", "平安小区", "福地小区", "槐荫小区", "玉泉小区", "凤凰小区", "青年小区", "工农小区",
)
NEW_COMPOUNDS = (
    "秀水花园", "冷泉雅苑", "东城国际", "御龙湾", "香榭丽苑", "新城壹号", "金域华府", "锦绣东城", "盛世名苑",
    "书香名邸", "水岸新城", "翰林苑", "天和家园", "阳光新城", "龙湖湾", "丽景苑", "东方明珠", "紫荆苑", "和谐家园",
    "观澜苑", "景泰苑", "百福苑", "城市之光", "名仕华庭", "逸景湾", "世纪东城", "绿洲苑", "星河湾苑", "中央花园",
    "橡树湾",
)
# fmt: on


def name_compounds(buildings: list[Building]) -> None:
    """Name the buildings of housing compounds by compound and number."""
    names: dict[str, str] = {}
    for group in dict.fromkeys(b.item.group for b in buildings if b.item.type in {"walkup", "midrise", "tower"}):
        pool = OLD_COMPOUNDS if group.startswith("walkup") else NEW_COMPOUNDS
        used = sum(1 for g in names if g.startswith("walkup") == group.startswith("walkup"))
        suffix = ("", "二区", "三区", "四区")[used // len(pool)]
        names[group] = pool[used % len(pool)] + suffix
    for b in buildings:
        if b.item.type in {"walkup", "midrise", "tower"} and b.item.number is not None:
            b.name = f"{names[b.item.group]} {b.item.number} 号楼"


def number_streets(buildings: list[Building]) -> None:
    """House numbers rise along a street, odd on the left, even on the right."""
    counters: dict[tuple[str, str], int] = {}
    fronts = [b for b in buildings if b.item.street_id and b.item.side]
    for b in sorted(fronts, key=lambda b: (str(b.item.street_id), str(b.item.side), float(b.item.chainage_m or 0))):
        key = (str(b.item.street_id), str(b.item.side))
        counters[key] = counters.get(key, 0) + 1
        number = 2 * counters[key] - (1 if key[1] == "left" else 0)
        b.address = f"{STREET[key[0]].name_zh} {number} 号"
        if key[0] in {"xiushui-west", "jinlong-east"} and b.name is None:
            b.name = b.address
