/** Where an amount of earnings comes from. `forfeited` counts against `remainder`; `attestor` and `provider` were paid at once. */
export const TRACKS = [
  'spans',
  'relevance',
  'remainder',
  'forfeited',
  'model',
  'stake',
  'attestor',
  'provider',
] as const;
export type Track = (typeof TRACKS)[number];
