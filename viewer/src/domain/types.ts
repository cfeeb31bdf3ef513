/** Shapes of the HTTP API (`/api/v1`) by topic. Field names are the server's; positions are lon/lat degrees, heights metres. */
export * from "./types/buildings";
export * from "./types/checks";
export * from "./types/common";
export * from "./types/elements";
export * from "./types/findings";
export * from "./types/geometry";
export * from "./types/history";
export * from "./types/projects";
export * from "./types/rules";
export * from "./types/runs";
export * from "./types/scenarios";
export * from "./types/state";
export * from "./types/town";
