const ZEROS = `0x${'00'.repeat(32)}`;

/**
 * Returns the payload of a contribution, as JSON, of almost 200 KB. It has as many structs as it has room for, so it is the
 * longest to decode and to hash. Every node finds it well-formed.
 */
export const largeContribution = (
  change: { contribution?: number; datanet?: number; items?: number } = {},
) => ({
  contribution: 1,
  datanet: 1,
  salt: ZEROS,
  root: ZEROS,
  digest: ZEROS,
  items: 1,
  tokens: '32768',
  bytes: '65536',
  shapes: [{ tokens: 32_768, promptTokens: 0 }],
  copied: [],
  sketch: Array.from({ length: 128 }, () => 0),
  novelRuns: Array.from({ length: 16_384 }, (_, i) => ({ item: 0, start: 2 * i, end: 2 * i + 1 })),
  role: 'data',
  parents: [],
  licence: 'MIT',
  ...change,
});
