/** Requests to the server this page came from. Every failure arrives as a `Problem`. */
import { offlineProblem, parseProblem } from "../domain/problem";

export type Method = "POST" | "PUT" | "PATCH" | "DELETE";
export type Http = ReturnType<typeof createHttp>;

const API = "api/v1/";

/** `base` is the folder of the page; the API lives beside it. */
export function createHttp(base: string) {
  const url = (path: string) => new URL(path.replace(/^\//, ""), base).href;

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(url(path), {
        ...init,
        headers: { Accept: "application/json", ...(init.body ? { "Content-Type": "application/json" } : {}) },
      });
    } catch {
      throw offlineProblem();
    }
    if (!response.ok) throw parseProblem(response.status, await response.json().catch(() => null));
    return response;
  }

  return {
    url,
    request,
    json: async <T>(path: string, under = API): Promise<T> => (await request(under + path)).json() as Promise<T>,
    send: async <T>(method: Method, path: string, body?: object): Promise<T> =>
      (await request(API + path, { method, ...(body && { body: JSON.stringify(body) }) })).json() as Promise<T>,
  };
}

/** One part of a path; a building's id may hold slashes of its own, which are sent as `%2F`. */
export const part = encodeURIComponent;

/** Parameters that say nothing are left out. */
export function toQuery(query: object): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString();
}
