/** The folder rule: ui → state → domain; layers, tools → engine + state + domain; only engine knows cesium; app sees all. */
const only = (from, allowed, name, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: `^src/${from}/`, pathNot: "\\.test\\.ts$" },
  to: { path: "^src/", pathNot: `^src/(${[from, ...allowed].join("|")})/` },
});

module.exports = {
  forbidden: [
    only("domain", [], "domain-is-pure", "The domain imports nothing of ours."),
    only("i18n", [], "strings-stand-alone", "The dictionaries import nothing of ours."),
    only("state", ["domain"], "state-knows-domain", "State imports the domain only."),
    only("ui", ["state", "domain", "i18n"], "ui-never-draws", "Panels never touch the engine, layers or tools."),
    only("engine", ["domain"], "engine-is-below", "The engine knows no state."),
    only("layers", ["engine", "state", "domain", "i18n"], "layers-draw", "Layers see no panel and no tool."),
    only("tools", ["engine", "state", "domain", "i18n"], "tools-act", "Tools see no panel and no layer."),
    {
      name: "cesium-only-in-engine-and-above",
      severity: "error",
      from: { path: "^src/(domain|state|ui|i18n)/" },
      to: { path: "@cesium" },
    },
    {
      name: "vue-only-in-ui",
      severity: "error",
      from: { path: "^src/(domain|state|engine|layers|tools|i18n)/" },
      to: { path: "(^|/)(vue|reka-ui)(/|$)" },
    },
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: "\\.(d|test)\\.ts$|src/app/main\\.ts$" },
      to: {},
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".vue", ".js"] },
  },
};
