/** Collects removals, so that whatever was added together goes together, last first. */
export type Dispose = () => void;

export interface Lifetime {
  add(dispose: Dispose): void;
  end: Dispose;
}

export function createLifetime(): Lifetime {
  const disposers: Dispose[] = [];
  let hasEnded = false;
  return {
    /** What arrives after the end, as tiles that were still loading, goes at once. */
    add: (dispose) => void (hasEnded ? dispose() : disposers.push(dispose)),
    end: () => {
      hasEnded = true;
      for (const dispose of disposers.splice(0).reverse()) dispose();
    },
  };
}
