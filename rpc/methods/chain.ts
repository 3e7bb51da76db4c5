import Type, { type Static } from 'typebox';
import type { Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { type Commit, CommitType, type Header, HeaderType } from '../../src/lib/chain.ts';
import { validatorAddress } from '../../src/lib/ed25519.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { ok, unwrap } from '../../src/lib/errors.ts';
import { paramsOf } from '../../state/modules/ledger/parameters.ts';
import { ParamsType } from '../../state/params.ts';
import { decodeTransaction, transactionDigest } from '../../state/tx/transaction.ts';
import type { NodeBackend } from '../backend.ts';
import { fail, type Result } from '../codes.ts';
import { method } from '../method.ts';
import { createPace } from '../pace.ts';
import {
  addressOut,
  amountOut,
  bytesOut,
  jsonForm,
  jsonOut,
  listOut,
  rootOut,
  sszOut,
  strict,
  textOut,
  uint64In,
  uint64Out,
} from '../schema.ts';

const heightParam = {
  height: Type.Optional(uint64In('Of the block; the last committed one if left out.')),
};

/** The height asked for, or the last; a fault that names both where it is past what this node has. */
const heightOr = (node: NodeBackend, height: bigint | undefined): bigint => height ?? node.status().height;

const noBlock = (height: bigint, last: bigint) =>
  fail('BLOCK_NOT_FOUND', `there is no block ${height} here; the last is ${last}`, {
    height: height.toString(),
    last: last.toString(),
  });

const found = <T>(node: NodeBackend, height: bigint, value: T | undefined): Result<T> =>
  value === undefined ? noBlock(height, node.status().height) : ok(value);

const TransactionOut = Type.Object({
  id: rootOut('The EIP-712 digest.'),
  from: addressOut(),
  nonce: uint64Out(),
  maxFee: amountOut(),
  tip: amountOut(),
  validUntil: uint64Out(),
  kind: textOut(),
  action: textOut('What its sender saw and signed.'),
  payload: jsonOut(),
  signature: bytesOut(),
});

const EncodingOut = bytesOut();

/** Of bytes in a block, which no invalid transaction gets into. */
const shownTransaction = (encoded: Uint8Array, separator: Root): Static<typeof TransactionOut> => {
  const { transaction, body } = unwrap(decodeTransaction(encoded));
  const { from, nonce, maxFee, tip, validUntil, signature } = transaction;
  return {
    id: toHex(transactionDigest({ from, nonce, maxFee, tip, validUntil, body }, separator)),
    from: toHex(from),
    nonce: nonce.toString(),
    maxFee: maxFee.toString(),
    tip: tip.toString(),
    validUntil: validUntil.toString(),
    kind: body.kind.name,
    action: body.action(),
    payload: body.toJson(),
    signature: toHex(signature),
  };
};

export const CHAIN_METHODS = {
  chain_getBlock: method({
    summary: 'A block: its header, its transactions, and the commit of the block before.',
    params: Type.Object(
      {
        ...heightParam,
        raw: Type.Optional(
          Type.Boolean({
            description: 'Transactions as their encodings, which is much faster. false if left out.',
          }),
        ),
      },
      strict,
    ),
    result: Type.Object({
      hash: rootOut('Of the header.'),
      header: sszOut<Header>(HeaderType),
      transactions: listOut(Type.Union([TransactionOut, EncodingOut]), 'Encodings where raw was asked for.'),
      lastCommit: sszOut<Commit>(CommitType),
      evidence: listOut(bytesOut()),
    }),
    errors: ['BLOCK_NOT_FOUND'],
    run: async (node, params) => {
      const height = heightOr(node, params.height);
      const stored = found(node, height, await node.block(height));
      if (!stored.ok) return stored;
      const { block, hash } = stored.value;
      const separator = domainSeparator(node.chain.domain);
      const pace = createPace();
      const transactions: Static<typeof TransactionOut | typeof EncodingOut>[] = [];
      for (const encoded of block.transactions) {
        transactions.push(params.raw === true ? toHex(encoded) : shownTransaction(encoded, separator));
        await pace();
      }
      return ok({
        hash: toHex(hash),
        header: jsonForm(block.header),
        transactions,
        lastCommit: jsonForm(block.lastCommit),
        evidence: block.evidence.map(toHex),
      });
    },
  }),

  chain_getHeader: method({
    summary: 'The header of a block. Its stateRoot and resultsRoot are those after the block before.',
    params: Type.Object(heightParam, strict),
    result: sszOut<Header>(HeaderType),
    errors: ['BLOCK_NOT_FOUND'],
    run: async (node, params) => {
      const height = heightOr(node, params.height);
      const stored = found(node, height, await node.block(height));
      return stored.ok ? ok(jsonForm(stored.value.block.header)) : stored;
    },
  }),

  chain_getCommit: method({
    summary: 'The precommits that decided a block: who signed, as a bitmap over the height’s validators.',
    params: Type.Object(heightParam, strict),
    result: sszOut<Commit>(CommitType),
    errors: ['BLOCK_NOT_FOUND'],
    run: async (node, params) => {
      const height = heightOr(node, params.height);
      const commit = found(node, height, await node.commit(height));
      return commit.ok ? ok(jsonForm(commit.value)) : commit;
    },
  }),

  chain_getValidators: method({
    summary: 'The validators that decide a height, in the order of the set.',
    params: Type.Object(heightParam, strict),
    result: Type.Object({
      height: uint64Out(),
      validators: listOut(
        Type.Object({
          address: addressOut('The first 20 bytes of the sha256 of the public key.'),
          publicKey: bytesOut('ed25519.'),
          power: uint64Out(),
        }),
      ),
    }),
    errors: ['BLOCK_NOT_FOUND'],
    run: async (node, params) => {
      const height = heightOr(node, params.height);
      const set = found(node, height, await node.validators(height));
      if (!set.ok) return set;
      return ok({
        height: height.toString(),
        validators: set.value.map(({ publicKey, power }) => ({
          address: toHex(validatorAddress(publicKey)),
          publicKey: toHex(publicKey),
          power: power.toString(),
        })),
      });
    },
  }),

  chain_getDomain: method({
    summary: 'What every signature on this chain is made for: its numeric id and the hash of its genesis.',
    params: Type.Object({}, strict),
    result: Type.Object({
      chainId: uint64Out('EIP-155.'),
      genesisHash: rootOut('The salt of the EIP-712 domain.'),
    }),
    run: (node) => {
      const { chainId, salt } = node.chain.domain;
      return ok({ chainId: chainId.toString(), genesisHash: toHex(salt) });
    },
  }),

  chain_getGenesis: method({
    summary: 'The canonical genesis of the chain, and its hash, which is the salt of every signature.',
    params: Type.Object({}, strict),
    result: Type.Object({ hash: rootOut(), genesis: jsonOut() }),
    run: (node) => ok({ hash: toHex(node.chain.domain.salt), genesis: node.chain.genesis }),
  }),

  chain_getParams: method({
    summary: 'The parameters of the chain.',
    params: Type.Object({}, strict),
    result: sszOut(ParamsType),
    run: (node) => ok(jsonForm(node.read(({ view }) => paramsOf(view)))),
  }),
};
