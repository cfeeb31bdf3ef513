// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { createApp } from "vue";
import { finding } from "../../domain/testData";
import type { Api } from "../../state/api";
import { createSession } from "../../state/session";
import { SESSION } from "../session";
import Verdicts from "./Verdicts.vue";

function show(props: Record<string, unknown>, lang: "zh" | "en" = "zh"): HTMLElement {
  const session = createSession({} as Api);
  session.setLang(lang);
  const box = document.createElement("div");
  createApp(Verdicts, props).provide(SESSION, session).mount(box);
  return box;
}
const words = (element: Element | null | undefined) => (element?.textContent ?? "").replaceAll(/\s+/g, " ");

test("the worst verdict stands first, with measured, limit and margin", () => {
  const pass = finding({ id: "p", verdict: "pass", margin: 2, clause: "1.1" });
  const box = show({ findings: [pass, finding({ id: "f" })] });
  const rows = [...box.querySelectorAll("[data-test=verdict]")];
  expect(rows.map((row) => row.getAttribute("data-verdict"))).toEqual(["fail", "pass"]);
  expect(words(rows[0])).toContain("不符合");
  expect(words(rows[0]?.querySelector(".measure"))).toBe("18.6 m / ≤ 15 m · 超 3.6 m");
});

test("an exemption keeps the verdict it replaces", () => {
  const box = show({ findings: [finding({ verdict: "exempt", original_verdict: "fail" })] }, "en");
  expect(words(box)).toContain("originally: Fails");
});

test("what only hints says so beside its verdict", () => {
  const hint = finding({ id: "h", indicative: true });
  expect(words(show({ findings: [hint] }).querySelector("[data-test=indicative]"))).toBe("仅供参考");
  expect(words(show({ findings: [hint] }, "en").querySelector("[data-test=indicative]"))).toBe("indicative");
  expect(show({ findings: [finding()] }).querySelector("[data-test=indicative]")).toBeNull();
});

test("no control is a sentence, not an empty list", () => {
  expect(words(show({ findings: [] }))).toBe("没有适用于这栋建筑的管控条文。");
});

test("text of the data is never read as markup", () => {
  const box = show({ findings: [finding({ message: { zh: "<img src=x>", en: "" } })] });
  expect(box.querySelector("img")).toBeNull();
  expect(words(box)).toContain("<img src=x>");
});
