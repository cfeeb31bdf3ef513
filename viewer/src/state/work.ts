/** The part of the HTTP API that people work with: checks, changes, scenarios, projects, decisions, history. */
import type {
  BuildingChange,
  CheckRun,
  Exemption,
  ExemptionBody,
  HistoryRow,
  LinkChange,
  MoveRequest,
  MovesAnswer,
  ProjectCheck,
  ProjectTotals,
  RunDiff,
  ScenarioChange,
  ScenarioDetail,
  Standing,
  WhatIf,
} from "../domain/types";
import { type Http, part, toQuery } from "./http";

export function createWorkApi({ json, send }: Http) {
  const exemption = (rule: string, dataset: string, building: string) =>
    `exemptions/${part(rule)}/${part(dataset)}/${part(building)}`;
  const link = (project: string, dataset: string, building: string) =>
    `projects/${part(project)}/buildings/${part(dataset)}/${part(building)}`;
  return {
    runs: async () => (await json<{ runs: CheckRun[] }>("checks/runs")).runs,
    runDiff: (from: string, to: string, offset = 0) =>
      json<RunDiff>(`checks/runs/diff?${toQuery({ from, to, limit: 200, offset })}`),
    whatIf: (changes: BuildingChange[]) => send<WhatIf>("POST", "checks/what-if", { changes }),

    scenarioChanges: async (id: string) =>
      (await json<{ changes: ScenarioChange[] }>(`scenarios/${part(id)}/changes`)).changes,
    putScenario: (body: object) => send<ScenarioDetail>("POST", "scenarios", body),
    checkScenario: (id: string, by: string) => send<ScenarioDetail>("POST", `scenarios/${part(id)}/check`, { by }),
    decideScenario: (id: string, act: "adopt" | "discard", by: string, reason: string) =>
      send<ScenarioDetail>("POST", `scenarios/${part(id)}/decision`, { act, by, reason }),

    moves: (project: string) => json<MovesAnswer>(`projects/${part(project)}/moves`),
    move: (project: string, body: MoveRequest) => send<Standing>("POST", `projects/${part(project)}/moves`, body),
    projectChecks: async (project: string) =>
      (await json<{ checks: ProjectCheck[] }>(`projects/${part(project)}/checks`)).checks,
    projectTotals: async (project: string) =>
      (await json<{ total: ProjectTotals }>(`projects/${part(project)}/totals`)).total,
    totals: async () => (await json<{ total: ProjectTotals }>("project-totals")).total,
    putLink: (project: string, dataset: string, building: string, change: LinkChange) =>
      send<unknown>("PUT", link(project, dataset, building), change),
    forgetLink: (project: string, dataset: string, building: string) =>
      send<unknown>("DELETE", link(project, dataset, building)),

    exemptions: async () => (await json<{ exemptions: Exemption[] }>("exemptions")).exemptions,
    exempt: (rule: string, dataset: string, building: string, body: ExemptionBody) =>
      send<Exemption>("PUT", exemption(rule, dataset, building), body),
    withdraw: (rule: string, dataset: string, building: string, by: string) =>
      send<unknown>("DELETE", `${exemption(rule, dataset, building)}?${toQuery({ by })}`),

    /** Former states of a building, oldest first; with a day or an instant the one in force then. */
    history: async (dataset: string, building: string, at: { valid_at?: string; known_at?: string } = {}) => {
      const query = toQuery(at);
      const path = `history/building/${part(dataset)}/${part(building)}${query && `?${query}`}`;
      return (await json<{ rows: HistoryRow[] }>(path)).rows;
    },
  };
}
