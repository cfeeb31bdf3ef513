import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";
import { cesiumAssets } from "./build/cesiumAssets.ts";

const server = process.env.CIM_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./",
  plugins: [vue(), cesiumAssets()],
  define: { CESIUM_BASE_URL: JSON.stringify("./cesium/") },
  build: { outDir: "../api/http/static", emptyOutDir: true, chunkSizeWarningLimit: 5000, target: "es2022" },
  server: { proxy: { "/api": server, "/tiles": server, "/terrain": server } },
});
