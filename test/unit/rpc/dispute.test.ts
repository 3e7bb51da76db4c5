import { expect, test } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { formatReceiptId } from '../../../state/tx/receipt.ts';
import {
  challengeAs,
  demandOf,
  disputeScene,
  OUTPUT,
  PROMPT,
  send,
  settleAs,
  watcher,
} from '../state/economy/dispute-scenes.ts';
import { bytes32 } from '../state/economy/world.ts';
import { testServer } from './server.ts';

const scene = disputeScene();
const { world } = scene;
const honest = scene.infer(PROMPT, OUTPUT);
const batch = send(scene, honest);
const settlement = settleAs(world, batch, [[0, honest.claim]]);
const place = { batch, index: 0, settlement };
const refuted = challengeAs(world, place, {
  type: 'info',
  value: { border: 2, output: honest.outputEvidence.open(30, 31), passages: undefined },
});
const demand = challengeAs(world, place, demandOf('prompt', { count: 2 }));
const receipt = formatReceiptId(place);

const { node } = testServer();
const server = testServer({
  node: { ...node, read: (query) => query({ height: world.height, view: world.view }) },
});

const shownDemand = {
  id: toHex(demand.id),
  target: {
    type: 'receipt',
    value: { batch: toHex(batch), index: 0, settlement: toHex(settlement) },
  },
  witness: 'demand',
  challenger: toHex(watcher.address),
  height: world.height.toString(),
  state: 'open',
  code: '',
  bond: '10000000000000000',
  demand: { text: 'prompt', contribution: 0, item: 0, first: 0, count: 2 },
  outdone: null,
  excuses: null,
  answerBy: (world.height + 10n).toString(),
  cost: '2000000000000000',
};

test('the challenges of a receipt are returned in their order, in pages', async () => {
  expect(await server.call('attribution_getChallenges', { subject: receipt })).toMatchObject({
    total: 2,
    challenges: [
      {
        id: toHex(refuted.id),
        witness: 'info',
        state: 'refuted',
        code: 'WITNESS_HOLDS',
        demand: null,
        outdone: null,
        excuses: null,
        answerBy: null,
        cost: null,
      },
      shownDemand,
    ],
  });
  expect(await server.call('attribution_getChallenges', { subject: receipt, from: 1, limit: 1 })).toEqual({
    total: 2,
    challenges: [shownDemand],
  });
  for (const subject of ['0', '7', toHex(bytes32('claim'))])
    expect(await server.call('attribution_getChallenges', { subject })).toEqual({ total: 0, challenges: [] });
  for (const subject of ['', '00', 'x', '99999999999', '0x00'])
    expect((await server.refusal('attribution_getChallenges', { subject })).code, subject).toBe(-32602);
});

test('one challenge is returned by its transaction', async () => {
  expect(await server.call('attribution_getChallenge', { id: toHex(demand.id) })).toEqual(shownDemand);
  expect(await server.refusal('attribution_getChallenge', { id: toHex(bytes32('none')) })).toMatchObject({
    code: -32001,
    data: { code: 'CHALLENGE_NOT_FOUND' },
  });
});

test('open demands are returned by settlement, and with the receipt', async () => {
  expect(await server.call('attribution_getDemands', { claims: toHex(settlement) })).toEqual([shownDemand]);
  expect(await server.call('attribution_getDemands', { claims: toHex(batch) })).toEqual([]);
  expect(await server.call('receipt_get', { id: receipt })).toMatchObject({
    status: 'settled',
    settlement: { demands: [toHex(demand.id)] },
  });
});
