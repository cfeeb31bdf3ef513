/** What stands, what would, and what a building model is made of: each in a page opened by its link. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getJson, openViewer, settle } from "./support.mjs";

const WIDE = { width: 1366, height: 768 };

async function withPage(hash, use) {
  const viewer = await openViewer(`#quality=low&${hash}`, WIDE);
  try {
    await use(viewer, (name) => viewer.page.locator(`[data-test="${name}"]`));
    assert.deepEqual(viewer.record.errors, [], "nothing went wrong on the page");
  } finally {
    await viewer.browser.close();
  }
}

/** Whether a feature can be picked anywhere in the middle of the scene. */
const isPicked = ({ page }, id) =>
  page.evaluate((wanted) => {
    const { clientWidth: w, clientHeight: h } = document.querySelector("#scene canvas");
    for (let y = h * 0.3; y < h * 0.75; y += 9)
      for (let x = w * 0.3; x < w * 0.6; x += 9) if (window.xiushui.pickAt(x, y)?.id === wanted) return true;
    return false;
  }, id);

test("what a scenario takes away stands in the existing town, not in the proposed one, and is marked in both", async () => {
  const { scenarios } = await getJson("scenarios");
  const [{ id, summary }] = scenarios;
  const { features } = await getJson(`scenarios/${id}/shapes`);
  const { dataset, building_id } = features.find(({ properties }) => properties.state === "removed").properties;
  await withPage(`scenario=${id}&view=existing&select=building:${dataset}:${building_id}`, async (viewer, $) => {
    await $("scenario-counts").waitFor();
    assert.match(await $("scenario-counts").textContent(), new RegExp(`改善 ${summary.differences.better ?? 0}`));
    assert.equal(await isPicked(viewer, building_id), true, "it stands today");
    await $("view-proposed").click();
    await $("scenario-differences").waitFor();
    await settle(viewer);
    assert.equal(await isPicked(viewer, building_id), false, "it is gone in the scenario");
    await $("view-both").click();
    await settle(viewer);
    assert.equal(await isPicked(viewer, building_id), true, "it is shown as going");
  });
});

test("a building model opens storey by storey down to an element with its properties", async () => {
  const { datasets } = await getJson("datasets");
  const model = datasets.find(({ kind }) => kind === "elements").id;
  const { features } = await getJson(`buildings?dataset=${model}`);
  const building = encodeURIComponent(features[0].id);
  await withPage(`select=building:${model}:${building}`, async ({ page }, $) => {
    assert.match(await $("cim-level").textContent(), /CIM[4-6]/);
    const storey = $("tree-node").and(page.locator('[data-kind="IfcBuildingStorey"]')).first();
    const name = (await storey.locator("span").first().textContent()).trim();
    await $("tree-fold").first().click();
    const part = page.locator('.branch [data-test="tree-node"]').first();
    await part.waitFor();
    const kind = await part.getAttribute("data-kind");
    await part.click();
    await $("element").waitFor();
    assert.ok((await $("element").textContent()).includes(kind));
    assert.ok((await $("path").textContent()).includes(name), "it says on which storey");
  });
});
