#!/usr/bin/env node
// The entry of the command. Plain JavaScript, so that any Node can read it. package.json asks for Node 22.18; an older
// Node, such as the one that a system comes with, hands over to the Node that "npm ci" has installed for the project.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// The sources in a checkout; in the package, which does not hold them, what they were compiled to.
const sources = new URL('./main.ts', import.meta.url);
const entry = existsSync(sources) ? sources : new URL('../../dist/src/cli/main.js', import.meta.url);

if (major > 22 || (major === 22 && minor >= 18)) {
  // Compiled code is kept between runs: a command starts in half the time. Where it cannot be kept, nothing is lost.
  nodeModule.enableCompileCache?.();
  await import(entry.href);
} else {
  const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  if (existsSync(node)) handOver(node);
  else {
    process.stderr.write(
      `error NODE_TOO_OLD: openledger needs Node 22.18 or later, this is ${process.version}; install one, or run "npm ci" in the checkout\n`,
    );
    process.exitCode = 1;
  }
}

/**
 * Runs the command in a process of the newer Node, which gets every signal that this one gets and decides when to end.
 * The channel between the two tells it when this one was killed outright.
 */
function handOver(node) {
  const child = spawn(node, [fileURLToPath(entry), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
    process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`error NODE_UNUSABLE: ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + constants.signals[signal]);
  });
}
