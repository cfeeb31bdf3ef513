/** Work that is written down: a change tried and adopted, checks compared, a project moved, a clause exempted. One story, in order. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { getJson, openViewer, settle, stateOf } from "./support.mjs";

let viewer;
let building;
let rule;
const RAISED_M = 7;
const $ = (name) => viewer.page.locator(`[data-test="${name}"]`);

/** A building that keeps its height limit by less than what it will be raised. */
async function findTried() {
  const { findings } = await getJson("findings?verdict=pass&kind=building-height&limit=1000");
  const low = findings.find(({ dataset, margin, limit }) => dataset === "buildings" && limit.max && margin < RAISED_M - 1);
  return [await getJson(`buildings/buildings/${low.building_id}`), low];
}

before(async () => {
  [building, rule] = await findTried();
  viewer = await openViewer(`#quality=low&select=building:buildings:${building.id}`, { width: 1366, height: 768 });
});
after(() => viewer?.browser.close());

test("a change that is tried says at once which clause it breaks and by how much; the town stays", async () => {
  await $("try").locator("summary").first().click();
  const height_m = building.attributes.height_m + RAISED_M;
  await $("try-height_m").fill(String(height_m));
  const row = $("outcome").and(viewer.page.locator(`[data-rule="${rule.rule_id}"]`)).first();
  await row.waitFor();
  const over = Math.round((height_m - rule.limit.max) * 100) / 100;
  assert.ok((await row.textContent()).includes(`超 ${over} m`), await row.textContent());
  assert.match(await row.textContent(), /符合.*→.*不符合/s);
  assert.equal((await getJson(`buildings/buildings/${building.id}`)).attributes.height_m, building.attributes.height_m);
});

test("put into a new draft it is checked before and after, and drawn as proposed", async () => {
  const known = new Set((await getJson("scenarios")).scenarios.map(({ id }) => id));
  await $("tryout").locator('[data-test="actor"]').fill("设计员（测试）");
  await $("try-save").click();
  await $("scenario-counts").waitFor({ timeout: 60_000 });
  const { scenarios } = await getJson("scenarios");
  const draft = scenarios.find(({ id }) => !known.has(id));
  assert.deepEqual([draft.state, draft.created_by, draft.summary.changes], ["draft", "设计员（测试）", 1]);
  const clause = draft.summary.clauses.find(({ rule_id }) => rule_id === rule.rule_id);
  assert.equal(clause.after.fail, clause.before.fail + 1);
  assert.ok((await $("scenario-counts").textContent()).includes(`变差 ${draft.summary.differences.worse}`));
  await viewer.page.locator('[data-test="scenario-bar"] summary').first().click();
  const line = await $("scenario-clause").filter({ hasText: rule.clause }).first().locator("td").allTextContents();
  assert.deepEqual(line.slice(1, 3), [String(clause.before.fail), String(clause.after.fail)]);
  assert.equal((await stateOf(viewer)).view, "proposed");
  await settle(viewer);
});

test("adopted with a name and a reason it stands, and the history tells what it was", async () => {
  const runs = (await getJson("checks/runs")).runs.length;
  const tilesOf = async () => (await getJson("datasets")).datasets.find(({ id }) => id === "buildings").tileset_url;
  const oldTiles = await tilesOf();
  const asked = [];
  viewer.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await $("scenario-decide").locator("summary").click();
  assert.equal(await $("scenario-adopt").isDisabled(), true, "no decision without a reason");
  await $("decision-reason").fill("评审会（测试）");
  await $("scenario-adopt").click();
  await $("scenario-counts").waitFor({ state: "detached", timeout: 60_000 });
  const now = await getJson(`buildings/buildings/${building.id}`);
  assert.equal(now.attributes.height_m, building.attributes.height_m + RAISED_M);
  assert.equal((await getJson("checks/runs")).runs.length, runs + 1);
  const newTiles = await tilesOf();
  assert.notEqual(newTiles, oldTiles);
  await settle(viewer);
  assert.ok(asked.includes(newTiles), "what was drawn anew is shown without reloading the page");
  await viewer.page.waitForFunction((wanted) => window.xiushui.state().subject.value?.building?.attributes.height_m === wanted, now.attributes.height_m);
  await $("history-fold").locator("summary").first().click();
  await $("history-row").first().waitFor();
  assert.ok((await $("history-row").count()) >= 2, "what it was stays beside what it is");
  const told = await $("history-row").first().textContent();
  assert.ok(told.includes("高度") && told.includes("评审会（测试）"), told);
  await $("known-at").fill("2000-01-01");
  await $("history-none").waitFor();
});

test("compared with the check before, the verdict that turned is listed with its reason, and the list leads there", async () => {
  await $("task-runs").click();
  const flip = $("flip").and(viewer.page.locator(`[data-building="${building.id}"]`));
  await flip.waitFor();
  const text = await flip.textContent();
  assert.ok(text.includes("建筑数据变化") && text.includes(`${building.attributes.height_m + RAISED_M} m`), text);
  const diff = await getJson("checks/runs/diff");
  assert.ok((await $("run-counts").textContent()).includes(`${diff.total} 条结论变化`));
  await $("close").click();
  await viewer.page.locator("#scene canvas").focus();
  await viewer.page.keyboard.press("Home");
  await flip.click();
  await $("subject-name").getByText(building.name ?? building.id, { exact: true }).waitFor();
  await settle(viewer);
  const camera = await viewer.page.evaluate(() => window.xiushui.camera());
  const [lon, lat] = building.position_deg;
  assert.ok(Math.hypot((camera.lon_deg - lon) * 87_500, (camera.lat_deg - lat) * 111_200) < 300, "the camera went there");
});

test("a project passes its gate with evidence, not by the hand that submitted it", async () => {
  const { features } = await getJson("projects");
  const standing = await Promise.all(features.filter(({ properties }) => properties.buildings > 1).map(({ id }) => getJson(`projects/${id}/moves`)));
  const open = standing.find(({ progress, moves }) => progress.gate.checks.length === 0 && progress.gate.evidence.length > 0 && progress.allowed_transitions.length > 1 && moves.every(({ status }) => status !== "submitted"));
  const { stages } = await getJson("vocabulary");
  const next = stages.find(({ value }) => value === open.progress.allowed_transitions[0]);
  await $("task-projects").click();
  await viewer.page.locator(`[data-test="project"][data-id="${open.project_id}"]`).click();
  await $("move-form").locator("summary").click();
  await $("move-submit").waitFor();
  assert.equal(await $("move-submit").isDisabled(), true, "no move without what the gate asks for");
  for (const field of await $("move-evidence").all()) await field.fill("文号 1");
  await $("project-moves").locator('[data-test="actor"]').fill("甲");
  await $("move-submit").click();
  await $("move-waiting").waitFor();
  await $("move-approve").click();
  await $("project-moves").getByRole("alert").waitFor();
  await $("project-moves").locator('[data-test="actor"]').fill("乙");
  await $("move-approve").click();
  await $("project-card").getByText(next.zh).first().waitFor();
  assert.equal((await getJson(`projects/${open.project_id}/moves`)).stage, next.value);
  viewer.record.failed = viewer.record.failed.filter((line) => !line.startsWith("403"));
  viewer.record.errors = viewer.record.errors.filter((line) => !line.includes("403"));
});

test("what becomes of a building of a project is corrected by hand and counted", async () => {
  const { id } = (await stateOf(viewer)).selection;
  const { links } = await getJson(`projects/${id}`);
  const { building_id } = links.find(({ included }) => included);
  const row = () => viewer.page.locator(`[data-test="project-link"][data-building="${building_id}"]`);
  await row().locator('[data-test="link-action"]').selectOption("repair");
  await $("link-actions").getByText(/修缮 \d/).waitFor();
  const find = async () => (await getJson(`projects/${id}`)).links.find((link) => link.building_id === building_id);
  const { action, origin, by } = await find();
  assert.deepEqual([action, origin, by], ["repair", "manual", "乙"]);
  await row().locator('[data-test="link-take"]').click();
  await row().getByText("已人工移出").waitFor();
  assert.equal((await find()).included, false);
  await row().locator('[data-test="link-forget"]').click();
  await row().locator('[data-test="link-action"]').waitFor();
  assert.deepEqual([(await find()).included, (await find()).origin], [true, "geometry"]);
});

test("an exemption needs a reason and an end, and is shown with who decided; the verdict it replaces stays visible", async () => {
  await $("task-runs").click();
  await $("flip").and(viewer.page.locator(`[data-building="${building.id}"]`)).click();
  const clause = viewer.page.locator('[data-test="verdict"][data-verdict="fail"]', { hasText: `第 ${rule.clause} 条` });
  const field = (name) => clause.locator(`[data-test="${name}"]`);
  await field("exempt").locator("summary").click();
  assert.equal(await field("exempt-save").isDisabled(), true);
  await field("exempt-reason").fill("经专题论证（测试）");
  await field("exempt-until").fill("2099-12-31");
  await field("exempt-save").click();
  await $("exemption").getByText("经专题论证（测试）").waitFor();
  const shown = await $("exemption").textContent();
  assert.ok(shown.includes("乙") && shown.includes("2099-12-31"), shown);
  const { exemptions } = await getJson("exemptions");
  assert.ok(exemptions.some((one) => one.building_id === building.id && one.rule_id === rule.rule_id && one.origin === "town"));
  const verdict = viewer.page.locator('[data-test="verdict"]', { hasText: "经专题论证（测试）" });
  assert.equal(await verdict.getAttribute("data-verdict"), "exempt");
  assert.match(await verdict.textContent(), /原结论：不符合/, "what the rule says is still read");
});

test("nothing went wrong on the page meanwhile", async () => {
  assert.deepEqual(viewer.record.failed, []);
  assert.deepEqual(viewer.record.errors, []);
  assert.deepEqual(await viewer.page.evaluate(() => window.cspViolations), []);
});
