/** Keeps the page address in step with the state, so that a link shows what its sender saw. */
import { formatLink, type Link, parseLink } from "../domain/urlState";
import { type AppState, hiddenAtFirst } from "./appState";
import type { Dispose, Store } from "./store";

export function readLink(location: Location): Link {
  const link = parseLink(location.hash);
  const query = parseLink(location.search.replace(/^\?/, "#"));
  return { ...query, ...link };
}

/** The part of the state that a link sets before anything is loaded. */
export function applyLink(store: Store<AppState>, link: Link): void {
  store.set({
    ...(link.lang && { lang: link.lang }),
    ...(link.task && { task: link.task }),
    ...(link.color && { color: link.color }),
    ...(link.quality && { quality: link.quality }),
    ...(link.street && { street: link.street }),
    ...(link.off && { hidden: new Set(link.off), hiddenByLink: true }),
  });
}

export function linkOf(state: AppState): Link {
  const atFirst = hiddenAtFirst(state.catalog.value?.datasets ?? []);
  const asAtFirst = state.hidden.size === atFirst.size && [...atFirst].every((id) => state.hidden.has(id));
  return {
    ...(state.street && { street: state.street }),
    color: state.color,
    task: state.task,
    lang: state.lang,
    quality: state.quality,
    ...(state.scenario.value && { scenario: state.scenario.value.detail.id, view: state.view }),
    ...(state.selection && { select: state.selection }),
    ...(!asAtFirst && { off: state.hidden.size > 0 ? [...state.hidden] : ["-"] }),
  };
}

export function followLink(store: Store<AppState>, history: History): Dispose {
  let before = "";
  return store.watch(
    (state) => formatLink(linkOf(state)),
    (hash) => {
      if (hash === before) return;
      before = hash;
      history.replaceState(null, "", hash);
    },
  );
}
