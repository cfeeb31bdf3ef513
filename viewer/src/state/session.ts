/** What a person can do, without saying how it is drawn: state changes, server requests and camera wishes. */
import { extentOf } from "../domain/geo";
import { toProblem } from "../domain/problem";
import type { TownView } from "../domain/scenario";
import { hitsOf } from "../domain/search";
import type { ColorMode } from "../domain/styles";
import { type BuildingHit, type Extent, type Finding, PLACE_DATASETS } from "../domain/types";
import type { Quality, Selection, Task } from "../domain/urlState";
import type { Api } from "./api";
import {
  type AppState,
  type FindingFilter,
  failed,
  hiddenAtFirst,
  initialState,
  loaded,
  loading,
  type Subject,
  type Theme,
} from "./appState";
import { createStore, type Dispose, type Store } from "./store";

export type CameraWish =
  | { kind: "street"; streetId: string }
  | { kind: "place"; position_deg: [number, number, number]; range_m: number }
  | { kind: "extent"; extent_deg: Extent }
  | { kind: "preset"; view: "home" | "top" | "oblique" | "north" }
  | { kind: "zoom"; factor: number }
  | { kind: "flight"; action: "start" | "toggle" | "stop"; streetId?: string }
  | { kind: "seek"; chainage_m: number };

export interface Session {
  store: Store<AppState>;
  api: Api;
  onWish(listener: (wish: CameraWish) => void): Dispose;
  wish(wish: CameraWish): void;
  load(): Promise<void>;
  setTask(task: Task): void;
  setColor(color: ColorMode): void;
  setQuality(quality: Quality): void;
  setLang(lang: "zh" | "en"): void;
  toggleLayer(id: string): void;
  toggleClass(key: string): void;
  select(selection: Selection | null, fly?: boolean): Promise<void>;
  /** Go to what a finding is about: its building, or the street or plan unit, which have no card. */
  showFinding(finding: Finding): void;
  /** Go to a building and open it, or to a street or plan unit. */
  goTo(dataset: string, id: string): void;
  flyStreet(id: string): void;
  /** Draw a scenario in this view; without one the town as it stands. */
  openScenario(id: string | null, view?: TownView): Promise<void>;
  setView(view: TownView): void;
  /** The report of a street, to read and to print. */
  openReport(street: string | null): void;
  /** Draw the evidence of this finding alone, or again of all. */
  toggleFocus(id: Finding["id"]): void;
  filterFindings(patch: Partial<FindingFilter>): Promise<void>;
  moreFindings(): Promise<void>;
  loadIndex(): Promise<void>;
  refresh(): Promise<void>;
  setTheme(theme: Theme): void;
  setActor(actor: string): void;
}

const PAGE = 100;

export function createSession(api: Api): Session {
  const store = createStore(initialState());
  const wishers = new Set<(wish: CameraWish) => void>();
  const wish = (value: CameraWish) => {
    for (const listener of wishers) listener(value);
  };
  let selectionTurn = 0;
  let findingTurn = 0;
  let scenarioTurn = 0;

  const query = () => ({ ...store.get().findingFilter, limit: PAGE });

  async function load(): Promise<void> {
    store.set({ catalog: loading() });
    try {
      const [town, vocabulary, datasets, streets, layers, controls, projects, scenarios, planUnits, viewCorridors] =
        await Promise.all([
          api.town(),
          api.vocabulary(),
          api.datasets(),
          api.streets(),
          api.layers(),
          api.controls(),
          api.projects(),
          api.scenarios(),
          api.planUnits(),
          api.viewCorridors(),
        ]);
      const catalog = {
        town,
        vocabulary,
        datasets,
        streets,
        layers,
        controls,
        projects: projects.features,
        scenarios,
        planUnits,
        viewCorridors,
      };
      const street = store.get().street ?? town.home?.street_id ?? streets[0]?.id ?? null;
      const hidden = store.get().hiddenByLink ? store.get().hidden : hiddenAtFirst(datasets);
      store.set({ catalog: loaded(catalog), street, hidden });
    } catch (error) {
      store.set({ catalog: failed(toProblem(error)) });
      return;
    }
    void filterFindings({});
    loadSummary();
  }

  function loadSummary(): void {
    void api
      .summary("kind")
      .then((summary) => store.set({ summary }))
      .catch(() => undefined);
  }

  async function filterFindings(patch: Partial<FindingFilter>): Promise<void> {
    const turn = ++findingTurn;
    const findingFilter = { ...store.get().findingFilter, ...patch };
    store.set({ findingFilter, findings: loading(store.get().findings.value) });
    try {
      const page = await api.findings(query());
      if (turn === findingTurn) store.set({ findings: loaded({ total: page.total, items: page.findings }) });
    } catch (error) {
      if (turn === findingTurn) store.set({ findings: failed(toProblem(error)) });
    }
  }

  async function moreFindings(): Promise<void> {
    const turn = findingTurn;
    const before = store.get().findings.value;
    if (!before) return;
    store.set({ findings: loading(before) });
    try {
      const page = await api.findings({ ...query(), offset: before.items.length });
      if (turn === findingTurn)
        store.set({ findings: loaded({ total: page.total, items: [...before.items, ...page.findings] }) });
    } catch (error) {
      if (turn === findingTurn) store.set({ findings: failed(toProblem(error)) });
    }
  }

  async function fetchSubject(selection: Selection): Promise<Subject> {
    const subject: Subject = { selection, building: null, element: null, project: null };
    if (selection.kind === "project") return { ...subject, project: await api.project(selection.id) };
    if (selection.kind === "building")
      return { ...subject, building: await api.building(selection.dataset, selection.id) };
    const element = await api.element(selection.dataset, selection.id);
    const building = element.building_id
      ? await api.building(selection.dataset, element.building_id).catch(() => null)
      : null;
    return { ...subject, element, building };
  }

  async function select(selection: Selection | null, fly = false): Promise<void> {
    const turn = ++selectionTurn;
    store.set({ place: null, focus: null });
    if (selection === null) {
      store.set({ selection: null, subject: { loading: false, problem: null, value: null } });
      return;
    }
    store.set({ selection, subject: loading() });
    try {
      const subject = await fetchSubject(selection);
      if (turn !== selectionTurn) return;
      store.set({ subject: loaded(subject) });
      const position = subject.building?.position_deg;
      if (fly && position) wish({ kind: "place", position_deg: position, range_m: 220 });
    } catch (error) {
      if (turn === selectionTurn) store.set({ subject: failed(toProblem(error)) });
    }
  }

  function goTo(dataset: string, id: string): void {
    if (!PLACE_DATASETS.has(dataset)) {
      void select({ kind: "building", dataset, id }, true);
      return;
    }
    void select(null);
    const unit = store.get().catalog.value?.planUnits.features.find(({ properties }) => properties.id === id);
    if (dataset === "streets") wish({ kind: "street", streetId: id });
    else if (unit?.geometry) wish({ kind: "extent", extent_deg: extentOf(unit.geometry) });
  }

  function showFinding(finding: Finding): void {
    const { dataset, building_id: id, position_deg, evidence } = finding;
    if (!PLACE_DATASETS.has(dataset)) {
      void select({ kind: "building", dataset, id }, !position_deg);
      if (position_deg) wish({ kind: "place", position_deg, range_m: 220 });
      return;
    }
    void select(null);
    store.set({ place: finding });
    if (dataset === "streets") wish({ kind: "street", streetId: id });
    else if (evidence) wish({ kind: "extent", extent_deg: extentOf(evidence) });
  }

  async function openScenario(id: string | null, view: TownView = "proposed"): Promise<void> {
    const turn = ++scenarioTurn;
    if (id === null) {
      store.set({ view: "existing", scenario: { loading: false, problem: null, value: null } });
      return;
    }
    store.set({ scenario: loading() });
    try {
      const [detail, shapes] = await Promise.all([api.scenario(id), api.scenarioShapes(id)]);
      if (turn === scenarioTurn) store.set({ view, scenario: loaded({ detail, shapes: shapes.features }) });
    } catch (error) {
      if (turn === scenarioTurn) store.set({ view: "existing", scenario: failed(toProblem(error)) });
    }
  }

  async function loadIndex(): Promise<void> {
    if (store.get().index) return;
    const index: BuildingHit[] = [];
    for (let more = true; more; ) {
      const names = await api.names(index.length);
      index.push(...hitsOf(names));
      more = names.id.length > 0 && index.length < names.total;
    }
    store.set({ index });
  }

  /** After a write that changed what stands or what is decided: lists, verdicts and the open card anew. */
  async function refresh(): Promise<void> {
    const { catalog, selection, scenario } = store.get();
    if (!catalog.value) return;
    const [projects, scenarios, streets, datasets] = await Promise.all([
      api.projects(),
      api.scenarios(),
      api.streets(),
      api.datasets(),
    ]);
    store.set({
      catalog: loaded({ ...catalog.value, projects: projects.features, scenarios, streets, datasets }),
      index: null,
      revision: store.get().revision + 1,
    });
    loadSummary();
    await Promise.all([
      filterFindings({}),
      selection ? select(selection) : null,
      scenario.value ? openScenario(scenario.value.detail.id, store.get().view) : null,
    ]);
  }

  return {
    store,
    api,
    wish,
    onWish(listener) {
      wishers.add(listener);
      return () => wishers.delete(listener);
    },
    load,
    setTask(task) {
      const { task: before, panelOpen } = store.get();
      store.set({ task, panelOpen: task === before ? !panelOpen : true });
    },
    setColor: (color) => store.set({ color, muted: new Set() }),
    setQuality: (quality) => store.set({ quality }),
    setLang: (lang) => store.set({ lang }),
    toggleLayer: (id) => store.set({ hidden: toggled(store.get().hidden, id) }),
    toggleClass: (key) => store.set({ muted: toggled(store.get().muted, key) }),
    select,
    openScenario,
    goTo,
    showFinding,
    openReport: (report) => store.set({ report }),
    setView: (view) => store.set({ view }),
    toggleFocus: (id) => store.set({ focus: store.get().focus === id ? null : id }),
    flyStreet(id) {
      store.set({ street: id });
      wish({ kind: "flight", action: "start", streetId: id });
    },
    filterFindings,
    moreFindings,
    loadIndex,
    refresh,
    setTheme: (theme) => store.set({ theme }),
    setActor: (actor) => store.set({ actor }),
  };
}

function toggled(set: ReadonlySet<string>, item: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}
