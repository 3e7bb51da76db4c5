/**
 * The config of a node: `config.toml` in its home, overridden by flags. An unknown key is an error, because a misspelt key
 * must not silently get its default.
 */
import { parse, stringify, TomlError } from 'smol-toml';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { CodedError, ok, toFault } from '../src/lib/errors.ts';
import { LOG_LEVELS } from '../src/lib/log.ts';
import { fail, fault, type Result } from './errors.ts';
import { isHost } from './hosts.ts';

const strict = { additionalProperties: false };

/** Whether a text is an origin as a browser sends it: scheme, host in lower case, a port that is not the default, no path. */
const isOrigin = (text: string): boolean =>
  /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;

const Origin = Type.Refine(
  Type.String(),
  isOrigin,
  () => 'must be the origin of a page, such as https://example.org or http://localhost:5173, without a path',
);

const Host = Type.Refine(
  Type.String(),
  isHost,
  () => 'must be an IPv4 address, an IPv6 address without brackets, or a name such as node.example.org',
);

const Port = Type.Integer({ minimum: 0, maximum: 65_535 });

export const ConfigSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    log: Type.Object(
      {
        level: Type.Enum([...LOG_LEVELS]),
        format: Type.Enum(['text', 'json']),
      },
      strict,
    ),
    rpc: Type.Object(
      {
        host: Host,
        port: Port,
        max_body_bytes: Type.Integer({ minimum: 1_024, maximum: 64 << 20 }),
        max_batch: Type.Integer({ minimum: 1, maximum: 10_000 }),
        /** The most requests per second and address, and the most in a burst; no limit if left out. A batch is one request. */
        max_requests_per_second: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
        /** The origins whose pages may call this node from a browser; none if left out. */
        cors_origins: Type.Optional(Type.Array(Origin, { maxItems: 1_000 })),
        /** Names by which this node may be called, beside its IP addresses and localhost; none if left out. */
        hosts: Type.Optional(Type.Array(Host, { maxItems: 1_000 })),
      },
      strict,
    ),
    p2p: Type.Object(
      {
        host: Host,
        port: Port,
        /** Multiaddrs, each ending in /p2p/ and the peer's id. */
        peers: Type.Array(Type.String({ minLength: 1 })),
      },
      strict,
    ),
    mempool: Type.Object(
      {
        max_transactions: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
        max_bytes: Type.Integer({ minimum: 1 << 20, maximum: 1 << 30 }),
        max_per_sender: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
      },
      strict,
    ),
    content: Type.Object(
      {
        /** Whether this node keeps copies of the content of the Datanets. */
        host: Type.Boolean(),
        max_bytes: Type.Integer({ minimum: 1 << 20, maximum: Number.MAX_SAFE_INTEGER }),
      },
      strict,
    ),
  },
  strict,
);

export type Config = Static<typeof ConfigSchema>;

export const defaultConfig = (name: string): Config => ({
  name,
  log: { level: 'info', format: 'text' },
  rpc: { host: '127.0.0.1', port: 0, max_body_bytes: 8 << 20, max_batch: 100, cors_origins: [], hosts: [] },
  p2p: { host: '127.0.0.1', port: 0, peers: [] },
  mempool: { max_transactions: 20_000, max_bytes: 32 << 20, max_per_sender: 4_000 },
  content: { host: true, max_bytes: 10 * 2 ** 30 },
});

/** The ports of a config file that names none. */
const DEFAULT_PORTS = { p2p: 26_656, rpc: 8_545 } as const;

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Completes what a file says with the defaults, key by key. What is not a table, or not known, stays for the check. */
const withDefaults = (value: Readonly<Record<string, unknown>>): unknown => {
  const { rpc, p2p, ...rest } = defaultConfig('node');
  const defaults: Readonly<Record<string, unknown>> = {
    ...rest,
    rpc: { ...rpc, port: DEFAULT_PORTS.rpc },
    p2p: { ...p2p, port: DEFAULT_PORTS.p2p },
  };
  const merged = Object.entries(defaults).map(([key, standard]) => {
    const given = value[key];
    return [key, isTable(standard) && isTable(given) ? { ...standard, ...given } : (given ?? standard)];
  });
  return { ...value, ...Object.fromEntries(merged) };
};

/** Parses a config. A key that is left out has its default. Faults, which name `source`: `CONFIG_NOT_TOML`, and `CONFIG_INVALID` with the path of the key. */
export const parseConfig = (text: string, source: string): Result<Config> => {
  let value: Readonly<Record<string, unknown>>;
  try {
    value = parse(text);
  } catch (error) {
    const [what = 'the file is not TOML'] = toFault(error).message.split('\n');
    const line = error instanceof TomlError ? error.line : undefined;
    const place = line === undefined ? source : `${source}, line ${line}`;
    const hint = /redefine/.test(what)
      ? '; a section stands in the file once: replace the one that is there'
      : '';
    return fail('CONFIG_NOT_TOML', `${place}: ${what}${hint}`, { source });
  }
  return checkConfig(withDefaults(value), source);
};

type Flaw = { readonly path: string; readonly message: string };

/** Chooses the error to report: an unknown key first, because it is often a known one, misspelt. */
const flawOf = (value: unknown): Flaw => {
  const errors = Value.Errors(ConfigSchema, value);
  const error = errors.find(({ keyword }) => keyword === 'boolean') ?? errors[0];
  const path = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  switch (error?.keyword) {
    case 'boolean':
      return { path, message: 'is no key of a config' };
    case 'enum':
      return { path, message: `must be one of ${error.params.allowedValues.join(', ')}` };
    default:
      return { path, message: error?.message ?? 'is no config' };
  }
};

/** Checks a config that a program has made. Fault: `CONFIG_INVALID`, which names `source` and the key. */
export const checkConfig = (value: unknown, source: string): Result<Config> => {
  if (Value.Check(ConfigSchema, value)) return ok(value);
  const { path, message } = flawOf(value);
  return fail('CONFIG_INVALID', `${source}: ${path === '' ? '' : `${path} `}${message}`, { source, path });
};

export const formatConfig = (config: Config): string =>
  `# The config of this node. Flags of "openledger start" stand over it.\n\n${stringify(config)}\n`;

/** The flags of "openledger start" as they are on the command line. */
export type StartFlags = {
  readonly peers?: string;
  readonly rpcHost?: string;
  readonly rpcPort?: string;
  readonly p2pHost?: string;
  readonly p2pPort?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
};

/** Returns the port that a flag names, at least `least`. @throws CodedError `ARGUMENT_INVALID` */
export const portOf = (flag: string, value: string, least = 0): number => {
  const port = Number(value);
  if (!/^[0-9]{1,5}$/.test(value) || port < least || port > 65_535)
    throw new CodedError(
      fault('ARGUMENT_INVALID', `${flag} must be a port from ${least} to 65535, not ${value}`),
    );
  return port;
};

/** Returns the config with the flags applied. Faults: `CONFIG_INVALID`, which names the key. @throws `ARGUMENT_INVALID` */
export const applyFlags = (config: Config, flags: StartFlags): Result<Config> => {
  const peers = flags.peers?.split(',').filter((peer) => peer !== '') ?? [];
  const value = {
    ...config,
    log: { level: flags.logLevel ?? config.log.level, format: flags.logFormat ?? config.log.format },
    rpc: {
      ...config.rpc,
      host: flags.rpcHost ?? config.rpc.host,
      port: flags.rpcPort === undefined ? config.rpc.port : portOf('--rpc-port', flags.rpcPort),
    },
    p2p: {
      host: flags.p2pHost ?? config.p2p.host,
      port: flags.p2pPort === undefined ? config.p2p.port : portOf('--p2p-port', flags.p2pPort),
      peers: [...new Set([...config.p2p.peers, ...peers])],
    },
  };
  return checkConfig(value, 'the flags');
};
