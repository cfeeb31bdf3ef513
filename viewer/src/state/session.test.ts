import { expect, test } from "vitest";
import { Problem } from "../domain/problem";
import { finding } from "../domain/testData";
import type { Api } from "./api";
import { linkOf } from "./link";
import { createSession } from "./session";

/** An API that answers only what a test gives it. */
const api = (answers: Partial<Api>) => answers as Api;

test("a later answer to an earlier question is ignored", async () => {
  const waiting = new Map<string, (value: unknown) => void>();
  const session = createSession(
    api({ building: (_, id) => new Promise((resolve) => waiting.set(id, resolve as (value: unknown) => void)) }),
  );
  const first = session.select({ kind: "building", dataset: "b", id: "one" });
  const second = session.select({ kind: "building", dataset: "b", id: "two" });
  waiting.get("two")?.({ id: "two" });
  waiting.get("one")?.({ id: "one" });
  await Promise.all([first, second]);
  expect(session.store.get().subject.value?.building?.id).toBe("two");
});

test("a failed request becomes a problem that can be shown, and selecting nothing clears it", async () => {
  const session = createSession(
    api({ building: () => Promise.reject(new Problem("Not Found", "no building", 404, "no-building", "")) }),
  );
  await session.select({ kind: "building", dataset: "b", id: "x" });
  expect(session.store.get().subject.problem?.code).toBe("no-building");
  await session.select(null);
  expect(session.store.get().subject).toEqual({ loading: false, problem: null, value: null });
});

test("an element brings the building it belongs to", async () => {
  const session = createSession(
    api({
      element: () =>
        Promise.resolve({
          id: "e",
          kind: "IfcWall",
          name: null,
          storey: null,
          material: null,
          properties: {},
          building_id: "b1",
        } as never),
      building: (_, id) => Promise.resolve({ id } as never),
    }),
  );
  await session.select({ kind: "element", dataset: "ifc", id: "e" });
  expect(session.store.get().subject.value?.building?.id).toBe("b1");
});

test("more findings are appended to those shown", async () => {
  const asked: unknown[] = [];
  const session = createSession(
    api({
      findings: (query) => {
        asked.push(query.offset ?? 0);
        return Promise.resolve({ total: 2, findings: [finding({ id: `f${query.offset ?? 0}` })] });
      },
    }),
  );
  await session.filterFindings({ verdict: "review" });
  await session.moreFindings();
  expect(session.store.get().findings.value?.items.map(({ id }) => id)).toEqual(["f0", "f1"]);
  expect(asked).toEqual([0, 1]);
});

test("a link names hidden layers only when they are not the usual ones", () => {
  const session = createSession(api({}));
  expect(linkOf(session.store.get()).off).toBeUndefined();
  session.toggleLayer("water");
  expect(linkOf(session.store.get()).off).toContain("water");
});

test("choosing the open task again folds the panel", () => {
  const session = createSession(api({}));
  session.setTask("streets");
  expect(session.store.get().panelOpen).toBe(false);
  session.setTask("data");
  expect(session.store.get()).toMatchObject({ task: "data", panelOpen: true });
});
