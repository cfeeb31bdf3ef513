/** Headless Chromium with WebGL: Mesa through ANGLE where it works, SwiftShader otherwise. Never leaves this machine. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const COMMON = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-first-run",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1, EXCLUDE localhost",
];
const RENDERERS = [
  ["--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist"],
  ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
];

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** A browser that can draw, and the name of its renderer. */
export async function launchBrowser() {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("no Chromium on PATH; install chromium or set CHROMIUM to its path");
  for (const renderer of RENDERERS) {
    const browser = await chromium.launch({ executablePath, headless: true, args: [...COMMON, ...renderer] });
    const page = await browser.newPage();
    const name = await page.evaluate(() => {
      const gl = document.createElement("canvas").getContext("webgl2");
      const info = gl?.getExtension("WEBGL_debug_renderer_info");
      return gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : null;
    });
    await page.close();
    if (name) return { browser, renderer: name };
    await browser.close();
  }
  throw new Error("Chromium starts but has no WebGL 2, neither with Mesa nor with SwiftShader");
}
