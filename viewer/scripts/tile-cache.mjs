/**
 * node scripts/tile-cache.mjs [--outlined] FOLDER ERROR...: opens a tileset folder in a browser, frames all of it at each screen-space
 * error, and prints as JSON what CesiumJS then holds: without outlines, as large datasets are drawn, or with. A cache of 512 MiB is given.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { launchBrowser } from "./browser.mjs";

const TYPES = { ".glb": "model/gltf-binary", ".json": "application/json", ".js": "text/javascript" };
const PAGE = `<!doctype html><link rel="icon" href="data:,"><style>html,body,#map,.cesium-widget,canvas{margin:0;width:100%;height:100%}</style><div id="map"></div>
<script>window.CESIUM_BASE_URL = "/cesium/";</script><script type="module" src="/scripts/tile-cache-page.js"></script>`;

const viewer = dirname(dirname(fileURLToPath(import.meta.url)));
const outlined = process.argv.includes("--outlined");
const [folder, ...errors] = process.argv.slice(2).filter((word) => word !== "--outlined");
if (!folder || errors.length === 0) {
  console.error("usage: node scripts/tile-cache.mjs [--outlined] FOLDER ERROR...");
  process.exit(2);
}

/** Files under some folders, the first that has one. */
function files(...roots) {
  return (request, response, next) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const file = roots.map((root) => join(root, path)).find((one) => existsSync(one) && statSync(one).isFile());
    if (!file) return next();
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
    createReadStream(file).pipe(response);
  };
}

const engine = join(viewer, "node_modules/@cesium/engine");
const server = await createServer({
  root: viewer,
  configFile: false,
  logLevel: "error",
  server: { host: "127.0.0.1", port: 0 },
  optimizeDeps: { include: ["@cesium/engine"] },
  plugins: [
    {
      name: "tile-cache",
      configureServer(development) {
        const { middlewares } = development;
        middlewares.use("/tiles-under-test", files(folder));
        middlewares.use("/cesium", files(join(engine, "Build"), join(engine, "Source")));
        middlewares.use("/measure", (_, response) => {
          response.setHeader("Content-Type", "text/html");
          response.end(PAGE);
        });
      },
    },
  ],
});
await server.listen();
const { browser, renderer } = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 320, height: 200 } });
  page.on("pageerror", (error) => console.error(error.message));
  await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/measure`);
  await page.waitForFunction(() => window.measure !== undefined, null, { timeout: 120_000 });
  const found = [];
  for (const error of errors) {
    found.push(await page.evaluate(([pixels, lines]) => window.measure(pixels, lines), [Number(error), outlined]));
    console.error(JSON.stringify(found.at(-1)));
  }
  console.log(JSON.stringify({ renderer, views: found }));
} finally {
  await browser.close();
  await server.close();
}
