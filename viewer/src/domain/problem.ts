/** A failed request as something a person can act on. Built from `application/problem+json` where the server sent it. */
export class Problem extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly status: number,
    readonly code: string,
    readonly hint: string,
  ) {
    super(detail ? `${title}: ${detail}` : title);
    this.name = "Problem";
  }
}

/** Status 0: the server could not be reached at all. */
export function offlineProblem(): Problem {
  return new Problem("offline", "", 0, "offline", "");
}

export function parseProblem(status: number, body: unknown): Problem {
  const record = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const text = (key: string) => (typeof record[key] === "string" ? (record[key] as string) : "");
  return new Problem(
    text("title") || `HTTP ${status}`,
    text("detail"),
    status,
    text("code") || `http-${status}`,
    text("hint"),
  );
}

export function toProblem(error: unknown): Problem {
  return error instanceof Problem
    ? error
    : new Problem("error", error instanceof Error ? error.message : String(error), -1, "client", "");
}
