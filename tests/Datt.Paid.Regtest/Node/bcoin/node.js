'use strict';

// A bcoin full node on regtest, all in memory, with its wallet server, and RPC calls of our own for what a payer does that neither offers: paying
// with or without BIP 125 signalling, replacing a payment in the mempool, a block or a longer branch that double spends.
// Ends when standard input closes, so it never outlives whoever started it.

const [httpPort, walletPort, apiKey] = process.argv.slice(2);

const {FullNode, HDPrivateKey, MTX, Network, Script} = require('bcoin');
const walletPlugin = require('bcoin/lib/wallet/plugin');

// What bitcoind calls regtest: addresses begin with bcrt1.
const regtest = Network.get('regtest');
regtest.addressPrefix.bech32 = 'bcrt';
Network.set('regtest');

const node = new FullNode({
  network: 'regtest',
  memory: true,
  workers: false,
  listen: false,
  noDns: true,
  maxOutbound: 1,
  replaceByFee: true,
  relayPriority: false,
  httpHost: '127.0.0.1',
  httpPort: Number(httpPort),
  apiKey,
  logConsole: false,
  walletHttpHost: '127.0.0.1',
  walletHttpPort: Number(walletPort),
  walletApiKey: apiKey
});
node.use(walletPlugin);

const {wdb} = node.require('walletdb');
const RATE = 10000;

async function payer() {
  return wdb.get('payer');
}

// The wallets follow the chain in their own time; whoever asks next must find them there.
async function walletsCaughtUp() {
  while (wdb.state.height !== node.chain.height)
    await new Promise(resolve => setTimeout(resolve, 2));
  // The height is set before the block's transactions are taken in, under this lock.
  const unlock = await wdb.txLock.lock();
  unlock();
}

async function publish(tx) {
  await node.mempool.addTX(tx);
  await wdb.addTX(tx);
  return tx.txid();
}

function entry(txid) {
  const found = node.mempool.getEntry(Buffer.from(txid, 'hex').reverse().toString('hex'));
  if (!found)
    throw new Error(`${txid} is not in the mempool.`);
  return found;
}

// pay(address, sats, signalsReplacement): txid
node.rpc.add('pay', async ([address, sats, replaceable]) => {
  const wallet = await payer();
  const mtx = await wallet.createTX({
    outputs: [{address, value: sats}],
    rate: RATE,
    smart: true,
    useSelectEstimate: false
  });
  for (const input of mtx.inputs)
    input.sequence = replaceable ? 0xfffffffd : 0xfffffffe;
  for (const input of mtx.inputs)
    input.script = new Script();
  await wallet.sign(mtx);
  const tx = mtx.toTX();
  return publish(tx);
});

// A transaction from the coins of another that pays an address, or the payer himself.
async function conflict(old, address, sats) {
  const wallet = await payer();
  const view = await wallet.getSpentView(old);
  const mtx = new MTX();
  let total = 0;
  for (const input of old.inputs) {
    total += view.getOutputFor(input).value;
    mtx.addInput({prevout: input.prevout, sequence: 0xfffffffd});
  }
  mtx.view = view;
  if (address)
    mtx.addOutput({address, value: sats});
  mtx.addOutput({address: await wallet.changeAddress(), value: total - (address ? sats : 0) - 4 * RATE});
  await wallet.sign(mtx);
  return {tx: mtx.toTX(), view};
}

// mine(blocks): hashes of blocks with all of the mempool, which pay the payer
node.rpc.add('mine', async ([blocks]) => {
  const hashes = await node.rpc.mineBlocks(blocks, node.miner.getAddress());
  await walletsCaughtUp();
  return hashes;
});

// Blocks without the mempool, the first with the given transactions, on top of a block of the chain.
async function mine(parent, blocks, first) {
  const {mempool, cpu} = node.miner;
  const hashes = [];
  for (let i = 0; i < blocks; i++) {
    node.miner.mempool = null;
    const job = await cpu.createJob(parent);
    node.miner.mempool = mempool;
    for (const {tx, view} of i === 0 ? first : [])
      job.pushTX(tx, view);
    job.refresh();
    const block = await job.mineAsync();
    await node.chain.add(block);
    parent = await node.chain.getEntry(block.hash('hex'));
    hashes.push(block.rhash());
  }
  await walletsCaughtUp();
  return hashes;
}

async function known(txid) {
  const meta = await (await payer()).getTX(Buffer.from(txid, 'hex').reverse().toString('hex'));
  if (!meta)
    throw new Error(`The payer did not send ${txid}.`);
  return meta.tx;
}

// replace(txid, address or null, sats): txid of what takes its place in the mempool
node.rpc.add('replace', async ([txid, address, sats]) => {
  const wallet = await payer();
  const old = entry(txid);
  const {tx} = await conflict(old.tx, address, sats);
  node.mempool.evictEntry(old);
  await wallet.remove(old.tx.hash('hex'));
  return publish(tx);
});

// mineconflict(txid): a block that double spends it
node.rpc.add('mineconflict', async ([txid]) => mine(node.chain.tip, 1, [await conflict(await known(txid), null, 0)]));

// reorganise(depth, [txid]): a branch one block longer, whose first block double spends the transactions
node.rpc.add('reorganise', async ([depth, txids]) => {
  const first = [];
  for (const txid of txids)
    first.push(await conflict(await known(txid), null, 0));
  return mine(await node.chain.getEntry(node.chain.height - depth), depth + 1, first);
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
process.on('unhandledRejection', (error) => {
  console.error(error.stack);
  process.exit(1);
});

(async () => {
  await node.ensure();
  await node.open();
  // Pays from legacy outputs: segwit is not active in the first 432 blocks.
  await wdb.create({id: 'payer', witness: false});
  const shop = HDPrivateKey.generate().deriveAccount(44, 1, 0).toPublic();
  await wdb.create({id: 'shop', watchOnly: true, witness: true, accountKey: shop});
  const wallet = await payer();
  node.miner.addresses.length = 0;
  node.miner.addAddress(await wallet.receiveAddress());
  console.log('ready');
})();
