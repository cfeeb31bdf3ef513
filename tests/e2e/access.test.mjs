/** For everybody: no serious accessibility fault in any view, language or theme; nothing covers anything; no bare code to read. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { getJson, openViewer, settle } from "./support.mjs";

const require = createRequire(new URL("../../viewer/package.json", import.meta.url));
let viewer;
const $ = (name) => viewer.page.locator(`[data-test="${name}"]`);
const TASKS = ["streets", "townscape", "runs", "projects", "layers", "data"];

before(async () => {
  const { findings } = await getJson("findings?verdict=fail&kind=facade-material&limit=1");
  const { scenarios } = await getJson("scenarios");
  const select = `building:buildings:${findings[0].building_id}`;
  viewer = await openViewer(`#quality=low&scenario=${scenarios[0].id}&view=both&select=${select}`, { width: 1366, height: 768 });
  await $("verdict").first().waitFor();
  await $("scenario-counts").waitFor();
  await viewer.page.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
});
after(() => viewer?.browser.close());

async function faults() {
  await viewer.page.waitForFunction(() => !document.querySelector(".loading"));
  await viewer.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const found = await viewer.page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ""}`));
}

/** Words such as grey_brick or height_m: codes and columns that should have been said. */
const CODE = /[a-z]+_[a-z0-9_]+/g;
async function rawCodes() {
  const text = await viewer.page.evaluate(() => document.querySelector("#app").innerText);
  return [...new Set(text.match(CODE) ?? [])];
}

for (const [lang, theme] of [["zh-CN", "light"], ["en", "light"], ["en", "dark"]]) {
  test(`every view can be used by everybody and read in words: ${lang}, ${theme}`, async () => {
    const { page } = viewer;
    if ((await page.getAttribute("html", "lang")) !== lang) await $("language").click();
    if ((await page.getAttribute("html", "data-theme")) !== theme) await $("theme").click();
    const bad = [];
    for (const task of TASKS) {
      if ((await $(`task-${task}`).getAttribute("aria-current")) !== "page") await $(`task-${task}`).click();
      if (task === "townscape") await $("finding").first().waitFor();
      bad.push(...(await faults()).map((fault) => `${task} ${fault}`));
      if (task !== "data") bad.push(...(await rawCodes()).map((code) => `${task} shows ${code}`));
    }
    assert.deepEqual(bad, []);
  });
}

test("every kind of coded finding is told in words, with clause, source and confidence", async () => {
  await $("task-townscape").click();
  for (const kind of ["facade-material", "roof-material", "roof-form", "style", "overhead-lines", "green-ratio"]) {
    await $("filter-kind").selectOption(kind);
    await viewer.page.waitForFunction((wanted) => window.xiushui.state().findings.value?.items[0]?.kind === wanted, kind);
    assert.deepEqual(await rawCodes(), [], kind);
  }
  await $("filter-kind").selectOption("");
});

test("the forms of a building are usable too: trial, history, exemption", async () => {
  await $("try").locator("summary").first().click();
  await $("try-height_m").fill("88");
  await $("outcome-counts").waitFor();
  await $("history-fold").locator("summary").first().click();
  await $("history-row").first().waitFor();
  await $("exempt").first().locator("summary").click();
  assert.deepEqual(await faults(), []);
  assert.deepEqual(await rawCodes(), []);
});

test("the report of a street lists what it breaks, and prints as paper without the page", async () => {
  const { page } = viewer;
  await $("task-streets").click();
  await $("report-xiushui-west").click();
  const counted = await Promise.all(["fail", "review", "exempt"].map((verdict) => getJson(`findings?street=xiushui-west&verdict=${verdict}&limit=1`)));
  await $("report-row").first().waitFor();
  assert.equal(await $("report-row").count(), counted.reduce((sum, { total }) => sum + total, 0));
  assert.deepEqual(await faults(), []);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#scene").isVisible(), false);
  assert.equal(await $("report-row").first().isVisible(), true);
  await page.emulateMedia({ media: "screen" });
  await $("report").press("Escape");
  await $("report").waitFor({ state: "detached" });
});

test("at 1366 × 768 nothing covers anything else, with everything open", async () => {
  await $("task-townscape").click();
  await viewer.page.locator('[data-test="scenario-bar"] summary').first().click();
  await settle(viewer);
  const overlaps = await viewer.page.evaluate(() => {
    const names = [".panel", ".colorbar", ".scenariobar", ".legend", ".tools", ".notice", ".inspector", ".top", ".rail"];
    const boxes = names.map((name) => [name, document.querySelector(name)?.getBoundingClientRect()]);
    const hits = boxes.filter(([, box]) => !box || box.width === 0).map(([name]) => `${name} is missing`);
    for (const [i, [a, first]] of boxes.entries())
      for (const [b, second] of boxes.slice(i + 1)) {
        if (!first || !second || a === ".notice" && b === ".inspector") continue;
        const wide = Math.min(first.right, second.right) - Math.max(first.left, second.left);
        const high = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top);
        if (wide > 1 && high > 1) hits.push(`${a} × ${b}: ${wide.toFixed()} × ${high.toFixed()}`);
      }
    return hits;
  });
  assert.deepEqual(overlaps, []);
});

test("search finds a building by the first letters of its pinyin, and by its address", async () => {
  const { features } = await getJson("buildings?limit=1000");
  const street = features.find(({ properties }) => properties.address && /^秀水西街 \d+ 号$/.test(properties.address)).properties;
  for (const [query, wanted] of [["rmzfbgl", "人民政府办公楼"], [street.address, street.name]]) {
    await $("search").fill("");
    await $("search").pressSequentially(query);
    await viewer.page.locator("[role=option]").first().waitFor();
    const names = await viewer.page.locator("[role=option]").allTextContents();
    assert.ok(names.some((name) => name.includes(wanted)), `${query}: ${names.slice(0, 3)}`);
  }
  await $("search").fill("");
});

test("nothing went wrong on the page meanwhile", () => {
  assert.deepEqual(viewer.record.failed, []);
  assert.deepEqual(viewer.record.errors, []);
});
