/** Vite plugin: serves Cesium's workers, assets and wasm under `cesium/` in dev and copies them on build. */
import { cpSync, createReadStream, existsSync, statSync } from "node:fs";
import { dirname, extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const engine = dirname(fileURLToPath(import.meta.resolve("@cesium/engine")));
/** [folder in the package, folder under cesium/]: later ones win. The sky box, lens flare and sea are never drawn. */
const SOURCES = [
  ["Source/Assets", "Assets"],
  ["Build/Workers", "Workers"],
  ["Build/ThirdParty", "ThirdParty"],
  ["Source/ThirdParty", "ThirdParty"],
] as const;
const UNUSED = /SkyBox|LensFlare|waterNormals|NaturalEarthII|maki|moonSmall|google-earth|basis_transcoder|splats/;
const TYPES: Record<string, string> = {
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

export function cesiumAssets(): Plugin {
  let outDir = "dist";
  return {
    name: "cesium-assets",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    configureServer(server) {
      server.middlewares.use("/cesium", (request, response, next) => {
        const path = normalize(decodeURIComponent((request.url ?? "").split("?")[0] ?? ""));
        for (const [from, to] of SOURCES) {
          const file = join(engine, from, path.slice(to.length + 1));
          if (path.startsWith(`/${to}/`) && existsSync(file) && statSync(file).isFile()) {
            response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream");
            createReadStream(file).pipe(response);
            return;
          }
        }
        next();
      });
    },
    closeBundle() {
      for (const [from, to] of SOURCES) {
        const filter = (source: string) => !UNUSED.test(source);
        cpSync(join(engine, from), join(outDir, "cesium", to), { recursive: true, filter });
      }
    },
  };
}
