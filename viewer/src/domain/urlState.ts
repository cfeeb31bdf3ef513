/** The part of the state a link carries: `#street=…&color=…&task=…`. Unknown keys and values are dropped. */
import { TOWN_VIEWS, type TownView } from "./scenario";
import { COLOR_MODES, type ColorMode } from "./styles";

export const TASKS = ["streets", "townscape", "runs", "projects", "layers", "data"] as const;
export type Task = (typeof TASKS)[number];
export const QUALITIES = ["low", "medium", "high"] as const;
export type Quality = (typeof QUALITIES)[number];
export const LANGS = ["zh", "en"] as const;

export type Selection =
  | { kind: "building"; dataset: string; id: string }
  /** gid is known when picked in the scene, not from a link */
  | { kind: "element"; dataset: string; id: string; gid?: number }
  | { kind: "project"; id: string };

export interface Link {
  street?: string;
  color?: ColorMode;
  task?: Task;
  lang?: (typeof LANGS)[number];
  quality?: Quality;
  scenario?: string;
  view?: TownView;
  select?: Selection;
  off?: string[];
}

export function formatSelection(selection: Selection): string {
  return selection.kind === "project"
    ? `project:${encodeURIComponent(selection.id)}`
    : `${selection.kind}:${encodeURIComponent(selection.dataset)}:${encodeURIComponent(selection.id)}`;
}

export function parseSelection(text: string): Selection | null {
  const [kind, a, b] = text.split(":").map(decode);
  if (kind === "project" && a) return { kind, id: a };
  if ((kind === "building" || kind === "element") && a && b) return { kind, dataset: a, id: b };
  return null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

export function formatLink(link: Link): string {
  const parameters = new URLSearchParams();
  for (const key of ["street", "color", "task", "lang", "quality", "scenario", "view"] as const) {
    const value = link[key];
    if (value) parameters.set(key, value);
  }
  if (link.select) parameters.set("select", formatSelection(link.select));
  if (link.off && link.off.length > 0) parameters.set("off", link.off.join(","));
  return `#${parameters.toString()}`;
}

export function parseLink(hash: string): Link {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const link: Link = {};
  const street = parameters.get("street");
  if (street) link.street = street;
  const color = oneOf(COLOR_MODES, parameters.get("color"));
  if (color) link.color = color;
  const task = oneOf(TASKS, parameters.get("task"));
  if (task) link.task = task;
  const lang = oneOf(LANGS, parameters.get("lang"));
  if (lang) link.lang = lang;
  const quality = oneOf(QUALITIES, parameters.get("quality"));
  if (quality) link.quality = quality;
  const scenario = parameters.get("scenario");
  if (scenario) link.scenario = scenario;
  const view = oneOf(TOWN_VIEWS, parameters.get("view"));
  if (view) link.view = view;
  const select = parseSelection(parameters.get("select") ?? "");
  if (select) link.select = select;
  const off = parameters.get("off");
  if (off) link.off = off.split(",").filter(Boolean);
  return link;
}

function oneOf<T extends string>(values: readonly T[], value: string | null): T | undefined {
  return values.find((candidate) => candidate === value);
}
