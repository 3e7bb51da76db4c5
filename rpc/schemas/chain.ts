import * as Type from 'typebox';
import { type Commit, CommitType, type Header, HeaderType } from '../../src/lib/chain.ts';
import { ParamsType } from '../../state/params.ts';
import {
  addressOut,
  amountOut,
  bytesOut,
  heightIn,
  heightOut,
  jsonOut,
  listOut,
  rootOut,
  sszOut,
  strict,
  textOut,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';

const heightParam = {
  height: Type.Optional(heightIn('The height of the block; the last committed block if left out.')),
};

const TransactionOut = Type.Object({
  id: rootOut('The EIP-712 digest of the transaction.'),
  from: addressOut(),
  nonce: uint64Out(),
  maxFee: amountOut(),
  tip: amountOut(),
  validUntil: heightOut(),
  kind: textOut(),
  action: textOut('The text that its sender saw and signed.'),
  payload: jsonOut(),
  signature: bytesOut(),
});

const EncodingOut = bytesOut();

export const CHAIN_SCHEMAS = {
  chain_getBlock: schema({
    summary: 'Returns a block: its header, its transactions, and the commit of the previous block.',
    params: Type.Object(
      {
        ...heightParam,
        raw: Type.Optional(
          Type.Boolean({
            description:
              'Whether to return the encodings of the transactions, which is much faster; false if left out.',
          }),
        ),
      },
      strict,
    ),
    result: Type.Object({
      hash: rootOut('The hash of the header.'),
      header: sszOut<Header>(HeaderType),
      transactions: listOut(Type.Union([TransactionOut, EncodingOut]), 'Encodings where raw was asked for.'),
      lastCommit: sszOut<Commit>(CommitType),
      evidence: listOut(bytesOut()),
    }),
    errors: ['BLOCK_NOT_FOUND'],
  }),

  chain_getHeader: schema({
    summary:
      'Returns the header of a block. Its stateRoot and resultsRoot are those after the previous block.',
    params: Type.Object(heightParam, strict),
    result: sszOut<Header>(HeaderType),
    errors: ['BLOCK_NOT_FOUND'],
  }),

  chain_getCommit: schema({
    summary:
      'Returns the commit of a block: the precommits that decided it, with a bitmap of the validators that signed.',
    params: Type.Object(heightParam, strict),
    result: sszOut<Commit>(CommitType),
    errors: ['BLOCK_NOT_FOUND'],
  }),

  chain_getValidators: schema({
    summary: 'Returns the validators that decide a height, in the order of the set.',
    params: Type.Object(heightParam, strict),
    result: Type.Object({
      height: heightOut(),
      validators: listOut(
        Type.Object({
          address: addressOut('The first 20 bytes of the sha256 of the public key.'),
          publicKey: bytesOut('The ed25519 key.'),
          power: uint64Out(),
        }),
      ),
    }),
    errors: ['BLOCK_NOT_FOUND'],
  }),

  chain_getDomain: schema({
    summary:
      'Returns the identity of the chain, which every signature contains: its numeric id and the hash of its genesis.',
    params: Type.Object({}, strict),
    result: Type.Object({
      chainId: uint64Out('The numeric chain id (EIP-155).'),
      genesisHash: rootOut('The hash of the genesis, which is the salt of the EIP-712 domain.'),
    }),
  }),

  chain_getGenesis: schema({
    summary:
      'Returns the canonical genesis of the chain, and its hash. A genesis of hundreds of thousands of accounts is longer than an answer (`ANSWER_TOO_LONG`): take its file instead.',
    params: Type.Object({}, strict),
    result: Type.Object({ hash: rootOut(), genesis: jsonOut() }),
  }),

  chain_getParams: schema({
    summary: 'Returns the parameters of the chain.',
    params: Type.Object({}, strict),
    result: sszOut(ParamsType),
  }),
};
