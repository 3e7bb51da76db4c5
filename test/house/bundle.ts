/** Bundles a module as the bundler of a web page does, and says what it reaches. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type OutputOptions, rolldown } from 'rolldown';
import { ROOT } from './planted.ts';

export type Bundle = {
  readonly code: string;
  /** Bytes, minified and then compressed. */
  readonly gzipped: number;
  /** What no browser has, each in words. */
  readonly unfit: readonly string[];
  /** The paths of its modules, from the root. */
  readonly modules: readonly string[];
};

const PLANTED = 'planted.ts';

const packageOf = (module: string): string | undefined =>
  /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1];

/** Whether a package has code that was compiled for one kind of machine. */
const isNative = (name: string): boolean => {
  const folder = join(ROOT, 'node_modules', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly gypfile?: boolean;
  };
  return (
    manifest.gypfile === true ||
    existsSync(join(folder, 'binding.gyp')) ||
    existsSync(join(folder, 'prebuilds')) ||
    Object.keys(manifest.dependencies ?? {}).some((dependency) => dependency.startsWith('node-gyp'))
  );
};

const FORBIDDEN = /libp2p|level|fastify|pino/;

const unfitOf = (modules: readonly string[], imports: readonly string[], code: string): readonly string[] => [
  ...imports.map((specifier) => `imports ${specifier}`),
  ...modules
    .filter((module) =>
      /\.node$|^src\/lib\/platform\/node\/|\/asset\/node\.ts$|\/files\/shared-place\.ts$/.test(module),
    )
    .map((module) => `reaches ${module}`),
  ...new Set(
    modules.flatMap((module) => {
      const name = packageOf(module);
      return name !== undefined && (FORBIDDEN.test(name) || isNative(name)) ? [`reaches ${name}`] : [];
    }),
  ),
  ...(/(?<![.\w$])Buffer\b/.test(code) ? ['names Buffer'] : []),
  ...(/(?<![.\w$])require\(/.test(code) ? ['calls require'] : []),
];

/**
 * @param entry - the path of a module from the root
 * @param source - the text of a module that stands there instead
 */
export const bundle = async (
  entry: string,
  { source, ...output }: OutputOptions & { readonly source?: string } = {},
): Promise<Bundle> => {
  const build = await rolldown({
    input: source === undefined ? join(ROOT, entry) : PLANTED,
    platform: 'browser',
    logLevel: 'silent',
    plugins: [
      {
        name: 'planted',
        resolveId: (id) => (id === PLANTED ? join(ROOT, entry) : undefined),
        load: (id) => (source !== undefined && id === join(ROOT, entry) ? source : undefined),
      },
    ],
  });
  const { output: made } = await build.generate({ minify: true, ...output });
  await build.close();
  const chunks = made.filter((each) => each.type === 'chunk');
  const code = chunks.map((chunk) => chunk.code).join('\n');
  const modules = chunks.flatMap(({ moduleIds }) => moduleIds.map((id) => id.replace(`${ROOT}/`, '')));
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const imports = chunks
    .flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
    .filter((specifier) => !own.has(specifier));
  return { code, gzipped: gzipSync(code).length, unfit: unfitOf(modules, imports, code), modules };
};
