/** The HTTP API as functions. Every failure arrives as a `Problem`. */
import { ellipsoidalHeight } from "../domain/geo";
import type {
  BuildingNames,
  BuildingRecord,
  Controls,
  Dataset,
  ElementRecord,
  FeatureCollection,
  FindingPage,
  FindingSummary,
  LayerInfo,
  PlanUnitProperties,
  ProjectDetail,
  ProjectProperties,
  Scenario,
  ScenarioDetail,
  ScenarioDifference,
  ScenarioShape,
  StateColumn,
  StateColumnInfo,
  StateInfo,
  Street,
  Town,
  TreeNode,
  ViewCorridorProperties,
  Vocabulary,
} from "../domain/types";
import { createHttp, part, toQuery } from "./http";
import { createWorkApi } from "./work";

export interface FindingQuery {
  verdict?: string;
  kind?: string;
  street?: string;
  zone?: string;
  rule?: string;
  clause?: string;
  sort?: string;
  limit?: number;
  offset?: number;
}

export type Api = ReturnType<typeof createApi>;

/** `base` is the folder of the page; the API lives beside it. */
export function createApi(base: string) {
  const http = createHttp(base);
  const { url, request, json } = http;

  return {
    ...createWorkApi(http),
    url,
    town: () => json<Town>("town"),
    vocabulary: () => json<Vocabulary>("vocabulary"),
    datasets: async () => (await json<{ datasets: Dataset[] }>("datasets")).datasets,
    streets: async () => (await json<{ streets: Street[] }>("streets")).streets,
    layers: async () => (await json<{ layers: LayerInfo[] }>("layers")).layers,
    layer: (id: string) => json<FeatureCollection<Record<string, unknown>>>(`layers/${part(id)}`),
    planUnits: () => json<FeatureCollection<PlanUnitProperties>>("plan-units"),
    viewCorridors: () => json<FeatureCollection<ViewCorridorProperties>>("view-corridors"),
    controls: () => json<Controls>("controls"),
    projects: () => json<FeatureCollection<ProjectProperties>>("projects"),
    project: (id: string) => json<ProjectDetail>(`projects/${part(id)}`),
    building: (dataset: string, id: string) => json<BuildingRecord>(`buildings/${part(dataset)}/${part(id)}`),
    element: (dataset: string, id: string) => json<ElementRecord>(`elements/${part(dataset)}/${part(id)}`),
    /** One branch of a building's tree: the children of `parent`, or of the building itself. */
    tree: (dataset: string, building: string, parent?: string) =>
      json<{ nodes: TreeNode[] }>(
        `buildings/${part(dataset)}/${part(building)}/tree${parent ? `?parent=${part(parent)}` : ""}`,
      ),
    /** Names, addresses and verdicts of all buildings from `offset` on, as columns. */
    names: (offset: number) => json<BuildingNames>(`building-names?offset=${offset}`),
    findings: (query: FindingQuery) => json<FindingPage>(`findings?${toQuery(query)}`),
    summary: (by: string) => json<FindingSummary>(`findings/summary?by=${part(by)}`),
    /** Lowest ellipsoidal height of a tileset in metres, as its root bounds it. */
    lowestHeight: async (tilesetUrl: string) => lowestOf((await json<TilesetJson>(tilesetUrl, "")).root),
    scenarios: async () => (await json<{ scenarios: Scenario[] }>("scenarios")).scenarios,
    scenario: (id: string) => json<ScenarioDetail>(`scenarios/${part(id)}`),
    scenarioShapes: (id: string) => json<FeatureCollection<ScenarioShape>>(`scenarios/${part(id)}/shapes`),
    /** What a scenario changes about one building. */
    scenarioDifferences: async (id: string, dataset: string, building: string) =>
      (
        await json<{ differences: ScenarioDifference[] }>(
          `scenarios/${part(id)}/diff?${toQuery({ dataset, building, limit: 200 })}`,
        )
      ).differences,
    /** One byte a gid, at an address the server gave. */
    async bytes(path: string): Promise<Uint8Array> {
      return new Uint8Array(await (await request(path.replace(/^\//, ""))).arrayBuffer());
    },
    state: (dataset: string) => json<StateInfo>(`state/${part(dataset)}`),
    async column(dataset: string, info: StateColumnInfo): Promise<StateColumn> {
      const buffer = await (await request(`api/v1/state/${part(dataset)}/${part(info.name)}`)).arrayBuffer();
      return {
        name: info.name,
        values: typedArray(info.dtype, buffer),
        components: info.components,
        noData: info.no_data ?? null,
        codes: (info.codes ?? []).map((code) => (typeof code === "string" ? code : code.value)),
      };
    },
  };
}

interface TilesetJson {
  root: { boundingVolume: { region?: number[]; box?: number[] }; transform?: number[] };
}

/** From a region its lowest height; from a box of local axes, z up, its foot. */
export function lowestOf({ boundingVolume: { region, box }, transform }: TilesetJson["root"]): number | null {
  if (region) return region[4] ?? null;
  if (!box || !transform) return null;
  const at = (row: number) =>
    [0, 1, 2].reduce((sum, i) => sum + (transform[row + 4 * i] ?? 0) * (box[i] ?? 0), transform[row + 12] ?? 0);
  return ellipsoidalHeight([at(0), at(1), at(2)]) - Math.hypot(box[9] ?? 0, box[10] ?? 0, box[11] ?? 0);
}

/** The columns are little-endian, as every machine a browser runs on is. */
function typedArray(dtype: StateColumnInfo["dtype"], buffer: ArrayBuffer): ArrayLike<number> {
  switch (dtype) {
    case "uint8":
      return new Uint8Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "float32":
      return new Float32Array(buffer);
  }
}
