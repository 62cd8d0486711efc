// The RPC of a running node as the wire shows it: shapes, errors, events, metrics, health.
// usage: comet_rpc.mjs HOST:PORT METRICS_HOST:PORT
import assert from "node:assert/strict";
import WebSocket from "ws";

const [address, metricsAddress] = process.argv.slice(2);
const url = `http://${address}`;

async function post(body) {
    const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    return response.json();
}

const call = (method, params = {}) => post({ jsonrpc: "2.0", id: 1, method, params });

async function get(path) {
    const response = await fetch(`${url}/${path}`);
    const text = await response.text();
    return { status: response.status, text, json: text.startsWith("{") ? JSON.parse(text) : null };
}

// What a value looks like: its members in order and their kinds; strings by what they spell.
const hash = /^([0-9A-F]{40}|[0-9A-F]{64})$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/;
const digits = /^-?\d+$/;

function shape(value) {
    if (Array.isArray(value)) {
        return value.length === 0 ? [] : [shape(value[0])];
    }
    if (value !== null && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shape(member)]));
    }
    if (typeof value !== "string") {
        return value === null ? null : typeof value;
    }
    return hash.test(value) ? "hash" : time.test(value) ? "time" : digits.test(value) ? "digits" : "text";
}

const blockId = { hash: "hash", parts: { total: "number", hash: "hash" } };
const header = {
    version: { block: "digits", app: "digits" },
    chain_id: "text",
    height: "digits",
    time: "time",
    last_block_id: blockId,
    last_commit_hash: "hash",
    data_hash: "hash",
    validators_hash: "hash",
    next_validators_hash: "hash",
    consensus_hash: "hash",
    app_hash: "digits",
    last_results_hash: "hash",
    evidence_hash: "hash",
    proposer_address: "hash",
};
const signature = { block_id_flag: "number", validator_address: "hash", timestamp: "time", signature: "text" };
const publicKey = { type: "text", value: "text" };
const validator = { address: "hash", pub_key: publicKey, voting_power: "digits", proposer_priority: "digits" };
const commit = { height: "digits", round: "number", block_id: blockId, signatures: [signature] };
const block = { header, data: { txs: [] }, evidence: { evidence: [] }, last_commit: commit };
const txResult = {
    code: "number", data: null, log: "text", info: "text", gas_wanted: "digits", gas_used: "digits",
    events: [{ type: "text", attributes: [{ key: "text", value: "text", index: "boolean" }] }], codespace: "text",
};
const nodeInfo = {
    protocol_version: { p2p: "digits", block: "digits", app: "digits" },
    id: "text", listen_addr: "text", network: "text", version: "text", channels: "text", moniker: "text",
    other: { tx_index: "text", rpc_address: "text" },
};
const flow = {
    Start: "time", Bytes: "digits", Samples: "digits", InstRate: "digits", CurRate: "digits", AvgRate: "digits",
    PeakRate: "digits", BytesRem: "digits", Duration: "digits", Idle: "digits", TimeRem: "digits",
    Progress: "number", Active: "boolean",
};
const roundVotes = {
    round: "number", prevotes: ["text"], prevotes_bit_array: "text", precommits: ["text"],
    precommits_bit_array: "text",
};

// Node ids have the length of an address, in lower case.
const idShape = { ...nodeInfo };
const ourInfo = { ...idShape, other: { ...nodeInfo.other, steelyard_version: "text" } };

// The first signature may be of a validator whose precommit came too late.
function present(answer) {
    const signed = answer.result.block?.last_commit ?? answer.result.signed_header.commit;
    signed.signatures = signed.signatures.filter((one) => one.block_id_flag === 2);
    return answer.result;
}

async function checkShapes() {
    const one = (value) => ({ height: String(value) });
    assert.deepEqual(shape(present(await call("block", one(3)))), { block_id: blockId, block });
    assert.deepEqual(
        shape(present(await call("commit", one(3)))), { signed_header: { header, commit }, canonical: "boolean" });
    assert.deepEqual(shape((await call("header", one(3))).result), { header });
    assert.deepEqual(shape((await call("block_results", one(3))).result), {
        height: "digits", txs_results: null, finalize_block_events: null, validator_updates: null,
        consensus_param_updates: null, app_hash: "text",
    });
    assert.deepEqual(shape((await call("blockchain", { minHeight: "2", maxHeight: "3" })).result), {
        last_height: "digits", block_metas: [{ block_id: blockId, block_size: "digits", header, num_txs: "digits" }],
    });
    assert.deepEqual(shape((await call("validators")).result), {
        block_height: "digits", validators: [validator], count: "digits", total: "digits",
    });
    assert.deepEqual(shape((await call("consensus_params")).result), {
        block_height: "digits",
        consensus_params: {
            block: { max_bytes: "digits", max_gas: "digits" },
            evidence: { max_age_num_blocks: "digits", max_age_duration: "digits", max_bytes: "digits" },
            validator: { pub_key_types: ["text"] },
            version: { app: "digits" },
            abci: { vote_extensions_enable_height: "digits" },
        },
    });
    const txs = (await call("unconfirmed_txs")).result;
    assert.deepEqual(shape(txs), { n_txs: "digits", total: "digits", total_bytes: "digits", txs: [] });
    assert.equal((await call("num_unconfirmed_txs")).result.txs, null);
    assert.deepEqual(shape((await call("broadcast_tx_commit", { tx: "c2hhcGU9MQ==" })).result), {
        check_tx: { ...txResult, events: [] }, tx_result: txResult, hash: "hash", height: "digits",
    });
    assert.deepEqual((await call("health")).result, {});
}

async function checkNode() {
    const status = (await call("status")).result;
    assert.match(status.node_info.id, /^[0-9a-f]{40}$/);
    assert.equal(status.node_info.protocol_version.app, "1");
    assert.deepEqual(shape(status), {
        node_info: ourInfo,
        sync_info: {
            latest_block_hash: "hash", latest_app_hash: "digits", latest_block_height: "digits",
            latest_block_time: "time", earliest_block_hash: "hash", earliest_app_hash: "digits",
            earliest_block_height: "digits", earliest_block_time: "time", catching_up: "boolean",
        },
        validator_info: { address: "hash", pub_key: publicKey, voting_power: "digits" },
    });
    const net = (await call("net_info")).result;
    assert.equal(net.n_peers, "3");
    assert.deepEqual([net.listening, net.listeners], [true, ["Listener(@)"]]);
    assert.deepEqual(shape(net.peers[0]), {
        node_info: idShape,
        is_outbound: "boolean",
        connection_status: {
            Duration: "digits", SendMonitor: flow, RecvMonitor: flow,
            Channels: [{
                ID: "number", SendQueueCapacity: "digits", SendQueueSize: "digits", Priority: "digits",
                RecentlySent: "digits",
            }],
        },
        remote_ip: "text",
    });
    const summary = (await call("consensus_state")).result.round_state;
    assert.match(summary["height/round/step"], /^\d+\/\d+\/[1-8]$/);
    assert.match(summary.height_vote_set[0].prevotes_bit_array, /^BA\{4:[x_]{4}\} \d+\/40 = [01]\.\d\d$/);
    assert.deepEqual(shape(summary.height_vote_set[0]), roundVotes);
    const dump = (await call("dump_consensus_state")).result;
    for (const name of [
        "height", "round", "step", "start_time", "commit_time", "validators", "proposal", "proposal_block",
        "proposal_block_parts", "locked_round", "locked_block", "locked_block_parts", "valid_round", "valid_block",
        "valid_block_parts", "votes", "commit_round", "last_commit", "last_validators", "triggered_timeout_precommit",
    ]) {
        assert.ok(name in dump.round_state, name);
    }
    assert.equal(dump.peers.length, 3);
    const peer = dump.peers[0].peer_state.round_state;
    assert.ok(Number(peer.height) >= Number(dump.round_state.height) - 1, `a peer at ${peer.height}`);
    assert.deepEqual(Object.keys(peer), [
        "height", "round", "step", "start_time", "proposal", "proposal_block_part_set_header",
        "proposal_block_parts", "proposal_pol_round", "proposal_pol", "prevotes", "precommits", "last_commit_round",
        "last_commit", "catchup_commit_round", "catchup_commit",
    ]);
}

async function checkErrors() {
    const error = async (method, params, code, text) => {
        const answer = await call(method, params);
        assert.equal(answer.error?.code, code, JSON.stringify(answer));
        assert.ok((answer.error.data ?? "").includes(text), JSON.stringify(answer));
    };
    await error("no_such_method", {}, -32601, "");
    await error("unsafe_flush_mempool", {}, -32601, "");
    await error("subscribe", { query: "tm.event='Tx'" }, -32601, "");
    await error("block", { height: 5 }, -32602, "error converting json params to arguments");
    await error("block", { height: "x" }, -32602, "error converting json params to arguments");
    await error("tx", { hash: 7 }, -32602, "cannot unmarshal number into Go value of type []uint8");
    await error("block", { height: "-1" }, -32603, "height must be greater than 0, but got -1");
    await error("block", { height: "9999999" }, -32603, "must be less than or equal to the current blockchain height");
    await error("tx", { hash: "AA==" }, -32603, "tx (00) not found");
    await error("validators", { page: "2" }, -32603, "page should be within [1, 1] range, given 2");
    await error("tx_search", { query: "=" }, -32603, "failed to parse query");
    await error("tx_search", { query: "a=1", order_by: "up" }, -32603, "expected order_by to be either");
    await error("abci_query", { data: "zz" }, -32602, "encoding/hex: invalid byte");
    await error("broadcast_evidence", {}, -32603, "no evidence was provided");
    await error("broadcast_evidence", { evidence: { type: "x", value: {} } }, -32603, "\"x\" is not taken");

    assert.equal((await get("no_such_method")).status, 404);
    const wrong = await get("block?height=abc");
    assert.equal(wrong.status, 500);
    assert.equal(wrong.json.id, -1);
    assert.equal(wrong.json.error.code, -32602);
}

async function checkGet() {
    assert.equal((await get("block?height=2")).json.result.block.header.height, "2");
    assert.equal((await get('block?height="2"')).json.result.block.header.height, "2");
    assert.equal((await get("abci_query?data=0x61")).json.result.response.key, "YQ==");
    assert.equal((await get('abci_query?data="a"&path="/key"')).json.result.response.key, "YQ==");
    assert.equal((await get('validators?page="1"&per_page=1')).json.result.count, "1");
    const sent = (await get("broadcast_tx_commit?tx=0x6765743d31")).json.result;
    const found = (await get(`tx?hash=0x${sent.hash}&prove=true`)).json.result;
    assert.equal(found.tx, "Z2V0PTE=");
    assert.deepEqual(Object.keys(found.proof), ["root_hash", "data", "proof"]);
    assert.ok(!("proof" in (await get(`tx?hash=0x${sent.hash}`)).json.result));
    const chunk = (await get("genesis_chunked?chunk=0")).json.result;
    const genesis = (await get("genesis")).json.result.genesis;
    assert.deepEqual(JSON.parse(Buffer.from(chunk.data, "base64")), genesis);
    const batch = await post([1, 2].map((id) => ({ jsonrpc: "2.0", id, method: "health" })));
    assert.deepEqual(batch.map((one) => one.id), [1, 2]);
    assert.equal((await get("livez")).status, 200);
    assert.deepEqual((await get("readyz")).json, { status: "synced", reasons: [] });
    assert.deepEqual((await get("health")).json.result, {});
}

class Socket {
    constructor() {
        this.socket = new WebSocket(`ws://${address}/websocket`);
        this.waiting = new Map();
        this.socket.on("message", (text) => {
            const message = JSON.parse(text);
            this.waiting.get(message.id)?.(message);
        });
        this.opened = new Promise((done, fail) => this.socket.on("open", done).on("error", fail));
        this.last = 0;
    }

    /// The answers with one id, one call for each.
    listen(method, params, heard) {
        this.waiting.set(++this.last, heard);
        this.socket.send(JSON.stringify({ jsonrpc: "2.0", id: this.last, method, params }));
    }

    call(method, params = {}) {
        return new Promise((done) => this.listen(method, params, done));
    }
}

const within = (promise, what) =>
    Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error(`no ${what}`)), 20_000))]);

/** Every event of consensus that a chain without faults has. */
async function checkEvents() {
    const names = {
        NewRound: ["height", "round", "step", "proposer"],
        NewRoundStep: ["height", "round", "step"],
        CompleteProposal: ["height", "round", "step", "block_id"],
        Polka: ["height", "round", "step"],
        Lock: ["height", "round", "step"],
        ValidBlock: ["height", "round", "step"],
        Vote: ["Vote"],
        NewBlockEvents: ["height", "events", "num_txs"],
    };
    const types = { NewRound: "NewRound", CompleteProposal: "CompleteProposal", Vote: "Vote",
        NewBlockEvents: "NewBlockEvents" };
    const sockets = [new Socket(), new Socket()];
    await Promise.all(sockets.map((one) => one.opened));
    const heard = Object.entries(names).map(([name, members], i) => new Promise((done) => {
        sockets[i % 2].listen("subscribe", { query: `tm.event='${name}'` }, ({ result }) => {
            if (!result?.query) {
                return;
            }
            assert.equal(result.data.type, `tendermint/event/${types[name] ?? "RoundState"}`);
            assert.deepEqual(Object.keys(result.data.value), members);
            assert.deepEqual(result.events["tm.event"], [name]);
            done(name);
        });
    }));
    const sent = await call("broadcast_tx_commit", { tx: "ZXZlbnQ9MQ==" });
    assert.equal(sent.result.tx_result.code, 0);
    assert.equal((await within(Promise.all(heard), "event of consensus")).length, Object.keys(names).length);

    // Limits: 5 subscriptions of a client, and here 3 clients.
    const [first] = sockets;
    assert.deepEqual((await first.call("subscribe", { query: "tm.event='Tx'" })).result, {});
    const tooMany = await first.call("subscribe", { query: "tm.event='NewBlock'" });
    assert.equal(tooMany.error.data, "max_subscriptions_per_client 5 reached");
    const others = [new Socket(), new Socket()];
    await Promise.all(others.map((one) => one.opened));
    const query = { query: "tm.event='Tx'" };
    assert.deepEqual((await others[0].call("subscribe", query)).result, {});
    assert.equal((await others[1].call("subscribe", query)).error.data, "max_subscription_clients 3 reached");
    assert.deepEqual((await others[0].call("unsubscribe", query)).result, {});
    assert.equal((await others[0].call("unsubscribe", query)).error.data, "subscription not found");
    assert.deepEqual((await first.call("unsubscribe_all")).result, {});
    const bad = await first.call("subscribe", { query: "x" });
    assert.match(bad.error.data, /failed to parse query/);
    const long = await first.call("subscribe", { query: `a='${"x".repeat(512)}'` });
    assert.equal(long.error.data, "maximum query length exceeded");
    assert.equal((await first.call("no_such_method")).error.code, -32601);
    // What Keplr's chain validator does: a status over the socket that names the network.
    assert.equal((await first.call("status")).result.node_info.network, "devnet");
}

async function checkMetrics() {
    const response = await fetch(`http://${metricsAddress}/metrics`);
    assert.match(response.headers.get("content-type"), /^text\/plain/);
    const text = await response.text();
    for (const name of [
        "cometbft_consensus_height", "cometbft_consensus_latest_block_height", "cometbft_consensus_rounds",
        "cometbft_consensus_validators", "cometbft_consensus_validators_power",
        "cometbft_consensus_missing_validators", "cometbft_consensus_byzantine_validators",
        "cometbft_consensus_block_interval_seconds_bucket", "cometbft_consensus_num_txs",
        "cometbft_consensus_block_size_bytes", "cometbft_consensus_total_txs", "cometbft_mempool_size",
        "cometbft_mempool_failed_txs", "cometbft_p2p_peers", "cometbft_p2p_message_send_bytes_total",
        "cometbft_blocksync_syncing", "steelyard_rpc_open_connections", "steelyard_rpc_http_requests_total",
        "steelyard_rpc_events_sent_total",
    ]) {
        assert.match(text, new RegExp(`^${name}\\{chain_id="devnet"[^}]*\\} [0-9.e+-]+$`, "m"), name);
    }
    const value = (name) => Number(text.match(new RegExp(`^${name}\\{[^}]*\\} (.*)$`, "m"))[1]);
    assert.equal(value("cometbft_p2p_peers"), 3);
    assert.ok(value("cometbft_consensus_height") > 2);
    assert.ok(value("steelyard_rpc_events_sent_total") > 0);
    assert.equal((await get("metrics")).status, 404);
    assert.equal((await fetch(`http://${metricsAddress}/status`)).status, 404);
}

while (Number((await call("status")).result.sync_info.latest_block_height) < 4) {
    await new Promise((done) => setTimeout(done, 100));
}
for (const check of [checkShapes, checkNode, checkErrors, checkGet, checkEvents, checkMetrics]) {
    await check();
    console.log(check.name, "ok");
}
process.exit(0);
