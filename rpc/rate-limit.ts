/**
 * A token bucket a client address: `perSecond` requests for long, `burst` at once. Time comes in as a value.
 */
export type RateLimit = { readonly perSecond: number; readonly burst: number };

export type RateLimiter = {
  /** Whether one more request of `client` is let in at `nowMs`. */
  readonly admit: (client: string, nowMs: number) => boolean;
  /** How many are remembered. */
  readonly clients: () => number;
};

type Bucket = { tokens: number; at: number };

/** Past so many clients the buckets that have filled up again are dropped: they say nothing. */
const SWEEP_AT = 10_000;

export const createRateLimiter = ({ perSecond, burst }: RateLimit): RateLimiter => {
  const buckets = new Map<string, Bucket>();
  const refilled = (bucket: Bucket, nowMs: number): number =>
    Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.at) / 1000) * perSecond);
  const sweep = (nowMs: number): void => {
    for (const [client, bucket] of buckets) if (refilled(bucket, nowMs) >= burst) buckets.delete(client);
    // All of them busy at once is an attack from many addresses; to forget them is safer than to grow.
    if (buckets.size >= SWEEP_AT) buckets.clear();
  };
  return {
    clients: () => buckets.size,
    admit: (client, nowMs) => {
      if (buckets.size >= SWEEP_AT && !buckets.has(client)) sweep(nowMs);
      const bucket = buckets.get(client) ?? { tokens: burst, at: nowMs };
      bucket.tokens = refilled(bucket, nowMs);
      bucket.at = nowMs;
      buckets.set(client, bucket);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
};
