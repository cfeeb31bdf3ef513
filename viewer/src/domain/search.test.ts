import { expect, test } from "vitest";
import { pinyinInitials } from "./pinyin";
import { hitsOf, searchBuildings } from "./search";

test("pinyin initials of Chinese words; letters and digits stay", () => {
  expect(pinyinInitials("盂县人民政府 A3")).toBe("yxrmzfa3");
  expect(pinyinInitials("秀水西街 31 号")).toBe("xsxj31h");
  expect(pinyinInitials("旧楼几积民居")).toBe("jljjmj");
});

const hits = hitsOf({
  total: 3,
  dataset: ["b", "b", "b"],
  id: ["yx-1", "yx-2", "yx-3"],
  name: ["东城国际", "国际大厦", null],
  address: ["北大街 5 号", null, "秀水西街 7 号"],
  verdict: ["fail", null, null],
});
const found = (query: string) => searchBuildings(hits, query).map(({ id }) => id);

test("names that begin with the query stand first, then ids, addresses and initials", () => {
  expect(found("国际")).toEqual(["yx-2", "yx-1"]);
  expect(found("YX-3")).toEqual(["yx-3"]);
  expect(found("北大街")).toEqual(["yx-1"]);
  expect(found("gjds")).toEqual(["yx-2"]);
  expect(found("xsxj7")).toEqual(["yx-3"]);
  expect(found(" ")).toEqual([]);
});
