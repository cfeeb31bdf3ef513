/** node scripts/screenshot.mjs URL OUT.png [WIDTHxHEIGHT]: opens the viewer, waits until it is drawn, takes a picture. */
import { launchBrowser } from "./browser.mjs";

const [url, out, size = "1440x900"] = process.argv.slice(2);
if (!url || !out) {
  console.error("usage: node scripts/screenshot.mjs URL OUT.png [WIDTHxHEIGHT]");
  process.exit(2);
}
const [width = 1440, height = 900] = size.split("x").map(Number);
const { browser, renderer } = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width, height } });
  page.on("console", (message) => message.type() === "error" && console.error(message.text()));
  page.on("pageerror", (error) => console.error(error.message));
  const started = Date.now();
  await page.goto(url);
  await page.waitForFunction(() => window.xiushui !== undefined, null, { timeout: 60_000 });
  await page.evaluate(() => window.xiushui.whenSettled(90_000));
  console.log(`${renderer}: settled after ${Date.now() - started} ms`);
  await page.screenshot({ path: out });
} finally {
  await browser.close();
}
