// Validates GLB files with the Khronos glTF validator and prints one JSON report: {file: {errors, warnings, messages}}.
// The package is looked for in GLTF_VALIDATOR_DIR, then in viewer/node_modules.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const home = process.env.GLTF_VALIDATOR_DIR ?? join(here, "..", "..", "viewer", "node_modules");
const validator = createRequire(join(home, "index.js"))(join(home, "gltf-validator"));

const report = {};
for (const file of process.argv.slice(2)) {
  const result = await validator.validateBytes(new Uint8Array(readFileSync(file)), { uri: file, maxIssues: 50 });
  report[file] = {
    errors: result.issues.numErrors,
    warnings: result.issues.numWarnings,
    messages: result.issues.messages,
  };
}
process.stdout.write(JSON.stringify(report));
