// CosmJS's client of CometBFT against a running node with the key-value application.
// usage: comet_client.mjs HOST:PORT, or the address in STEELYARD_RPC
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Comet38Client, connectComet, HttpBatchClient } from "@cosmjs/tendermint-rpc";

const address = process.argv[2] ?? process.env.STEELYARD_RPC;
assert.ok(address, "no address of a node");

const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Buffer.from(bytes).toString("hex").toUpperCase();
const run = process.hrtime.bigint().toString(36);
let keys = 0;
const newTx = (value = "v") => utf8(`${run}.${keys++}=${value}`);

async function eventually(what, probe) {
    for (let i = 0; i < 200; ++i) {
        const found = await probe().catch(() => null);
        if (found) {
            return found;
        }
        await new Promise((done) => setTimeout(done, 50));
    }
    assert.fail(`${what}: not within 10 s`);
}

async function checkBlocks(client) {
    const status = await client.status();
    const height = status.syncInfo.latestBlockHeight;
    assert.match(status.nodeInfo.version, /^0\.38\./);
    assert.ok(status.syncInfo.latestBlockHash.length === 32);

    const block = await client.block(height);
    assert.equal(block.block.header.height, height);
    assert.deepEqual((await client.block(1)).block.lastCommit, null);
    assert.equal((await client.commit(1)).canonical, true);
    assert.equal((await client.blockResults(height)).height, height);
    const chain = await client.blockchain(1, 2);
    assert.equal(chain.blockMetas[0].header.height, Math.min(2, height));
    const validators = await client.validatorsAll(height);
    assert.equal(validators.validators.length, validators.total);
    const genesis = await client.genesis();
    assert.equal(genesis.chainId, status.nodeInfo.network);
    assert.equal((await client.health()), null);
    assert.ok((await client.numUnconfirmedTxs()).total >= 0);
    const found = await client.blockSearch({ query: `block.height=${height}` });
    assert.equal(found.totalCount, 1);
    assert.equal((await client.blockSearchAll({ query: "block.height<=2" })).totalCount, Math.min(2, height));
}

async function checkTxs(client) {
    const tx = newTx();
    const committed = await client.broadcastTxCommit({ tx });
    assert.equal(committed.txResult.code, 0);
    const hash = createHash("sha256").update(tx).digest();
    assert.equal(hex(committed.hash), hex(hash));

    // At once: the index is written before the answer.
    const found = await client.tx({ hash, prove: true });
    assert.equal(found.height, committed.height);
    assert.equal(found.proof.proof.total > 0, true);
    const searched = await client.txSearch({ query: `tx.hash='${hex(hash)}'` });
    assert.equal(searched.totalCount, 1);

    const key = new TextDecoder().decode(tx).split("=")[0];
    const answer = await client.abciQuery({ path: "/key", data: utf8(key) });
    assert.equal(new TextDecoder().decode(answer.value), "v");
    assert.ok((await client.abciInfo()).lastBlockHeight >= committed.height);

    const many = Array.from({ length: 25 }, () => newTx());
    for (const one of many) {
        assert.equal((await client.broadcastTxSync({ tx: one })).code, 0);
    }
    const query = `app.key CONTAINS '${run}' AND tx.height>=${committed.height}`;
    const all = await eventually("all transactions", async () => {
        const hits = await client.txSearchAll({ query, per_page: 10 });
        return hits.totalCount >= many.length + 1 ? hits : null;
    });
    assert.equal(new Set(all.txs.map((one) => hex(one.hash))).size, all.totalCount);
    const page = await client.txSearch({ query, page: 2, per_page: 10 });
    assert.deepEqual(page.txs.map((one) => hex(one.hash)), all.txs.slice(10, 20).map((one) => hex(one.hash)));
    const hashes = async (order_by) =>
        (await client.txSearchAll({ query, per_page: 10, order_by })).txs.map((one) => hex(one.hash));
    const descending = await hashes("desc");
    assert.equal(new Set(descending).size, all.totalCount);
    assert.deepEqual(await hashes("asc"), descending.toReversed());
    const places = all.txs.map((one) => one.height * 1e6 + one.index);
    assert.deepEqual(places, places.toSorted((a, b) => a - b));
    assert.ok((await client.broadcastTxAsync({ tx: newTx() })).hash.length === 32);
}

/** Twenty calls in one request. */
async function checkBatches(url) {
    const client = Comet38Client.create(new HttpBatchClient(url, { batchSizeLimit: 20 }));
    const heights = Array.from({ length: 20 }, (_, i) => 1 + (i % 2));
    const blocks = await Promise.all(heights.map((height) => client.block(height)));
    assert.deepEqual(blocks.map((one) => one.block.header.height), heights);
    client.disconnect();
}

async function checkErrors(client) {
    const fails = (promise, text) => assert.rejects(promise, (error) => error.message.includes(text));
    await fails(client.block(1_000_000_000), "must be less than or equal to the current blockchain height");
    await fails(client.txSearch({ query: "no query" }), "failed to parse query");
    await fails(client.txSearch({ query: "tx.height=1", page: 99 }), "page should be within [1, 1] range, given 99");
    await fails(client.tx({ hash: new Uint8Array(32) }), `tx (${"00".repeat(32)}) not found`);
}

function nextEvent(stream, what) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${what}: no event within 15 s`)), 15_000);
        const subscription = stream.subscribe({
            next: (event) => {
                clearTimeout(timer);
                subscription.unsubscribe();
                resolve(event);
            },
            error: reject,
        });
    });
}

async function checkSubscriptions(client) {
    const tx = newTx("heard");
    const hash = createHash("sha256").update(tx).digest();
    const block = nextEvent(client.subscribeNewBlock(), "NewBlock");
    const header = nextEvent(client.subscribeNewBlockHeader(), "NewBlockHeader");
    const event = nextEvent(client.subscribeTx(`tx.hash='${hex(hash)}'`), "Tx");
    await client.broadcastTxSync({ tx });
    const heard = await event;
    assert.deepEqual(Buffer.from(heard.tx), Buffer.from(tx));
    const app = nextEvent(client.subscribeTx("app.creator='Cosmoshi Netowoko'"), "Tx by an attribute");
    await client.broadcastTxSync({ tx: newTx() });
    assert.ok((await app).height > 0);
    assert.equal(heard.result.code, 0);
    assert.ok((await block).header.height > 0);
    assert.ok((await header).height > 0);
}

for (const url of [`http://${address}`, `ws://${address}`]) {
    const client = await eventually(url, () => connectComet(url));
    assert.ok(client instanceof Comet38Client, "connectComet chose another client");
    await checkBlocks(client);
    await checkTxs(client);
    await checkErrors(client);
    if (url.startsWith("ws:")) {
        await checkSubscriptions(client);
    } else {
        await checkBatches(url);
    }
    client.disconnect();
    console.log(`${url}: Comet38Client understands everything`);
}
// This version's WebSocket client connects again after it was told to disconnect.
process.exit(0);
