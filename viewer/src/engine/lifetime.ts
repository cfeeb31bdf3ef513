/** Collects removals, so that whatever was added together goes together, last first. */
export type Dispose = () => void;

export interface Lifetime {
  add(dispose: Dispose): void;
  end: Dispose;
}

export function createLifetime(): Lifetime {
  const disposers: Dispose[] = [];
  return {
    add: (dispose) => disposers.push(dispose),
    end: () => {
      for (const dispose of disposers.splice(0).reverse()) dispose();
    },
  };
}
