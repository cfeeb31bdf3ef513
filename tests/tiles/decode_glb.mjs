// Decodes every compressed buffer view of a GLB with the decoder that CesiumJS uses; a list of base64 texts.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const { MeshoptDecoder } = await import(join(process.env.NODE_MODULES, "meshoptimizer", "meshopt_decoder.mjs"));
const file = readFileSync(process.argv[2]);
const length = file.readUInt32LE(12);
const views = JSON.parse(file.subarray(20, 20 + length)).bufferViews;
const binary = file.subarray(28 + length);
await MeshoptDecoder.ready;
const decoded = views.map((view) => {
  const packed = view.extensions?.EXT_meshopt_compression;
  if (!packed) return null;
  const target = new Uint8Array(packed.count * packed.byteStride);
  const source = binary.subarray(packed.byteOffset ?? 0, (packed.byteOffset ?? 0) + packed.byteLength);
  MeshoptDecoder.decodeGltfBuffer(target, packed.count, packed.byteStride, source, packed.mode, packed.filter);
  return Buffer.from(target).toString("base64");
});
console.log(JSON.stringify(decoded));
