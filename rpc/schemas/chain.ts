import Type from 'typebox';
import { type Commit, CommitType, type Header, HeaderType } from '../../src/lib/chain.ts';
import { ParamsType } from '../../state/params.ts';
import {
  addressOut,
  amountOut,
  bytesOut,
  jsonOut,
  listOut,
  rootOut,
  sszOut,
  strict,
  textOut,
  uint64In,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';

const heightParam = {
  height: Type.Optional(uint64In('Of the block; the last committed one if left out.')),
};

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

export const CHAIN_SCHEMAS = {
  chain_getBlock: schema({
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
  }),

  chain_getHeader: schema({
    summary: 'The header of a block. Its stateRoot and resultsRoot are those after the block before.',
    params: Type.Object(heightParam, strict),
    result: sszOut<Header>(HeaderType),
    errors: ['BLOCK_NOT_FOUND'],
  }),

  chain_getCommit: schema({
    summary: 'The precommits that decided a block: who signed, as a bitmap over the height’s validators.',
    params: Type.Object(heightParam, strict),
    result: sszOut<Commit>(CommitType),
    errors: ['BLOCK_NOT_FOUND'],
  }),

  chain_getValidators: schema({
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
  }),

  chain_getDomain: schema({
    summary: 'What every signature on this chain is made for: its numeric id and the hash of its genesis.',
    params: Type.Object({}, strict),
    result: Type.Object({
      chainId: uint64Out('EIP-155.'),
      genesisHash: rootOut('The salt of the EIP-712 domain.'),
    }),
  }),

  chain_getGenesis: schema({
    summary: 'The canonical genesis of the chain, and its hash, which is the salt of every signature.',
    params: Type.Object({}, strict),
    result: Type.Object({ hash: rootOut(), genesis: jsonOut() }),
  }),

  chain_getParams: schema({
    summary: 'The parameters of the chain.',
    params: Type.Object({}, strict),
    result: sszOut(ParamsType),
  }),
};
