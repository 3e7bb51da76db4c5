/**
 * The curve edwards25519 on bigints, from RFC 8032, section 5.1: just enough to write down every encoding of its
 * points of small order, without the library under test.
 */
export const P = 2n ** 255n - 19n;

const mod = (a: bigint): bigint => ((a % P) + P) % P;

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
};

const inverse = (a: bigint): bigint => power(a, P - 2n);
const D = mod(-121665n * inverse(121666n));
const SQRT_MINUS_ONE = power(2n, (P - 1n) / 4n);

type Point = { readonly x: bigint; readonly y: bigint };

const add = (p: Point, q: Point): Point => {
  const dxy = mod(mod(D * mod(p.x * q.x)) * mod(p.y * q.y));
  return {
    x: mod((p.x * q.y + q.x * p.y) * inverse(1n + dxy)),
    y: mod((p.y * q.y + p.x * q.x) * inverse(1n - dxy)),
  };
};

/** The x of a y, in the sense of section 5.1.3 without its refusals; undefined if the curve has no such y. */
const xOf = (y: bigint): bigint | undefined => {
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  const candidate = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  if (mod(v * candidate * candidate) === u) return candidate;
  if (mod(v * candidate * candidate) === mod(-u)) return mod(candidate * SQRT_MINUS_ONE);
  return undefined;
};

const encode = (y: bigint, sign: bigint): Uint8Array => {
  const out = new Uint8Array(32);
  const value = y | (sign << 255n);
  for (let i = 0; i < 32; i++) out[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return out;
};

const isIdentity = (point: Point): boolean => point.x === 0n && point.y === 1n;
const timesEight = (point: Point): Point => {
  const two = add(point, point);
  const four = add(two, two);
  return add(four, four);
};

/** The eight points of order 1, 2, 4 and 8: multiples of one of order 8, found by clearing the large subgroup. */
const torsion = (): Point[] => {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  for (let y = 2n; ; y++) {
    const x = xOf(y);
    if (x === undefined) continue;
    let cleared: Point = { x: 0n, y: 1n };
    let double: Point = { x, y };
    for (let rest = L; rest > 0n; rest >>= 1n) {
      if ((rest & 1n) === 1n) cleared = add(cleared, double);
      double = add(double, double);
    }
    const four = add(add(cleared, cleared), add(cleared, cleared));
    if (isIdentity(four)) continue;
    const points: Point[] = [{ x: 0n, y: 1n }];
    while (points.length < 8) points.push(add(points.at(-1) ?? cleared, cleared));
    return points;
  }
};

/**
 * Every 32 bytes that decode, leniently, to a point of small order: y or y + p where that fits 255 bits, and either
 * sign bit where x is 0. There are 14: 8 canonical and 6 not.
 */
export const smallOrderEncodings = (): Uint8Array[] => {
  const out: Uint8Array[] = [];
  for (const point of torsion()) {
    if (!isIdentity(timesEight(point))) throw new Error('a point of small order times 8 is the identity');
    const ys = point.y + P < 2n ** 255n ? [point.y, point.y + P] : [point.y];
    const signs = point.x === 0n ? [0n, 1n] : [point.x & 1n];
    for (const y of ys) for (const sign of signs) out.push(encode(y, sign));
  }
  return out;
};
