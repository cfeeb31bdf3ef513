import { expect, test } from "vitest";
import { formatLink, type Link, parseLink } from "./urlState";

test("a link comes back as it was", () => {
  const link: Link = {
    street: "xiushui-west",
    color: "facade",
    task: "townscape",
    lang: "en",
    quality: "low",
    select: { kind: "building", dataset: "buildings", id: "a:b/c 楼" },
    off: ["zones", "dataset:scan"],
  };
  expect(parseLink(formatLink(link))).toEqual(link);
});

test("unknown values are dropped, not shown", () => {
  expect(parseLink("#color=mood&task=&lang=fr&select=tree:1&street=s")).toEqual({ street: "s" });
  expect(parseLink("#select=building:%E0%A4%A:x")).toEqual({});
});

test("an element keeps its dataset", () => {
  expect(parseLink("#select=element:ifc-office:2uCQ$x")).toEqual({
    select: { kind: "element", dataset: "ifc-office", id: "2uCQ$x" },
  });
});
