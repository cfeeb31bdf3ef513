/** One browser page on the real server, with everything it asked for, complained about and broke written down. */
import { launchBrowser } from "../../viewer/scripts/browser.mjs";

export const BASE = process.env.CIM_URL ?? "http://127.0.0.1:8000";
const LOCAL = new Set(["127.0.0.1", "localhost"]);
const SETTLE_MS = 90_000;
/** Harmless engine chatter when the environment map is off. */
const ALLOWED = /uniform3fv: no array|GPU stall due to ReadPixels/;

export async function openViewer(hash = "#quality=low", viewport = { width: 1100, height: 700 }) {
  const { browser, renderer } = await launchBrowser();
  const context = await browser.newContext({ viewport, locale: "zh-CN", reducedMotion: "reduce" });
  const page = await context.newPage();
  const record = { hosts: new Set(), errors: [], failed: [] };
  page.on("request", (request) => {
    if (/^https?:/.test(request.url())) record.hosts.add(new URL(request.url()).hostname);
  });
  page.on("requestfailed", (request) => record.failed.push(`${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => response.status() >= 400 && record.failed.push(`${response.status()} ${response.url()}`));
  page.on("pageerror", (error) => record.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !ALLOWED.test(message.text())) record.errors.push(message.text());
  });
  await page.addInitScript(() => {
    window.cspViolations = [];
    document.addEventListener("securitypolicyviolation", (event) => window.cspViolations.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  const started = Date.now();
  const response = await page.goto(`${BASE}/${hash}`);
  await page.waitForFunction(() => window.xiushui !== undefined, null, { timeout: 60_000 });
  const viewer = { browser, page, record, renderer, response, headers: response.headers() };
  await settle(viewer);
  return { ...viewer, opened_ms: Date.now() - started };
}

export async function settle({ page }) {
  await page.evaluate((deadline) => window.xiushui.whenSettled(deadline), SETTLE_MS);
}

/** State of the page as plain values: sets become arrays. */
export async function stateOf({ page }) {
  return page.evaluate(() => {
    const plain = (key, value) => (value instanceof Set ? [...value] : ArrayBuffer.isView(value) ? undefined : value);
    return JSON.parse(JSON.stringify(window.xiushui.state(), plain));
  });
}

export async function getJson(path) {
  const response = await fetch(`${BASE}/api/v1/${path}`);
  if (!response.ok) throw new Error(`${response.status} ${path}`);
  return response.json();
}

/** A window position where a building of this dataset is picked, searched on a grid around the middle. */
export async function findBuilding({ page }, dataset) {
  return page.evaluate((wanted) => {
    const canvas = document.querySelector("#scene canvas");
    const { clientWidth: w, clientHeight: h } = canvas;
    for (let ring = 0; ring < 8; ring++) {
      for (let i = 0; i < 16; i++) {
        const angle = (i * Math.PI) / 8;
        const [x, y] = [w / 2 + Math.cos(angle) * ring * 28, h / 2 + Math.sin(angle) * ring * 28];
        const picked = window.xiushui.pickAt(x, y);
        if (picked && picked.dataset === wanted) return { ...picked, x, y };
      }
    }
    return null;
  }, dataset);
}

export const isLocal = (host) => LOCAL.has(host);
