/**
 * Signs with the accounts that people have: the words of a mnemonic, a keystore file of geth, MetaMask or ethers, a wallet
 * of the browser, an account of viem, and a signer of one's own, such as a hardware key or a service.
 */
import assert from 'node:assert/strict';
import {
  addressOfPrivateKey,
  addressToChecksum,
  CodedError,
  createRpcClient,
  createWallet,
  decryptKeystore,
  domainSeparator,
  type Eip1193Provider,
  type EncryptOptions,
  type ExternalOptions,
  type ExternalWallet,
  encryptKeystore,
  externalSigner,
  type Keystore,
  type KeystoreFile,
  type MnemonicOptions,
  mnemonicPrivateKey,
  mnemonicSigner,
  readKeystoreFile,
  type Signer,
  type SignRequest,
  signDigest,
  toHex,
  transactionDigest,
  transactionTypedData,
  unwrap,
  type ViemAccount,
} from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const client = createRpcClient(nodeUrl());
const privateKey = keyOf();
const address = addressOfPrivateKey(privateKey);
const to = new Uint8Array(20).fill(0x5c);

// A mnemonic gives the accounts that Ethereum wallets show for it: m/44'/60'/0'/0/index.
const words = 'test test test test test test test test test test test junk';
const second: MnemonicOptions = { index: 1 };
const fromWords: Signer = await mnemonicSigner(words, second);
assert.equal(addressToChecksum(fromWords.address), '0x70997970C51812dc3A010C7d01b50e0d17dc79C8');
assert.deepEqual(addressOfPrivateKey(await mnemonicPrivateKey(words, second)), fromWords.address);
await assert.rejects(
  mnemonicSigner(words.replace('junk', 'jumk')),
  (error) => error instanceof CodedError && error.code === 'MNEMONIC_WORD',
);

// A keystore: the key encrypted with a password. Leave scryptN out, and guessing the password takes a second a try.
const quick: EncryptOptions = { scryptN: 1024 };
const keystore: Keystore = await encryptKeystore(privateKey, 'correct horse', quick);
const file = JSON.stringify(keystore);
const read: KeystoreFile = unwrap(readKeystoreFile(file));
assert.deepEqual(read.address, address);
assert.deepEqual(await decryptKeystore(file, 'correct horse'), privateKey);

// What is to be signed, and what a wallet shows for it.
const wallet = await createWallet(client, privateKey);
const draft = await wallet.draft('transfer', { to, amount: 1n });
const digest = transactionDigest(draft, domainSeparator(wallet.chain));
const shown = JSON.stringify(transactionTypedData(draft, wallet.chain));

// A provider of EIP-1193, as window.ethereum is one. This one stands for a person who reads before confirming.
const provider: Eip1193Provider = {
  request: async ({ method, params }) => {
    if (method === 'eth_requestAccounts') return [toHex(address)];
    assert.equal(method, 'eth_signTypedData_v4');
    const [account, typedData] = params as readonly string[];
    if (typedData !== shown) throw Object.assign(new Error('I did not ask for this'), { code: 4001 });
    console.log(`${account} signs: ${draft.body.action()}`);
    return toHex(signDigest(digest, privateKey));
  },
};
// The same with the method of an account of viem, such as privateKeyToAccount returns.
const account: ViemAccount = {
  address: addressToChecksum(address),
  signTypedData: async () => toHex(signDigest(digest, privateKey)),
};
// A signer of one's own gets the digest, and may ask anything or anybody for the signature.
const own: Signer = {
  address,
  sign: async (request: SignRequest) => signDigest(request.digest, privateKey),
};

const choice: ExternalOptions = { account: address, timeoutMs: 60_000 };
const wallets: readonly ExternalWallet[] = [provider, account];
const signers: Signer[] = [own];
for (const each of wallets) signers.push(await externalSigner(each, choice));
for (const signer of signers) {
  const { id } = await (await createWallet(client, signer, wallet.chain)).sign(draft);
  assert.deepEqual(id, digest);
}

// The person refuses what is not the draft: nothing is signed, and nothing is sent.
const careful = await createWallet(client, await externalSigner(provider));
await assert.rejects(
  careful.send('transfer', { to, amount: 2n }),
  (error) => error instanceof CodedError && error.code === 'WALLET_REFUSED',
);
const sent = await client.call('tx_send', {
  transaction: toHex((await careful.sign(draft)).bytes),
  mode: 'sync',
});
assert.deepEqual(sent.id, digest);
console.log(`sent ${toHex(sent.id)}`);
