/** Twelve equal balls are one mesh with twelve places: each must be picked as itself. And a painted wall must show its picture. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { getJson, openViewer, settle, stateOf } from "../support.mjs";

let viewer;
let model;
before(async () => {
  viewer = await openViewer();
  model = (await getJson("datasets")).datasets.find(({ kind }) => kind === "elements");
  const $task = viewer.page.locator('[data-test="task-data"]');
  await $task.click();
  await viewer.page.locator("#panel li", { hasText: model.name.zh }).getByRole("button").first().click();
  await settle(viewer);
});
after(() => viewer?.browser.close());

/** What is picked on a grid over the window. */
const picks = () =>
  viewer.page.evaluate(() => {
    const { clientWidth: w, clientHeight: h } = document.querySelector("#scene canvas");
    const found = [];
    for (let x = 0.2 * w; x < 0.8 * w; x += 12)
      for (let y = 0.2 * h; y < 0.8 * h; y += 12) {
        const hit = window.xiushui.pickAt(x, y);
        if (hit) found.push({ ...hit, x, y });
      }
    return found;
  });

test("every instance is picked as its own element, with its own properties", async () => {
  const balls = (await picks()).filter(({ kind }) => kind === "IfcFurniture");
  const byId = new Map(balls.map((hit) => [hit.id, hit]));
  assert.ok(byId.size >= 6, `${byId.size} of twelve balls are in view`);
  for (const hit of [...byId.values()].slice(0, 2)) {
    await viewer.page.locator("#scene canvas").click({ position: { x: hit.x, y: hit.y } });
    const mark = `ball-${Number(hit.id.slice(-3)) - 500}`; // the sample's GlobalIds end in 500 to 511
    await viewer.page.locator('[data-test="subject-name"]').getByText(mark, { exact: true }).waitFor();
    const { element } = (await stateOf(viewer)).subject.value;
    assert.equal(element.id, hit.id);
    await viewer.page.locator("summary", { hasText: "Pset_Sample" }).click();
    await viewer.page.locator("details dd").getByText(mark, { exact: true }).waitFor();
  }
});

test("a painted wall shows its picture", async () => {
  const share = await viewer.page.evaluate(() => {
    const { data } = window.xiushui.pixels();
    let magenta = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] > 120 && data[i + 2] > 120 && data[i + 1] < 60) magenta++;
    return magenta / (data.length / 4);
  });
  assert.ok(share > 0.002, `${(100 * share).toFixed(3)} % of the window is magenta, which only the picture is`);
  assert.deepEqual(viewer.record.errors, []);
});
