const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * How a long-running command ends: the first SIGINT, SIGTERM or SIGHUP (its terminal was closed) asks, those that follow
 * change nothing, as when a whole process group gets one and its parent sends another.
 */
export const stopRequested = (): Promise<NodeJS.Signals | 'disconnect'> =>
  new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, resolve);
    // Started by a devnet: with it gone, however it went, its nodes go too. It may be gone before this is asked.
    process.once('disconnect', () => resolve('disconnect'));
    if (process.send !== undefined && !process.connected) resolve('disconnect');
    // The channel is only watched: it must not keep a process alive that has nothing else left to do.
    process.channel?.unref();
  });
