/** Promises of those who wait until an object is here whole. */
export class Waiters {
  readonly #byKey = new Map<string, Set<() => void>>();

  /** Resolves when the object is complete, or after the timeout. */
  wait(key: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#byKey.get(key) ?? new Set();
      this.#byKey.set(key, waiting);
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0) this.#byKey.delete(key);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      waiting.add(wake);
    });
  }

  wake(key: string): void {
    for (const wake of this.#byKey.get(key) ?? []) wake();
  }

  wakeAll(): void {
    for (const key of this.#byKey.keys()) this.wake(key);
  }
}
