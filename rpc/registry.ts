/** All methods: each schema with its query or its answer. A schema without one does not compile. */
import { QUERIES } from '../state/queries/registry.ts';
import { type Answers, type Method, method, type Query } from './method.ts';
import { ATTESTOR_METHODS } from './methods/attestor.ts';
import { ATTRIBUTION_METHODS } from './methods/attribution.ts';
import { CHAIN_METHODS } from './methods/chain.ts';
import { CONTENT_METHODS } from './methods/content.ts';
import { DECLARATION_METHODS } from './methods/declaration.ts';
import { HISTORY_METHODS } from './methods/history.ts';
import { NODE_METHODS } from './methods/node.ts';
import { RECEIPT_METHODS } from './methods/receipt.ts';
import { REVIEW_METHODS } from './methods/review.ts';
import { TX_METHODS } from './methods/tx.ts';
import { METHOD_SCHEMAS, type MethodName, type MethodSchemas } from './schemas/registry.ts';

type QueryName = keyof typeof QUERIES;
type AnswerName = Exclude<MethodName, QueryName>;

const queries: { readonly [N in QueryName]: Query<MethodSchemas[N]> } = QUERIES;

const answers: Answers<MethodSchemas> = {
  ...NODE_METHODS,
  ...CHAIN_METHODS,
  ...TX_METHODS,
  ...HISTORY_METHODS,
  ...DECLARATION_METHODS,
  ...REVIEW_METHODS,
  ...CONTENT_METHODS,
  ...ATTESTOR_METHODS,
  ...RECEIPT_METHODS,
  ...ATTRIBUTION_METHODS,
};

const ofQuery = <N extends QueryName>(name: N): Method => {
  const query = queries[name];
  return method<MethodSchemas[N]>(METHOD_SCHEMAS[name], (node, params) =>
    node.read((state) => query(state, params)),
  );
};

const ofAnswer = <N extends AnswerName>(name: N): Method =>
  method<MethodSchemas[N]>(METHOD_SCHEMAS[name], answers[name]);

const isQuery = (name: MethodName): name is QueryName => Object.hasOwn(queries, name);

export const METHODS: ReadonlyMap<string, Method> = new Map(
  (Object.keys(METHOD_SCHEMAS) as MethodName[]).map((name) => [
    name,
    isQuery(name) ? ofQuery(name) : ofAnswer(name),
  ]),
);
