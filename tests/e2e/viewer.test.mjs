/** What a person does in the viewer, done in a real browser against the real server: `CIM_URL=… node --test tests/e2e/`. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findBuilding, getJson, isLocal, openViewer, settle, stateOf } from "./support.mjs";

let viewer;
before(async () => {
  viewer = await openViewer();
  console.log(`${viewer.renderer}: drawn after ${viewer.opened_ms} ms`);
});
after(() => viewer?.browser.close());
const $ = (name) => viewer.page.locator(`[data-test="${name}"]`);

test("opens on the home street, in Chinese, with the notice and something to see", async () => {
  const town = await getJson("town");
  const { streets } = await getJson("streets");
  const home = streets.find(({ id }) => id === town.home.street_id);
  assert.equal((await stateOf(viewer)).street, home.id);
  assert.equal(home.name.zh, "秀水西街");
  assert.match(await viewer.page.title(), /秀水/);
  assert.equal(await viewer.page.getAttribute("html", "lang"), "zh-CN");
  assert.equal(await $("notice").textContent(), town.notice.zh);
  const [lon, lat] = home.centerline.coordinates[Math.floor(home.centerline.coordinates.length / 2)];
  const camera = await viewer.page.evaluate(() => window.xiushui.camera());
  assert.ok(Math.hypot((camera.lon_deg - lon) * 87_500, (camera.lat_deg - lat) * 111_200) < 900, "the camera is near the street");
  const colors = await viewer.page.evaluate(() => {
    const { data } = window.xiushui.pixels();
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4 * 97) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size;
  });
  assert.ok(colors > 100, `a picture, not a blank: ${colors} colors`);
});

test("the legend counts what the API counts", async () => {
  const legend = (await stateOf(viewer)).legend;
  const { datasets } = await getJson("datasets");
  const expected = datasets.filter(({ kind }) => kind === "buildings").reduce((sum, { features }) => sum + features, 0);
  assert.equal(legend.counts.reduce((sum, n) => sum + n, 0), expected);
  const shown = await $("legend").locator("[data-color]").evaluateAll((swatches) => swatches.map((swatch) => swatch.dataset.color));
  assert.ok(shown.every((color) => legend.style.classes.some((entry) => entry.color === color)), "swatches are the style's colors");
});

test("clicking a building shows its name, attributes and a verdict per clause", async () => {
  const hit = await findBuilding(viewer, "buildings");
  assert.ok(hit, "a building stands in the middle of the opening view");
  const record = await getJson(`buildings/buildings/${hit.id}`);
  assert.equal(record.gid, hit.gid, "tiles and store agree on the gid");
  await viewer.page.locator("#scene canvas").hover({ position: { x: hit.x, y: hit.y } });
  await $("hover").getByText(hit.name || hit.id).waitFor();
  await viewer.page.locator("#scene canvas").click({ position: { x: hit.x, y: hit.y } });
  await $("subject-name").getByText(record.name ?? record.id, { exact: true }).waitFor();
  assert.equal(await $("verdict").count(), record.findings.length);
  assert.ok((await $("attributes").textContent()).includes("高度"));
  await $("close").click();
  await $("inspector").waitFor({ state: "detached" });
});

test("the list of violations sorts, and choosing one flies there and shows measured, limit and margin", async () => {
  await $("task-townscape").click();
  const { total, findings } = await getJson("findings?verdict=fail&sort=margin&limit=100");
  await $("finding").first().waitFor();
  assert.equal(await $("finding").count(), Math.min(total, 100));
  assert.equal(await $("finding").first().getAttribute("data-building"), findings[0].building_id);
  await $("sort").selectOption("building");
  const byName = await getJson("findings?verdict=fail&sort=building&limit=1");
  await viewer.page.waitForFunction(
    (id) => document.querySelector('[data-test="finding"]')?.getAttribute("data-building") === id,
    byName.findings[0].building_id,
  );
  await $("sort").selectOption("margin");
  await viewer.page.waitForFunction(
    (id) => document.querySelector('[data-test="finding"]')?.getAttribute("data-building") === id,
    findings[0].building_id,
  );
  const chosen = findings.find(({ dataset, unit }) => dataset === "buildings" && unit === "m");
  await viewer.page.locator(`[data-test="finding"][data-building="${chosen.building_id}"]`).first().click();
  await $("verdict").first().waitFor();
  const text = (await $("verdicts").textContent()).replaceAll(/\s+/g, " ");
  const { measured, limit, margin } = chosen;
  const short = (value) => String(Math.round(value * 100) / 100);
  assert.ok(text.includes(short(measured.value)) && text.includes(`≤ ${limit.max}`) && text.includes(`超 ${short(Math.abs(margin))}`), text);
  const camera = await viewer.page.evaluate(() => window.xiushui.camera());
  const [lon, lat] = chosen.position_deg;
  assert.ok(Math.hypot((camera.lon_deg - lon) * 87_500, (camera.lat_deg - lat) * 111_200) < 300, "the camera went there");
  assert.match(viewer.page.url(), new RegExp(`select=building%3Abuildings%3A${chosen.building_id}`));
});

test("true color shows a surveyed roof color byte for byte, and recoloring is one small download", async () => {
  await settle(viewer); // the flight of the test before may still be fetching its tiles
  const asked = [];
  const listen = (request) => asked.push(request.url());
  viewer.page.on("request", listen);
  await $("color-facade").click();
  await settle(viewer);
  viewer.page.off("request", listen);
  assert.ok(!asked.some((url) => url.endsWith(".glb")), "no tile is fetched again");
  assert.ok(asked.some((url) => url.endsWith("/facade_main_color")));
  const { subject } = await stateOf(viewer);
  const wanted = subject.value.building.attributes.roof_color;
  const found = await viewer.page.evaluate((hex) => {
    const { data } = window.xiushui.pixels();
    const [r, g, b] = [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b) count++;
    return count;
  }, wanted);
  assert.ok(found > 50, `${found} pixels are exactly ${wanted}`);
  assert.equal((await stateOf(viewer)).legend.style.mode, "facade");
});

test("every color mode has a legend of its own", async () => {
  for (const mode of ["height", "use", "year", "plain", "verdict"]) {
    await $(`color-${mode}`).click();
    await viewer.page.waitForFunction((wanted) => window.xiushui.state().legend?.style.mode === wanted, mode);
    assert.ok((await $("legend").locator("li").count()) > 0, mode);
  }
});

test("a finding about a street goes to the street and is drawn there, with no building chosen", async () => {
  await $("filter-kind").selectOption("overhead-lines");
  const { findings } = await getJson("findings?verdict=fail&kind=overhead-lines&sort=margin&limit=1");
  const row = viewer.page.locator(`[data-test="finding"][data-building="${findings[0].building_id}"]`);
  await row.click();
  await settle(viewer);
  const { place, selection } = await stateOf(viewer);
  assert.deepEqual([place.building_id, place.dataset, selection], [findings[0].building_id, "streets", null]);
  assert.ok(findings[0].evidence.coordinates.length > 1, "the street's line is sent as what to show");
  await $("filter-kind").selectOption("");
});

test("projects are drawn by stage and open from the list", async () => {
  await $("task-projects").click();
  const { features } = await getJson("projects");
  assert.equal(await $("project").count(), features.length);
  const project = features.find(({ geometry, properties }) => geometry?.type === "Polygon" && properties.buildings > 5);
  await viewer.page.locator(`[data-test="project"][data-id="${project.properties.id}"]`).click();
  await $("project-card").waitFor();
  await settle(viewer);
  const blue = () =>
    viewer.page.evaluate(() => {
      const { data } = window.xiushui.pixels();
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i + 2] - data[i] > 24) count++;
      return count;
    });
  const withProject = await blue();
  await $("close").click();
  await settle(viewer);
  assert.ok(withProject > (await blue()) + 2000, "the boundary lies on the ground and the buildings");
  await $("show-projects").click();
  await settle(viewer);
  assert.ok(!(await stateOf(viewer)).hidden.includes("projects"));
  await $("show-projects").click();
});

test("layers switch datasets, base map and height envelopes", async () => {
  await $("task-layers").click();
  for (const id of ["dataset:buildings", "water", "names", "envelopes", "terrain"]) {
    const before = (await stateOf(viewer)).hidden.includes(id);
    await viewer.page.locator(`[data-test="layer-${id}"]`).click();
    assert.equal((await stateOf(viewer)).hidden.includes(id), !before, id);
    await settle(viewer);
    await viewer.page.locator(`[data-test="layer-${id}"]`).click();
  }
});

test("an IFC element shows itself and the verdicts of its building", async () => {
  const { datasets } = await getJson("datasets");
  const model = datasets.find(({ kind }) => kind === "elements");
  if (!model) return;
  await $("task-data").click();
  const row = viewer.page.locator("#panel li", { hasText: model.name.zh });
  await row.getByRole("button").click();
  await settle(viewer);
  const hit = await findBuilding(viewer, model.id);
  assert.ok(hit, "the model stands where its extent says");
  await viewer.page.locator("#scene canvas").click({ position: { x: hit.x, y: hit.y } });
  if (hit.kind !== "building") {
    await $("element").waitFor();
    assert.ok((await $("element").textContent()).includes(hit.kind));
  }
  await $("verdicts").or(viewer.page.getByText("没有适用于这栋建筑的管控条文。")).first().waitFor();
});

test("the language switches everywhere, the data too", async () => {
  await $("language").click();
  assert.equal(await viewer.page.getAttribute("html", "lang"), "en");
  assert.equal(await viewer.page.title(), "Xiushui CIM");
  await $("task-streets").click();
  await viewer.page.getByText("Xiushui West Street").first().waitFor();
  assert.equal(await $("notice").textContent(), (await getJson("town")).notice.en);
  await $("language").click();
});

test("the keyboard alone reaches a street, flies it, and finds a building by search", async () => {
  const { page } = viewer;
  if ((await stateOf(viewer)).selection) await $("close").click();
  await page.locator('[data-test="task-streets"]').focus();
  await page.keyboard.press("Tab");
  for (let i = 0; i < 12; i++) {
    if (await page.evaluate(() => document.activeElement?.getAttribute("data-test")?.startsWith("street-"))) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await $("flight").waitFor();
  const flight = (await stateOf(viewer)).flight;
  assert.equal(flight.streetId, "xiushui-west");
  assert.equal(flight.playing, false, "reduced motion: no flight until asked");
  await page.locator("#scene canvas").focus();
  const before = await page.evaluate(() => window.xiushui.camera());
  await page.keyboard.press("ArrowUp");
  await settle(viewer);
  const moved = await page.evaluate(() => window.xiushui.camera());
  assert.notDeepEqual([moved.lon_deg, moved.lat_deg], [before.lon_deg, before.lat_deg]);
  await page.keyboard.press("Home");
  await $("search").focus();
  await page.keyboard.type("人民政府");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await $("subject-name").getByText("人民政府").waitFor();
  await $("close").focus();
  await page.keyboard.press("Escape");
  await $("inspector").waitFor({ state: "detached" });
});

test("a street flight plays along the street to its end", async () => {
  const { page } = viewer;
  await page.locator('[data-test="street-xiushui-west"]').click();
  await $("flight").waitFor();
  const slider = $("flight").locator('input[type="range"]');
  const camera = () => page.evaluate(() => window.xiushui.camera());
  const start = await camera();
  await slider.fill("700");
  const middle = await camera();
  assert.ok(Math.abs(middle.lon_deg - start.lon_deg) * 87_500 > 500, "seeking moves the camera along");
  await $("flight").getByRole("button").first().click();
  await page.waitForFunction(() => (window.xiushui.state().flight?.chainage_m ?? 0) > 705);
  await $("flight").getByRole("button").last().click();
  await $("flight").waitFor({ state: "detached" });
});

test("an error of the server is shown as a sentence with its hint", async () => {
  const { page, record } = viewer;
  await page.route("**/api/v1/findings?*verdict=review*", (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({ title: "Busy", status: 503, detail: "the store is locked", code: "store-busy", hint: "try again in a moment" }),
    }),
  );
  await $("task-townscape").click();
  await $("verdict-review").click();
  const alert = page.getByRole("alert");
  await alert.getByText("the store is locked").waitFor();
  await alert.getByText("try again in a moment").waitFor();
  await page.unroute("**/api/v1/findings?*verdict=review*");
  await alert.getByRole("button").click();
  await $("findings").or(page.getByText("没有符合筛选条件的记录")).first().waitFor();
  record.failed = record.failed.filter((line) => !line.startsWith("503"));
  record.errors = record.errors.filter((line) => !line.includes("503"));
});

test("nothing left this machine, the policy holds without eval, and nothing went wrong", async () => {
  const policy = viewer.headers["content-security-policy"] ?? "";
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
  assert.doesNotMatch(policy, /'unsafe-eval'/);
  assert.deepEqual([...viewer.record.hosts].filter((host) => !isLocal(host)), []);
  assert.deepEqual(await viewer.page.evaluate(() => window.cspViolations), []);
  assert.deepEqual(viewer.record.failed, []);
  assert.deepEqual(viewer.record.errors, []);
  assert.equal((await stateOf(viewer)).sceneProblem, null);
});
