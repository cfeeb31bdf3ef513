/** All tilesets of the town: buildings and elements painted by the chosen style, meshes and points as they are. */

import { QUALITY } from "../domain/quality";
import { standingOf, withScenarioValues } from "../domain/scenario";
import { classify, countClasses, paintBuildings, styleOf } from "../domain/styles";
import type { Dataset, StateColumn, StateInfo } from "../domain/types";
import { type BuildingShader, createBuildingShader } from "../engine/buildingShader";
import type { Engine } from "../engine/createEngine";
import { paintDrape } from "../engine/drape";
import { createLifetime, type Dispose } from "../engine/lifetime";
import { createPointShader, createSurfaceShader } from "../engine/plainShaders";
import { addTileset, type TilesetLayer } from "../engine/tilesets";
import type { AppState, Catalog, Subject } from "../state/appState";
import type { Session } from "../state/session";
import { projectLayers, projectsKey } from "./projects";

const POINT_PX = 4;
const STOREY_M = 3.3;
/** A dataset with more features than this is drawn without edges, so that a view of all of it stays in the tile cache. */
const MOST_OUTLINED = 150_000;

interface Painted {
  dataset: Dataset;
  shader: BuildingShader;
  info: Promise<StateInfo>;
  columns: Map<string, Promise<StateColumn | null>>;
}

export function mountBuildings(engine: Engine, session: Session, catalog: Catalog): Dispose {
  const { store } = session;
  const lifetime = createLifetime();
  const painted = new Map<string, Painted>();
  let pending = 0;
  let paintTurn = 0;
  lifetime.add(engine.expect("styles", () => pending === 0));

  const busy = async (work: Promise<unknown>): Promise<void> => {
    pending++;
    try {
      await work;
    } finally {
      pending--;
      engine.requestFrame();
    }
  };

  const mounted = new Map<string, { url: string; end: Dispose }>();
  /** A dataset whose tiles were drawn anew has another address; a new one has none yet. True when any was mounted. */
  const mount = (datasets: readonly Dataset[]) => {
    const fresh = datasets.filter(({ id, tileset_url: url }) => url && mounted.get(id)?.url !== url);
    for (const dataset of fresh) {
      const url = dataset.tileset_url ?? "";
      mounted.get(dataset.id)?.end();
      const own = createLifetime();
      mounted.set(dataset.id, { url, end: own.end });
      void busy(mountDataset(engine, session, dataset, url, painted, own.add));
    }
    return fresh.length > 0;
  };
  mount(catalog.datasets);
  lifetime.add(() => {
    for (const { end } of mounted.values()) end();
  });

  const repaint = () => {
    const turn = ++paintTurn;
    const { color, muted, view } = store.get();
    const style = styleOf(color, catalog.vocabulary.attributes.find((a) => a.name === "use")?.codes ?? []);
    return busy(
      Promise.all(
        [...painted.values()].map(async (entry) => {
          const info = await entry.info;
          const [main, roof, place] = await Promise.all([
            style.column ? townColumn(session, entry, style.column) : null,
            style.exact ? townColumn(session, entry, "roof_color") : null,
            townColumn(session, entry, "place"),
          ]);
          if (turn !== paintTurn) return null;
          const classes = classify(style, main, info.features);
          const standing = standingOf(view, place);
          entry.shader.setPaint(paintBuildings(style, classes, main, roof, muted, standing), style.exact);
          return entry.dataset.kind === "buildings" ? countClasses(style, classes, standing) : null;
        }),
      ).then((counts) => {
        if (turn !== paintTurn) return;
        const total = style.classes.map((_, i) => counts.reduce((sum, count) => sum + (count?.[i] ?? 0), 0));
        store.set({ legend: { style, counts: total } });
      }),
    );
  };
  void repaint();
  /** A write changed the town: its columns are fetched again. */
  lifetime.add(
    store.watch(
      (state) => state.revision,
      () => {
        for (const entry of painted.values()) entry.columns.clear();
        if (mount(store.get().catalog.value?.datasets ?? [])) drape();
        void repaint();
      },
    ),
  );
  const drape = () => {
    const layers = projectLayers(store.get(), store.get().catalog.value ?? catalog);
    const extent = catalog.town.extent_deg;
    const picture = layers.length > 0 && extent ? paintDrape(layers, extent) : null;
    for (const { shader } of painted.values()) shader.setDrape(picture);
    engine.requestFrame();
  };
  drape();
  lifetime.add(store.watch(projectsKey, drape));
  lifetime.add(
    engine.scene.preRender.addEventListener(() => {
      for (const { shader } of painted.values()) shader.update(engine.scene.camera.inverseViewMatrix);
    }),
  );
  const whatIsPainted = [
    (state: AppState) => state.color,
    (state: AppState) => state.muted,
    (state: AppState) => state.view,
    (state: AppState) => state.scenario.value,
  ];
  for (const part of whatIsPainted) lifetime.add(store.watch<unknown>(part, () => void repaint()));
  const mark = (subject: Subject | null) => {
    const gid = subject?.selection.kind === "element" ? subject.selection.gid : subject?.building?.gid;
    const chosen = subject?.selection.kind === "project" ? undefined : subject?.selection.dataset;
    for (const { dataset, shader } of painted.values())
      shader.setSelected(dataset.id === chosen ? (gid ?? null) : null);
    engine.requestFrame();
  };
  mark(store.get().subject.value);
  lifetime.add(store.watch((state) => state.subject.value, mark));
  return lifetime.end;
}

async function mountDataset(
  engine: Engine,
  session: Session,
  dataset: Dataset,
  tilesetUrl: string,
  painted: Map<string, Painted>,
  keep: (dispose: Dispose) => void,
): Promise<void> {
  const { store, api } = session;
  const quality = () => QUALITY[store.get().quality];
  const isPainted = dataset.kind === "buildings" || dataset.kind === "elements";
  let shader: BuildingShader | null = null;
  if (isPainted) {
    shader = createBuildingShader({ ownColor: dataset.kind === "elements", storeyLines: dataset.kind === "buildings" });
    const entry: Painted = { dataset, shader, info: api.state(dataset.id), columns: new Map() };
    painted.set(dataset.id, entry);
    if (dataset.kind === "buildings") void setStoreys(session, entry).then(engine.requestFrame, () => undefined);
  }
  const layer: TilesetLayer = await addTileset(engine, {
    dataset: dataset.id,
    url: api.url(tilesetUrl),
    error: quality().tilesetError,
    outlined: dataset.features <= MOST_OUTLINED,
    shader: shader?.shader ?? (dataset.kind === "pointcloud" ? createPointShader(POINT_PX) : createSurfaceShader()),
  });
  const show = () => layer.setShow(!store.get().hidden.has(`dataset:${dataset.id}`));
  show();
  keep(layer.dispose);
  keep(store.watch((state) => state.hidden, show));
  keep(
    store.watch(
      (state) => state.quality,
      () => layer.setError(quality().tilesetError),
    ),
  );
}

async function column(session: Session, entry: Painted, name: string): Promise<StateColumn | null> {
  const known = entry.columns.get(name);
  if (known) return known;
  const fetched = entry.info.then((info) => {
    const found = info.columns.find((candidate) => candidate.name === name);
    return found ? session.api.column(entry.dataset.id, found) : null;
  });
  entry.columns.set(name, fetched);
  return fetched;
}

/** A column of the town that is shown: in a scenario, its states of places and its verdicts stand for the town's. */
async function townColumn(session: Session, entry: Painted, name: string): Promise<StateColumn | null> {
  const { view, scenario } = session.store.get();
  const own = await column(session, entry, name);
  const open = view === "existing" ? null : scenario.value;
  const state = open?.detail.states.find(({ dataset }) => dataset === entry.dataset.id);
  const url = name === "place" ? state?.place_url : name === "verdict" ? state?.verdict_url : undefined;
  if (!open || !own) return own;
  const shapes = open.shapes.map(({ properties }) => properties).filter(({ dataset }) => dataset === entry.dataset.id);
  if (!url) return withScenarioValues(own, shapes);
  const codes = name === "place" ? open.detail.place_codes : own.codes;
  const key = `${url} ${open.detail.checked_at}`;
  const fetched = entry.columns.get(key) ?? session.api.bytes(url).then((values) => ({ ...own, codes, values }));
  entry.columns.set(key, fetched);
  return fetched;
}

/** Storey heights for the hairlines on facades: height over storeys, or a usual storey where the count is missing. */
async function setStoreys(session: Session, entry: Painted): Promise<void> {
  const [heights, storeys] = await Promise.all([column(session, entry, "height_m"), column(session, entry, "storeys")]);
  if (!heights) return;
  const { features } = await entry.info;
  const storeyHeights = new Float32Array(features);
  for (let gid = 0; gid < features; gid++) {
    const height_m = heights.values[gid] ?? Number.NaN;
    if (!(height_m > 0)) continue;
    const count = storeys?.values[gid] || Math.max(1, Math.round(height_m / STOREY_M));
    storeyHeights[gid] = height_m / count;
  }
  entry.shader.setStoreyHeights(storeyHeights);
}
