import type { Height, Root } from '../../src/lib/brands.ts';
import { validatorAddress } from '../../src/lib/ed25519.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { ok, type Result, unwrap } from '../../src/lib/errors.ts';
import { decodeTransaction, transactionDigest } from '../../state/tx/transaction.ts';
import type { NodeBackend } from '../backend.ts';
import { fail } from '../codes.ts';
import type { Answers } from '../method.ts';
import type { CHAIN_SCHEMAS } from '../schemas/chain.ts';

/** Returns the requested height, or the last one. A height past the last one is a fault that names both. */
const heightOr = (node: NodeBackend, height: Height | undefined): Height => height ?? node.status().height;

const noBlock = (height: Height, last: bigint) =>
  fail('BLOCK_NOT_FOUND', `there is no block ${height} here; the last is ${last}`, {
    height: height.toString(),
    last: last.toString(),
  });

const found = <T>(node: NodeBackend, height: Height, value: T | undefined): Result<T, 'BLOCK_NOT_FOUND'> =>
  value === undefined ? noBlock(height, node.status().height) : ok(value);

/** Describes the bytes of a transaction in a block. No invalid transaction gets into a block. */
const shownTransaction = (encoded: Uint8Array, separator: Root) => {
  const { transaction, body } = unwrap(decodeTransaction(encoded));
  const { from, nonce, maxFee, tip, validUntil, signature } = transaction;
  return {
    id: transactionDigest({ from, nonce, maxFee, tip, validUntil, body }, separator),
    from,
    nonce,
    maxFee,
    tip,
    validUntil,
    kind: body.kind.name,
    action: body.action(),
    payload: body.toJson(),
    signature,
  };
};

export const CHAIN_METHODS: Answers<typeof CHAIN_SCHEMAS> = {
  chain_getBlock: async (node, params, { pace }) => {
    const height = heightOr(node, params.height);
    const stored = found(node, height, await node.block(height));
    if (!stored.ok) return stored;
    const { block, hash } = stored.value;
    const separator = domainSeparator(node.chain.identity);
    const transactions: (Uint8Array | ReturnType<typeof shownTransaction>)[] = [];
    for (const encoded of block.transactions) {
      transactions.push(params.raw === true ? encoded : shownTransaction(encoded, separator));
      await pace();
    }
    return ok({
      hash,
      header: block.header,
      transactions,
      lastCommit: block.lastCommit,
      evidence: block.evidence,
    });
  },

  chain_getHeader: async (node, params) => {
    const height = heightOr(node, params.height);
    return found(node, height, await node.header(height));
  },

  chain_getCommit: async (node, params) => {
    const height = heightOr(node, params.height);
    return found(node, height, await node.commit(height));
  },

  chain_getValidators: async (node, params) => {
    const height = heightOr(node, params.height);
    const set = found(node, height, await node.validators(height));
    if (!set.ok) return set;
    return ok({
      height,
      validators: set.value.map(({ publicKey, power }) => ({
        address: validatorAddress(publicKey),
        publicKey,
        power,
      })),
    });
  },

  chain_getDomain: (node) => {
    const { chainId, genesisHash } = node.chain.identity;
    return ok({ chainId, genesisHash });
  },

  chain_getGenesis: (node) => ok({ hash: node.chain.identity.genesisHash, genesis: node.chain.genesis }),
};
