import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DICTIONARIES, pick, translate } from ".";

const parameters = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("both languages have the same keys and the same parameters", () => {
  const { zh, en } = DICTIONARIES;
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const key of Object.keys(zh) as (keyof typeof zh)[])
    expect(parameters(en[key]), key).toEqual(parameters(zh[key]));
});

test("no string is empty", () => {
  for (const dictionary of Object.values(DICTIONARIES))
    for (const text of Object.values(dictionary)) expect(text).not.toBe("");
});

test("parameters are put in, and a missing value of the data falls back to the other language", () => {
  expect(translate("en", "data.features", { n: "2,220" })).toBe("2,220 features");
  expect(pick("en", { zh: "水系", en: "" })).toBe("水系");
});

test("panels hold no Chinese text of their own: it lives in the dictionary", () => {
  const ui = join(import.meta.dirname, "..", "ui");
  const files = readdirSync(ui, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".vue"));
  const spoken = files.filter((name) => /<template>[\s\S]*[\u4e00-\u9fff]/.test(readFileSync(join(ui, name), "utf8")));
  expect(spoken).toEqual([]);
});
