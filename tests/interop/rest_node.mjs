// Reads the REST face of a running node as wallets and explorers do: what the node answers itself,
// errors, pages and CORS. usage: rest_node.mjs REST RPC, as http://HOST:PORT

import assert from "node:assert/strict";

const [rest, rpc] = process.argv.slice(2);

/// The status, headers and JSON of an answer.
async function ask(path, options) {
    const response = await fetch(rest + path, options);
    assert.equal(response.headers.get("content-type"), "application/json", path);
    return { status: response.status, headers: response.headers, body: await response.json() };
}

async function get(path, options) {
    const { status, body } = await ask(path, options);
    assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
    return body;
}

const base = "/cosmos/base/tendermint/v1beta1";
const chainId = (await (await fetch(`${rpc}/status`)).json()).result.node_info.network;

// What Keplr asks before it takes a chain: whether REST and RPC are of the same one.
const info = await get(`${base}/node_info`);
assert.equal(info.default_node_info.network, chainId);
assert.match(info.application_version.cosmos_sdk_version, /^v?\d+\.\d+\.\d+/);

assert.deepEqual(Object.keys(await get(`${base}/syncing`)), ["syncing"]);

const latest = await get(`${base}/blocks/latest`);
const height = latest.block.header.height;
assert.equal(typeof height, "string");
assert.match(latest.sdk_block.header.proposer_address, /^yardvalcons1/);
const again = await get(`${base}/blocks/${height}`);
assert.deepEqual(again.block_id, latest.block_id);
const byRpc = (await (await fetch(`${rpc}/block?height=${height}`)).json()).result;
assert.equal(Buffer.from(again.block_id.hash, "base64").toString("hex").toUpperCase(), byRpc.block_id.hash);

const validators = await get(`${base}/validatorsets/latest?pagination.limit=2`);
assert.equal(validators.validators.length, 2);
assert.equal(validators.pagination.total, "4");
const others = await get(`${base}/validatorsets/${height}?pagination.offset=2`);
assert.equal(others.validators.length, 2);
for (const validator of [...validators.validators, ...others.validators]) {
    assert.match(validator.address, /^yardvalcons1/);
    assert.match(validator.pub_key["@type"], /^\/cosmos\.crypto\.(ed25519|secp256k1)\.PubKey$/);
}

const params = await get("/cosmos/consensus/v1/params");
assert.equal(typeof params.params.block.max_bytes, "string");
assert.match(params.params.evidence.max_age_duration, /^\d+s$/);
assert.ok(Number((await get("/cosmos/base/node/v1beta1/status")).height) >= Number(height));
assert.equal(typeof (await get("/cosmos/base/node/v1beta1/config")).minimum_gas_price, "string");
// The first block, since the key-value application's transactions, which later ones may have, are no
// Cosmos transactions.
assert.ok(Array.isArray((await get("/cosmos/tx/v1beta1/txs?query=tx.height%3D1")).txs));
assert.equal((await get("/cosmos/tx/v1beta1/txs/block/1")).block.header.height, "1");

// Errors have a status, a code of gRPC and a text.
for (const [path, status, code] of [
    ["/cosmos/gov/v1/proposals", 501, 12],
    ["/cosmos/upgrade/v1beta1/current_plan", 501, 12],
    ["/ibc/core/client/v1/client_states", 501, 12],
    ["/nothing", 404, 5],
    [`${base}/blocks/999999999`, 400, 3],
    [`${base}/blocks/x`, 400, 3],
    [`${base}/validatorsets/latest?pagination.limit=x`, 400, 3],
    [`/cosmos/tx/v1beta1/txs/${"0".repeat(64)}`, 404, 5],
    ["/cosmos/tx/v1beta1/txs", 400, 3],
]) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, answer.body.code, answer.body.details], [status, code, []], path);
    assert.equal(typeof answer.body.message, "string");
}
for (const [path, body, status] of [
    ["/cosmos/tx/v1beta1/txs", "{", 400],
    ["/cosmos/tx/v1beta1/txs", '{"mode":"BROADCAST_MODE_SYNC"}', 400],
    ["/cosmos/tx/v1beta1/decode", '{"tx_bytes":"AQID"}', 400],
    ["/cosmos/tx/v1beta1/encode/amino", "{}", 501],
]) {
    assert.equal((await ask(path, { method: "POST", body })).status, status, `${path} ${body}`);
}

// No page of another origin reads answers unless the operator says so.
const { headers } = await ask(`${base}/syncing`, { headers: { origin: "https://example.org" } });
assert.equal(headers.get("access-control-allow-origin"), null);

console.log(`REST: chain ${chainId}, height ${height}, all as expected`);
