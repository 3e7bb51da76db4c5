/** The programs that the empty project runs. */

/** Sends a transfer on the devnet that its argument describes, and prints its id and its height. */
export const TRANSFER = `import { createRpcClient, createWallet, fromHex, parseAddress } from 'openledger';

const ready = JSON.parse(process.argv[2] ?? '');
const [from, to] = ready.accounts;
const client = createRpcClient(ready.nodes[0].rpc);
const key = fromHex(from.privateKey, 32);
const address = parseAddress(to.address);
if (!key.ok || !address.ok) throw new Error('the devnet has no accounts');
const wallet = await createWallet(client, key.value);
const sent = await wallet.send('transfer', { to: address.value, amount: 10n ** 18n }, { mode: 'commit' });
if (sent.status !== 'committed') throw new Error('the transfer was refused: ' + JSON.stringify(sent));
console.log(JSON.stringify({ id: sent.id, height: String(sent.height) }));
`;
