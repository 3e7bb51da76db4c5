/** `openledger model`: registers models and their versions, and shows what became of them. */
import type { Command } from 'commander';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { ModelTermsType } from '../../state/tx/model-registration.ts';
import { ModelRevisionType } from '../../state/tx/model-revision.ts';
import { encodeResult } from '../client/decode.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import type { DatanetId, ModelId } from '../lib/ids.ts';
import { printableLine } from '../lib/printable.ts';
import type { Json } from '../lib/ssz.ts';
import { type ConnectionOptions, connect, connectSteadily, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { printExample } from './example.ts';
import { readJsonFile } from './input.ts';
import { type ListFlags, printList, withList } from './listing.ts';
import { type NameOptions, openAddressBook, type RecipientFlags, withRecipient } from './names.ts';
import { readId } from './numbers.ts';
import { openText, pricesText, printFields, printJson } from './output.ts';
import { modelExample, type Pin, revisionExample } from './payload-examples.ts';
import { aroundFile, readPayload, readPayloadFile } from './payload-file.ts';
import { readNodeState } from './reading.ts';
import { describePayload } from './schema-text.ts';
import { eventOf, openSender, type SendFlags, sameOptions, sendAndReport, withSending } from './sending.ts';
import { waitUntil } from './waiting.ts';

type Model = ResultOf<'model_get'>;
type Calibration = ResultOf<'model_getCalibration'>;
type ReadOptions = ConnectionOptions & NameOptions & { readonly json?: true };

const WHAT_NEXT = 'its receipts are settled once attestors have calibrated it: openledger model show';

const register = async (file: string, flags: SendFlags & RecipientFlags): Promise<void> => {
  const sender = await openSender(flags);
  const terms = await readPayloadFile(file, 'modelRegistration', ModelTermsType, sender.book);
  await sendAndReport(sender, 'modelRegistration', terms, flags, (sent) => {
    const made = eventOf(sent, 'modelRegistered')?.data;
    return {
      json: { model: made?.model ?? null, version: made?.version ?? null, manifest: made?.manifest ?? null },
      fields: [['model', String(made?.model)]],
      made: String(made?.model),
      next: `${WHAT_NEXT} ${made?.model} ${sameOptions(flags)}`,
    };
  });
};

/** The file has the terms of the version. The model is the argument, so the file may leave it out. */
const withModel = (given: Json, model: ModelId): Json =>
  typeof given === 'object' && given !== null && !Array.isArray(given) ? { model, ...given } : given;

const revise = async (id: string, file: string, flags: SendFlags): Promise<void> => {
  const model = readId('the model', id);
  const sender = await openSender(flags);
  const given = withModel(await readJsonFile(file), model);
  const what = `${file === '-' ? 'stdin' : file} is not a payload of modelRevision`;
  const payload = readPayload(given, ModelRevisionType, aroundFile(file, sender.book), what);
  if (payload.model !== model)
    throw new CodedError(
      fault('PAYLOAD_INVALID', `${what}: model: it is ${payload.model}, but the argument names ${model}`),
    );
  await sendAndReport(sender, 'modelRevision', payload, flags, (sent) => {
    const made = eventOf(sent, 'modelRevised')?.data;
    return {
      json: { model, version: made?.version ?? null, manifest: made?.manifest ?? null },
      fields: [
        ['model', String(model)],
        ['version', String(made?.version)],
      ],
      next: `${WHAT_NEXT} ${model} ${sameOptions(flags)}`,
    };
  });
};

const controlText = (matchBits: number | null, controlBps: number | null): string =>
  `a match needs ${matchBits} bits, and coincidence explains ${controlBps} basis points`;

/** Says how far one round of the calibration is. */
const roundText = ({
  status,
  drawAt,
  claim,
  matchBits,
  controlBps,
}: Calibration['rounds'][number]): string => {
  switch (status) {
    case 'awaited':
      return `its tokens are drawn at the end of height ${drawAt} at the earliest`;
    case 'drawn':
      return 'its tokens are drawn, and an attestor has to measure them';
    case 'claimed':
      return `measured, and final at the end of height ${claim?.finalAt} unless it is challenged`;
    case 'final':
      return `final: ${controlText(matchBits, controlBps)}`;
    case 'unattributed':
      return 'without result: there is nothing to draw from, or no step meets the bar';
    default:
      return status satisfies never;
  }
};

/** Says what the calibration means for receipts. */
const calibrationText = ({ status, matchBits, controlBps }: Calibration): string => {
  switch (status) {
    case 'pending':
      return 'pending: receipts can be settled once both rounds are final';
    case 'calibrated':
      return `final: ${controlText(matchBits, controlBps)}`;
    case 'unattributed':
      return 'without result, so spans earn nothing';
    default:
      return status satisfies never;
  }
};

const roundLines = ({ rounds }: Calibration): readonly (readonly [name: string, value: string])[] =>
  rounds.map((each) => [`  round ${each.round}`, roundText(each)]);

const pinText = ({ datanet, count }: Pick<Pin, 'datanet' | 'count'>): string =>
  `Datanet ${datanet} (${count} contributions)`;

const ownDatanetText = ({ datanet, roles }: ResultOf<'model_getOwnDatanets'>['datanets'][number]): string =>
  `Datanet ${datanet} (${roles.join(', ')})`;

const modelLines = (
  { id, owner, height, terms, floors, earned, coverageBps, own, ownBps }: Model,
  version: ResultOf<'model_getVersion'>,
  calibration: Calibration,
  { datanets }: ResultOf<'model_getOwnDatanets'>,
  show: (address: Uint8Array) => string,
): readonly (readonly [name: string, value: string])[] => [
  ['model', String(id)],
  ['name', printableLine(terms.name)],
  ['kind', terms.base === undefined ? terms.kind : `${terms.kind}, made from model ${terms.base}`],
  ['owner', show(owner)],
  ['registered', `at height ${height}`],
  ['version', `${version.version}, from height ${version.height} on`],
  ['trained on', version.pins.map(pinText).join(', ') || 'no Datanet'],
  ['calibration', calibrationText(calibration)],
  ...roundLines(calibration),
  ['prices', pricesText(terms.prices.in, terms.prices.out)],
  ['least prices', pricesText(floors.priceIn, floors.priceOut)],
  ...terms.shares.map(
    ({ account, role, bps }) => [`share, ${role}`, `${show(account)}: ${bps} basis points`] as const,
  ),
  ['earned', openText(earned)],
  ['coverage', `${coverageBps} basis points of the outputs of closed epochs`],
  ...(datanets.length === 0 ? [] : [['its owner’s data', datanets.map(ownDatanetText).join(', ')] as const]),
  [
    'to its owner',
    `${ownBps} basis points of the data money of closed epochs: ${openText(own.contributions)} to contributions of the owner, ` +
      `${openText(own.datanets)} to others in Datanets that the owner has created or reviews`,
  ],
  ['manifest', toHex(version.manifest)],
];

/** Waits until the receipts of a version can be settled, or never can. */
const untilCalibrated = (client: RpcClient, id: ModelId, asked: string | undefined): Promise<void> =>
  waitUntil(async () => {
    const version = asked === undefined ? undefined : readId('--version', asked);
    const calibration = await client.call('model_getCalibration', {
      id,
      ...(version === undefined ? {} : { version }),
    });
    return calibration.status === 'pending'
      ? {
          waitsFor: calibration.rounds
            .map((each) => `round ${each.round} of the calibration: ${roundText(each)}`)
            .join('; '),
        }
      : { done: undefined };
  });

const show = async (
  text: string,
  { version: asked, wait, ...options }: ReadOptions & { readonly version?: string; readonly wait?: true },
): Promise<void> => {
  const id = readId('the model', text);
  const client = await (wait ? connectSteadily(options) : connect(options));
  if (wait) await untilCalibrated(client, id, asked);
  const node = await readNodeState(client);
  const model = await client.call('model_get', { id });
  const number = asked === undefined ? model.version : readId('--version', asked);
  const [versionAnswer, calibrationAnswer, ownAnswer] = await client.batch([
    { method: 'model_getVersion', params: { id, version: number } },
    { method: 'model_getCalibration', params: { id, version: number } },
    { method: 'model_getOwnDatanets', params: { id, version: number } },
  ]);
  const version = unwrap(versionAnswer);
  const calibration = unwrap(calibrationAnswer);
  const ownDatanets = unwrap(ownAnswer);
  if (options.json) {
    printJson({
      ...(encodeResult('model_get', model) as object),
      shownVersion: encodeResult('model_getVersion', version),
      calibration: encodeResult('model_getCalibration', calibration),
      ownDatanets: encodeResult('model_getOwnDatanets', ownDatanets),
      node,
    });
    return;
  }
  const book = await openAddressBook(options);
  printFields(modelLines(model, version, calibration, ownDatanets, book.show));
};

const list = async (options: ReadOptions & ListFlags): Promise<void> => {
  const client = await connect(options);
  await printList(client, options, {
    one: 'model',
    read: (page) => client.call('model_list', page),
    json: (models) => ({ models: encodeResult('model_list', [...models]) }),
    head: ['model', 'name', 'kind', 'version', 'owner', 'earned'],
    rows: async (models) => {
      const book = await openAddressBook(options);
      return models.map(({ id, terms, version, owner, earned }) => [
        String(id),
        printableLine(terms.name),
        terms.kind,
        String(version),
        book.label(owner),
        openText(earned),
      ]);
    },
  });
};

/** Returns a pin of the newest version of a Datanet. */
const pinOf = async (client: RpcClient, datanet: DatanetId): Promise<Pin> => {
  const { version } = await client.call('datanet_get', { id: datanet });
  return { datanet, count: version.count, root: toHex(version.root) };
};

type ExampleOptions = ConnectionOptions & { readonly datanet?: readonly string[]; readonly revision?: true };

const example = async ({ datanet = [], revision, ...options }: ExampleOptions): Promise<void> => {
  const ids = [...new Set(datanet.map((text) => readId('--datanet', text)))].toSorted((a, b) => a - b);
  const pins: Pin[] = [];
  if (ids.length > 0) {
    const client = await connect(options);
    await readNodeState(client);
    for (const id of ids) pins.push(await pinOf(client, id));
  }
  printExample(revision ? revisionExample(pins) : modelExample(pins));
};

const HASHES =
  'A hash can be written as "file:weights.bin": it is the sha256 of that file, which is looked up beside the terms.';

export const registerModel = (program: Command): void => {
  const model = program.command('model').description('register models, and see what they earn');
  withRecipient(
    withSending(
      model
        .command('register')
        .description('register a model, with the data that it was trained on')
        .argument('<file>', 'its terms as JSON; - for stdin'),
    ),
  )
    .addHelpText(
      'after',
      () =>
        `\nThe terms:\n${describePayload('modelRegistration', ModelTermsType.schema)}\n\n${HASHES}\n` +
        '"openledger model example --datanet 1" prints terms that pin the newest version of Datanet 1.',
    )
    .action(register);
  withSending(
    model
      .command('revise')
      .description('register a new version of a model')
      .argument('<id>', 'the model')
      .argument('<file>', 'the terms of the version as JSON; - for stdin'),
  )
    .addHelpText(
      'after',
      () =>
        `\nThe terms, where the model may be left out:\n${describePayload('modelRevision', ModelRevisionType.schema)}\n\n` +
        `${HASHES}\n"openledger model example --revision --datanet 1" prints terms to start from.`,
    )
    .action(revise);
  withConnection(
    model
      .command('example')
      .description('print terms of a model to start from')
      .option('--datanet <ids...>', 'pin the newest versions of these Datanets')
      .option('--revision', 'the terms of a new version of a model')
      .option('--json', 'has no effect: it is JSON'),
  ).action(example);
  withConnection(model.command('show').description('show a model').argument('<id>', 'its number'))
    .option('--version <n>', 'show this version of it, instead of the newest')
    .option('--wait', 'wait until it is calibrated, so that attestors can settle its receipts')
    .option('--json', 'print one JSON object')
    .action(show);
  withList(withConnection(model.command('list').description('list the models')), 'models').action(list);
};
