/** One node, whole: its stores, consensus, network and RPC, started in order and stopped in the other. */
import { createRunner, type Runner, type RunnerOptions } from '../consensus/shell/runner.ts';
import { openFileSigner } from '../consensus/shell/signer.ts';
import { systemTimers } from '../consensus/shell/timers.ts';
import { openWal } from '../consensus/shell/wal.ts';
import { ContentExchange } from '../p2p/content/exchange.ts';
import { parsePeers } from '../p2p/dialer.ts';
import { HALF_OPEN, OTHER_PEERS } from '../p2p/limits.ts';
import { createNetwork, type Network } from '../p2p/network.ts';
import { BlockSync } from '../p2p/sync/block-sync.ts';
import type { NodeBackend } from '../rpc/backend.ts';
import { CONNECTIONS_MAX, type RpcServer, startRpcServer } from '../rpc/server.ts';
import { infoTable } from '../src/attribution/info-table.ts';
import { createRootOf } from '../src/content/objects.ts';
import { openContentStore } from '../src/content/store.ts';
import { toHeight } from '../src/lib/brands.ts';
import { equal, toHex } from '../src/lib/bytes.ts';
import { EMPTY_COMMIT } from '../src/lib/chain.ts';
import { systemClock } from '../src/lib/clock.ts';
import { ed25519Signer, validatorAddress } from '../src/lib/ed25519.ts';
import { CodedError, toFault, unwrap } from '../src/lib/errors.ts';
import { createLogger, type Logger } from '../src/lib/log.ts';
import { maxBig } from '../src/lib/math.ts';
import { secp256k1Backend } from '../src/lib/secp256k1.ts';
import { VERSION } from '../src/lib/version.ts';
import { INFO1_HASH } from '../state/attribution/info1.ts';
import { chainIdentity, checkStartable, type Genesis } from '../state/genesis.ts';
import { type Decided, openUnchecked } from '../state/store/store.ts';
import { transactionRules } from '../state/tx/transaction.ts';
import { chainInfo, createBackend } from './backend.ts';
import { createChain } from './chain.ts';
import { checkCommonsSizes, keepCommons } from './commons.ts';
import type { Config } from './config.ts';
import { createContentRoots, genesisRoots } from './content-roots.ts';
import { planDescriptors, readDescriptorLimit } from './descriptors.ts';
import { type Fault, fault } from './errors.ts';
import { readGenesis } from './genesis-file.ts';
import { runAt } from './genesis-time.ts';
import { holdHome, homePaths, readKey } from './home.ts';
import { resolveHost, tcpMultiaddr } from './hosts.ts';
import { createLateBackend } from './late-backend.ts';
import { createIntake } from './mempool/intake.ts';
import { createMempool } from './mempool/mempool.ts';
import { createTxPool } from './mempool/tx-pool.ts';
import { createVerifier } from './mempool/verifier.ts';
import { followNamed, showNamed } from './named-content.ts';
import { gossipHandlers, networkSources } from './network-handlers.ts';
import { Participation } from './participation.ts';
import { createSimulate } from './simulation.ts';
import { applySynced, showsSynced } from './synced-blocks.ts';
import { createTeardown, type Teardown } from './teardown.ts';
import { createTurns } from './turns.ts';
import { waitingFor } from './waiting.ts';
import { Watchman } from './watchman.ts';

export type NodeOptions = { readonly home: string; readonly config: Config };

export type RunningNode = {
  /** `http://…`, which takes a POST as it is. */
  readonly rpc: string;
  /** Whole multiaddrs. */
  readonly p2p: readonly string[];
  /** Resolves, with the reason, if the node cannot go on by itself; then it is to be stopped. */
  readonly failed: Promise<CodedError>;
  readonly stop: () => Promise<void>;
};

/** Fault `GENESIS_INFO1`: the chain weighs tokens by another table than the one in this software. */
const checkInfoTable = ({ params }: Genesis): Fault | undefined =>
  equal(params.attribution.info1Hash, INFO1_HASH)
    ? undefined
    : fault(
        'GENESIS_INFO1',
        `the genesis names another INFO-1 table than this software has (${toHex(INFO1_HASH)})`,
      );

const loadGenesis = (path: string): Genesis => {
  const genesis = unwrap(readGenesis(path));
  const refused = checkStartable(genesis) ?? checkInfoTable(genesis) ?? checkCommonsSizes(genesis);
  if (refused !== undefined) throw new CodedError(refused);
  return genesis;
};

/**
 * Starts the node of a home. @throws CodedError for whatever keeps it from starting: its config, keys, genesis, a home
 * in use, a damaged store, a port in use. What was started by then has been stopped.
 */
export const startNode = async ({ home, config }: NodeOptions): Promise<RunningNode> => {
  const logger = createLogger({ ...config.log, node: config.name });
  const log = (module: string): Logger => logger.child({ module });
  const teardown = createTeardown(log('node'));
  try {
    return await assemble(home, config, log, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
};

/** Starts the RPC. Its server may be closed twice. */
const serveRpc = async (
  node: NodeBackend,
  { rpc }: Config,
  maxConnections: number,
  logger: Logger,
): Promise<RpcServer> => {
  const requestRate = rpc.max_requests_per_second;
  const server = await startRpcServer({
    node,
    logger,
    host: rpc.host,
    port: rpc.port,
    maxBodyBytes: rpc.max_body_bytes,
    maxBatch: rpc.max_batch,
    rateLimit: requestRate === undefined ? undefined : { requests: requestRate, windowMs: 1_000 },
    corsOrigins: rpc.cors_origins ?? [],
    hosts: [...(rpc.hosts ?? []), rpc.host],
    maxConnections,
  });
  let closed: Promise<void> | undefined;
  return {
    ...server,
    close: () => {
      closed ??= server.close();
      return closed;
    },
  };
};

const assemble = async (
  home: string,
  config: Config,
  log: (module: string) => Logger,
  teardown: Teardown,
): Promise<RunningNode> => {
  const paths = homePaths(home);
  // Before anything is opened: the sign-state, the WAL and the databases are of one process.
  teardown.push('home', holdHome(home));
  const genesis = loadGenesis(paths.genesis);
  const nodeSeed = unwrap(readKey(paths.nodeKey));
  const validatorSeed = unwrap(readKey(paths.validatorKey));

  // What can be refused is, before anything else is done or said.
  unwrap(parsePeers(config.p2p.peers));
  await resolveHost(config.rpc.host);
  const key = ed25519Signer(validatorSeed);
  // Opened by every node: the runner asks it for signatures at the heights whose set holds the key.
  const identity = chainIdentity(genesis);
  const signer = unwrap(await openFileSigner(key, paths.signState, identity));
  const unchecked = await openUnchecked(paths.chain, genesis);
  teardown.push('store', unchecked.close);
  const descriptors = planDescriptors(
    readDescriptorLimit(),
    {
      configuredPeers: config.p2p.peers.length,
      otherPeers: OTHER_PEERS,
      halfOpen: HALF_OPEN,
      rpcConnections: CONNECTIONS_MAX,
    },
    log('node'),
  );
  const late = createLateBackend({
    chain: chainInfo({ identity, genesis }),
    head: unchecked.head,
    clock: systemClock,
    elapsed: () => performance.now(),
    logger: log('node'),
  });
  teardown.push('check', late.stop);
  const rpc = await serveRpc(late.backend, config, descriptors.rpcConnections, log('rpc'));
  teardown.push('rpc', rpc.close);
  const store = await unchecked.check();
  const content = await openContentStore({
    directory: paths.content,
    maxBytes: config.content.max_bytes,
    rootOf: createRootOf(infoTable()),
  });
  teardown.push('content', content.close);
  await showNamed(store, content);
  await keepCommons(genesis.commons, content, log('content'));
  const tip = store.tip();
  let fail: (error: CodedError) => void = () => undefined;
  const failed = new Promise<CodedError>((resolve) => {
    fail = resolve;
  });
  const rules = transactionRules(identity, tip.params);
  const verifier = createVerifier(rules, (reason) => fail(reason));
  teardown.push('verifier', verifier.close);
  const mempool = createMempool({
    maxTransactions: config.mempool.max_transactions,
    maxBytes: config.mempool.max_bytes,
    maxPerSender: config.mempool.max_per_sender,
  });

  let runner: Runner | undefined;
  let network: Network | undefined;
  let lastCommitAt = performance.now();
  const isBeforeGenesis = (): boolean => store.tip().height === 0n && systemClock.now() < genesis.time;

  const pool = createTxPool({
    store,
    mempool,
    intake: createIntake({ store, mempool, verifier, rules, now: () => performance.now() }),
    logger: log('mempool'),
    gossip: (transactions) => network?.publishTransactions(transactions),
    now: () => performance.now(),
    onWaiting: () => runner?.notifyTransactions(),
  });

  const expectedNodes = (): number => Math.max(store.tip().validators.length, config.p2p.peers.length + 1);
  network = await createNetwork({
    seed: nodeSeed,
    listen: (await resolveHost(config.p2p.host)).map((host) => tcpMultiaddr(host, config.p2p.port)),
    peers: config.p2p.peers,
    chain: identity,
    version: VERSION,
    expectedNodes: expectedNodes(),
    handlers: gossipHandlers({ runner: () => runner, pool }),
    sources: networkSources({ runner: () => runner, store, content }),
    height: () => store.tip().height,
    logger: log('p2p'),
    limits: { maxOtherPeers: descriptors.otherPeers, maxHalfOpen: descriptors.halfOpen },
  });
  const net = network;

  const exchange = new ContentExchange({
    store: content,
    peers: net.peers,
    isPeer: net.isPeer,
    fetch: net.requestContent,
    announce: net.announceContent,
    penalise: net.penalise,
    warn: net.warn,
    wanted: config.content.host ? createContentRoots(store, content.hasMany) : () => [genesisRoots(store)],
    areWanted: async (roots) => (config.content.host ? content.areLacking(roots) : []),
    logger: log('content'),
  });

  const follow = followNamed({
    content,
    exchange,
    isHost: config.content.host,
    onFailed: (error) => fail(error),
  });

  const application = createChain({
    store,
    identity,
    verifier,
    info: infoTable(),
    mempool,
    clock: systemClock,
    logger: log('state'),
    self: validatorAddress(key.publicKey),
    onCommitted: (decided) => {
      lastCommitAt = performance.now();
      tookPart(decided);
      pool.committed(decided);
      net.resizeMesh(expectedNodes());
      follow(decided);
    },
  });

  const participation = new Participation(key.publicKey);
  const tookPart = ({ block: { lastCommit } }: Decided): void => {
    const validators = store.validators(toHeight(lastCommit.height));
    if (validators === undefined || sync.state().type === 'syncing') participation.reset();
    else participation.committed(lastCommit, validators, lastCommitAt);
  };

  const runnerOptions: RunnerOptions = {
    config: { chain: identity, timeouts: tip.params.timeouts, blocks: tip.params.blocks },
    startHeight: toHeight(tip.height + 1n),
    sets: { validators: tip.validators, nextValidators: tip.nextValidators },
    lastCommit: store.commitOf(tip.height) ?? EMPTY_COMMIT,
    signer,
    wal: openWal(paths.wal, log('wal')),
    application,
    network: {
      publish: (topic, bytes, delivery) => {
        const sent =
          topic === 'vote' ? net.publishVotes(bytes, delivery) : net.publishProposal(bytes, delivery);
        sent.catch((error: unknown) => log('p2p').debug({ reason: toFault(error).message }, 'not published'));
      },
      requestProposal: (request, withinMs) => {
        void net.requestProposal(request, withinMs).then((found) => {
          if (found === undefined) return;
          const verdict = runner?.receive('proposal', found.bytes, found.peer);
          if (verdict?.type === 'reject') net.penalise(found.peer, 'false-answer');
        });
      },
      requestVotesOf: (publicKey) =>
        net.requestVotesOf(publicKey, (votes, peer) => {
          if (runner?.votesOfOwnKey(votes) === 'false') net.penalise(peer, 'false-answer');
        }),
      hasPeers: () => net.peers().length > 0,
      peerHeight: () => net.peers().reduce((most, { height }) => maxBig<bigint>(most, height), 0n),
    },
    clock: systemClock,
    elapsed: () => performance.now(),
    timers: systemTimers,
    random: Math.random,
    logger: log('consensus'),
    onFatal: (reason) => fail(new CodedError(reason)),
  };
  const consensus = createRunner(runnerOptions);
  runner = consensus;

  const sync = new BlockSync({
    tip: () => store.tip().height,
    apply: applySynced({ runner: consensus, store }),
    shows: showsSynced({ identity, store }),
    peers: net.peers,
    fetch: net.requestBlocks,
    penalise: net.penalise,
    warn: net.warn,
    credit: net.credit,
    logger: log('sync'),
  });

  const names = new Map(genesis.validators.map(({ name, publicKey }) => [toHex(publicKey), name]));
  const watchman = new Watchman({
    waiting: () =>
      waitingFor({
        now: systemClock.now(),
        genesisTime: genesis.time,
        tip: store.tip().height,
        tipTime: store.tip().time,
        stalledMs: performance.now() - lastCommitAt,
        sync: sync.state(),
        connectedPeers: net.peers().length,
        configuredPeers: config.p2p.peers.length,
        unresolvedHosts: net.unresolvedHosts(),
        clock: net.clockOffset(),
        clockToleranceMs: store.tip().params.blocks.timeDriftMs,
        ...consensus.status(),
        attendance: () => consensus.attendance(),
        self: key.publicKey,
        nameOf: (publicKey) => names.get(toHex(publicKey)),
      }),
    problem: () => participation.problem(performance.now()),
    clock: systemClock,
    elapsed: () => performance.now(),
    logger: log('node'),
  });

  late.become(
    createBackend({
      genesis,
      identity,
      store,
      mempool,
      mempoolLimits: config.mempool,
      pool,
      content,
      exchange,
      network: net,
      sync,
      runner: consensus,
      inTurn: createTurns(),
      simulate: createSimulate({
        identity,
        info: infoTable(),
        tip: store.tip,
        view: store.uncachedView,
        now: systemClock.now,
      }),
      watchman,
    }),
  );
  // It uses what was started meanwhile, and so ends before it.
  teardown.push('rpc', rpc.close);

  await net.start();
  teardown.push('p2p', net.stop);
  teardown.push('consensus', () => consensus.stop());
  const begin = async (): Promise<void> => {
    lastCommitAt = performance.now();
    unwrap(await consensus.start());
  };
  if (isBeforeGenesis()) {
    let beginning = Promise.resolve();
    const cancel = runAt(genesis.time, { clock: systemClock, timers: systemTimers }, () => {
      beginning = begin().catch((error: unknown) => fail(new CodedError(toFault(error))));
    });
    teardown.push('genesis time', async () => {
      cancel();
      await beginning;
    });
  } else await begin();
  watchman.start();
  teardown.push('watchman', () => watchman.stop());
  exchange.start();
  teardown.push('content exchange', () => exchange.stop());
  net.onAnnouncement((announcement, from) => exchange.onAnnouncement(announcement, from));
  sync.start();
  teardown.push('sync', () => sync.stop());

  log('node').info(
    {
      height: Number(tip.height),
      chain: genesis.name,
      genesis: toHex(identity.genesisHash).slice(0, 18),
      role: tip.validators.some(({ publicKey }) => equal(publicKey, key.publicKey))
        ? 'validator'
        : 'full node',
      rpc: rpc.url,
      secp256k1: secp256k1Backend,
    },
    'started',
  );
  return {
    rpc: rpc.url,
    p2p: net.addresses(),
    failed,
    stop: async () => {
      await teardown.run();
      log('node').info('stopped');
    },
  };
};
