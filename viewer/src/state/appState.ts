/** Everything the page knows, in one plain object. */
import type { FindingSort } from "../domain/findings";
import type { Problem } from "../domain/problem";
import type { TownView } from "../domain/scenario";
import type { BuildingStyle, ColorMode } from "../domain/styles";
import type {
  BuildingHit,
  BuildingRecord,
  Controls,
  Dataset,
  ElementRecord,
  Feature,
  FeatureCollection,
  Finding,
  FindingSummary,
  LayerInfo,
  PlanUnitProperties,
  ProjectDetail,
  ProjectFeature,
  Scenario,
  ScenarioDetail,
  ScenarioShape,
  Street,
  Town,
  Verdict,
  ViewCorridorProperties,
  Vocabulary,
} from "../domain/types";
import type { Quality, Selection, Task } from "../domain/urlState";

/** Something asked of the server: not there yet, failed, or there. */
export interface Loadable<T> {
  loading: boolean;
  problem: Problem | null;
  value: T | null;
}
export const loading = <T>(value: T | null = null): Loadable<T> => ({ loading: true, problem: null, value });
export const loaded = <T>(value: T): Loadable<T> => ({ loading: false, problem: null, value });
export const failed = <T>(problem: Problem): Loadable<T> => ({ loading: false, problem, value: null });

export interface Catalog {
  town: Town;
  vocabulary: Vocabulary;
  datasets: Dataset[];
  streets: Street[];
  layers: LayerInfo[];
  controls: Controls;
  projects: ProjectFeature[];
  scenarios: Scenario[];
  planUnits: FeatureCollection<PlanUnitProperties>;
  viewCorridors: FeatureCollection<ViewCorridorProperties>;
}

/** The scenario that is looked at, with every place it touches. */
export interface OpenScenario {
  detail: ScenarioDetail;
  shapes: Feature<ScenarioShape>[];
}

export interface FindingFilter {
  verdict: Verdict;
  kind: string;
  street: string;
  sort: FindingSort;
}

/** What the inspector shows. An element brings the building it belongs to. */
export interface Subject {
  selection: Selection;
  building: BuildingRecord | null;
  element: ElementRecord | null;
  project: ProjectDetail | null;
}

export interface Legend {
  style: BuildingStyle;
  counts: number[];
}

export interface Flight {
  streetId: string;
  chainage_m: number;
  length_m: number;
  playing: boolean;
}

export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface AppState {
  lang: "zh" | "en";
  theme: Theme;
  /** who works here: the name every write is made under */
  actor: string;
  /** counts writes that changed the town: what was fetched before is old */
  revision: number;
  task: Task;
  panelOpen: boolean;
  color: ColorMode;
  quality: Quality;
  /** legend lines faded in the scene */
  muted: ReadonlySet<string>;
  /** layers switched off, by id: `dataset:<id>`, `water`, `names`, `projects`, `envelopes`, … */
  hidden: ReadonlySet<string>;
  /** the link named the layers that are off */
  hiddenByLink: boolean;
  catalog: Loadable<Catalog>;
  findings: Loadable<{ total: number; items: Finding[] }>;
  findingFilter: FindingFilter;
  summary: FindingSummary | null;
  index: BuildingHit[] | null;
  street: string | null;
  /** which town is drawn: as it stands, as a scenario would have it, or both in one picture */
  view: TownView;
  scenario: Loadable<OpenScenario>;
  selection: Selection | null;
  subject: Loadable<Subject>;
  /** a finding about a street or plan unit, shown where it is */
  place: Finding | null;
  /** the one finding of the chosen building whose evidence is drawn; without it all of them */
  focus: Finding["id"] | null;
  /** the street whose report is open */
  report: string | null;
  legend: Legend | null;
  flight: Flight | null;
  hover: { x: number; y: number; name: string; height_m: number | null } | null;
  camera: { heading_rad: number; metresPerPixel: number };
  /** hour of the day for sunlight, or null for the drawing light from the south-west */
  hour: number | null;
  /** set while the scene cannot draw; a written sentence key */
  sceneProblem: string | null;
  sceneReady: boolean;
}

/** Off until asked for: they cover the picture. Point clouds join when the datasets are known. */
const HIDDEN_AT_FIRST = ["projects", "envelopes", "zones", "units", "corridors", "built-up"];

export function hiddenAtFirst(datasets: readonly Dataset[]): ReadonlySet<string> {
  return new Set([
    ...HIDDEN_AT_FIRST,
    ...datasets.filter(({ kind }) => kind === "pointcloud").map(({ id }) => `dataset:${id}`),
  ]);
}

export function initialState(): AppState {
  return {
    lang: "zh",
    theme: "light",
    actor: "",
    revision: 0,
    task: "streets",
    panelOpen: true,
    color: "verdict",
    quality: "medium",
    muted: new Set(),
    hidden: hiddenAtFirst([]),
    hiddenByLink: false,
    catalog: loading(),
    findings: loading(),
    findingFilter: { verdict: "fail", kind: "", street: "", sort: "margin" },
    summary: null,
    index: null,
    street: null,
    view: "existing",
    scenario: { loading: false, problem: null, value: null },
    selection: null,
    subject: { loading: false, problem: null, value: null },
    place: null,
    focus: null,
    report: null,
    legend: null,
    flight: null,
    hover: null,
    camera: { heading_rad: 0, metresPerPixel: 1 },
    hour: null,
    sceneProblem: null,
    sceneReady: false,
  };
}
