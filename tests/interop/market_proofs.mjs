// Checks what a chain's market proves, as the author of a client would: the best rows of a book, and receipts, both from the
// market_* methods of one node, against headers that another node tells. Everything is computed here, from doc/reference/market.md,
// doc/spec/market.md and doc/spec/encoding.md, with the .proto files and an ICS-23 verifier from npm.
//   node market_proofs.mjs HOST:PORT OTHER_HOST:PORT PROTO_FOLDER CLASS ASKS BIDS ORDER=STATE...
// ASKS and BIDS are how many rows the book of the class must have.
import assert from "node:assert/strict";
import ics23 from "@confio/ics23";
import { bech32 } from "@scure/base";
import { openProtos, sha256, verifyLightBlock } from "./light_block.mjs";

const [address, other, protoFolder, classText, asksWanted, bidsWanted, ...jobs] = process.argv.slice(2);
const classId = Number(classText);
const protos = openProtos(
    protoFolder, "steelyard/market/v1/records.proto", "tendermint/types/types.proto", "tendermint/types/canonical.proto");
const { iavlSpec, tendermintSpec, verifyMembership, verifyNonMembership } = ics23;

const record = (name, bytes) => protos.lookupType(`steelyard.market.v1.${name}`).decode(bytes);
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const base64 = (text) => Buffer.from(text, "base64");
const number = (value) => BigInt(String(value ?? 0));
const addressOf = (bytes) => bech32.encode("yard", bech32.toWords(bytes));
const ceilDivide = (a, b) => (a + b - 1n) / b;

async function rpc(node, method, params) {
    const answer = await fetch(`http://${node}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = await answer.json();
    assert.equal(error, undefined, `${method}: ${JSON.stringify(error)}`);
    return result;
}

/** The header of a height, from the node that is trusted here; it may be a block behind. */
async function trustedHeader(height) {
    for (let attempt = 0; attempt < 100; ++attempt) {
        const { sync_info: sync } = await rpc(other, "status", {});
        if (Number(sync.latest_block_height) >= height) {
            const { block_id: id, block } = await rpc(other, "block", { height: String(height) });
            return { hash: Buffer.from(id.hash, "hex"), appHash: Buffer.from(block.header.app_hash, "hex") };
        }
        await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    throw new Error(`${other} has no block ${height}`);
}

/** The root of a store that an op of the type ics23:simple shows under the app hash. */
function storeRoot(appHash, store, op) {
    assert.equal(op.type, "ics23:simple");
    assert.equal(base64(op.key).toString(), store);
    const proof = ics23.ics23.CommitmentProof.decode(base64(op.data));
    const root = proof.exist.value;
    assert.ok(verifyMembership(proof, tendermintSpec, appHash, Buffer.from(store), root), "the store is not in the state");
    return root;
}

/** The proof within a store, and the root that it is under. */
function openProof(appHash, store, key, ops) {
    assert.equal(ops.length, 2);
    assert.equal(ops[0].type, "ics23:iavl");
    assert.equal(hex(base64(ops[0].key)), hex(key));
    return { proof: ics23.ics23.CommitmentProof.decode(base64(ops[0].data)), root: storeRoot(appHash, store, ops[1]) };
}

const startsWith = (bytes, prefix) => hex(bytes).startsWith(hex(prefix));

/** The rows of a side of the book in their order, each [key, value], and whether that is all of them. */
function provenRows(letter, answers, appHash) {
    const prefix = Buffer.concat([Buffer.from(letter), Buffer.alloc(4), Buffer.from([1])]);
    prefix.writeUInt32BE(classId, 1);
    const rows = [];
    let key = prefix;
    for (const answer of answers) {
        assert.equal(answer.key, hex(key), "an answer was left out");
        if (answer.proof_ops.length === 1) {
            assert.equal(hex(storeRoot(appHash, "book", answer.proof_ops[0])), hex(sha256()), "the store is not empty");
            return { rows, isWhole: true };
        }
        const { proof, root } = openProof(appHash, "book", key, answer.proof_ops);
        assert.ok(verifyNonMembership(proof, iavlSpec, root, key), "the row is not the next one");
        const next = proof.nonexist.right;
        if (!next || !startsWith(next.key, prefix)) {
            return { rows, isWhole: true };
        }
        rows.push([next.key, next.value]);
        key = Buffer.concat([next.key, Buffer.from([0])]);
    }
    return { rows, isWhole: false };
}

/** Fields of a book's key behind its prefix. */
function readKey(key) {
    const bytes = Buffer.from(key);
    return { price: bytes.readBigUInt64BE(6), posted: bytes.readBigUInt64BE(14), id: bytes.readBigUInt64BE(22),
             task: bytes.length > 30 ? bytes.readUInt32BE(30) : undefined };
}

function askOf([key, value]) {
    const { price, posted, id } = readKey(key);
    const ask = record("AskRecord", value);
    return { ask_id: String(id), price: String(price), posted_height: Number(posted), provider: addressOf(ask.owner),
             work_units: String(ask.workUnits), last_height: Number(ask.last) };
}

function bidOf([key, value]) {
    const { price, posted, id, task } = readKey(key);
    const bid = record("BidRecord", value);
    return { order_id: String(id), task, limit_price: String(2n ** 64n - 1n - price), posted_height: Number(posted),
             user: addressOf(bid.owner), work_units: String(bid.workUnits), last_height: Number(bid.last) };
}

/** That a row of the answer says what the state says. */
function sameFields(said, proven) {
    assert.deepEqual(Object.fromEntries(Object.keys(proven).map((name) => [name, said[name]])), proven);
}

/** A side has as many rows as were asked for, or all. */
function checkSide(name, rowOf, book, depth, appHash) {
    const { rows, isWhole } = provenRows(name[0], book.proof[name], appHash);
    assert.ok(rows.length === depth || isWhole, "the side ends early");
    assert.equal(book[name].length, rows.length);
    rows.forEach((row, index) => sameFields(book[name][index], rowOf(row)));
    assert.ok(!isWhole || !book[`has_more_${name}`]);
}

function checkBook(book, depth, appHash) {
    checkSide("asks", askOf, book, depth, appHash);
    checkSide("bids", bidOf, book, depth, appHash);
}

const changed = (value, change) => {
    const copy = structuredClone(value);
    change(copy);
    return copy;
};

async function books() {
    const depth = 50;
    const book = await rpc(address, "market_orderBook", { class_id: classId, depth, prove: true });
    assert.deepEqual([book.asks.length, book.bids.length], [Number(asksWanted), Number(bidsWanted)]);
    assert.deepEqual(book.bids.map(({ limit_price: price }) => Number(price)),
        book.bids.map(({ limit_price: price }) => Number(price)).sort((a, b) => b - a));
    const { appHash } = await trustedHeader(book.proof.height + 1);
    checkBook(book, depth, appHash);
    console.log(`ok a book of ${book.asks.length} asks and ${book.bids.length} bids is proved at height ${book.proof.height}`);

    const cut = await rpc(address, "market_orderBook", { class_id: classId, depth: 1, prove: true });
    checkBook(cut, 1, (await trustedHeader(cut.proof.height + 1)).appHash);
    assert.ok(cut.bids.length === 1 && cut.has_more_bids);
    console.log("ok its best row alone is proved");

    for (const [what, lie] of [
        ["a row is left out", (it) => { it.bids.splice(1, 1); }],
        ["a row is left out with its proof", (it) => { it.bids.splice(1, 1); it.proof.bids.splice(1, 1); }],
        ["a side ends early", (it) => { it.bids.pop(); it.proof.bids.splice(-2); }],
        ["a price is another", (it) => { it.asks[0].price = "1"; }],
        ["a provider is another", (it) => { it.asks[0].provider = it.bids[0].user; }],
        ["a proof is another", (it) => { it.proof.bids[0].proof_ops[0] = it.proof.bids[1].proof_ops[0]; }],
    ]) {
        assert.throws(() => checkBook(changed(book, lie), depth, appHash), undefined, what);
    }
    assert.throws(() => checkBook(book, depth, sha256(appHash)), undefined, "another state");
    console.log("ok books that lie are refused");
}

// Receipts.

const states = ["", "open", "matched", "started", "committed", "challenged", "proved", "settled", "cancelled", "expired",
                "refunded", "slashed"];
const be = (value, size) => Buffer.from(BigInt(value).toString(16).padStart(2 * size, "0"), "hex");
const keyOf = (letter, ...fields) => Buffer.concat([Buffer.from(letter), ...fields]);

/** The records of a receipt, each proven and asked for by its key. */
class Rows {
    constructor(document, appHash) {
        this.left = new Map(document.records.map((one) => [`${one.store}/${one.key}`, one]));
        assert.equal(this.left.size, document.records.length);
        this.appHash = appHash;
        this.read = new Map();
    }

    take(store, key) {
        const name = `${store}/${hex(key)}`;
        if (!this.read.has(name)) {
            const one = this.left.get(name);
            assert.ok(one, `record ${name} is missing`);
            this.left.delete(name);
            const value = base64(one.value);
            const { proof, root } = openProof(this.appHash, store, key, one.proof_ops);
            assert.ok(verifyMembership(proof, iavlSpec, root, key, value), `record ${name} is not in the state`);
            this.read.set(name, value);
        }
        return this.read.get(name);
    }

    /** Account {1: address, ...} of doc/spec/ledger.md. */
    address(account) {
        const bytes = this.take("auth", keyOf("n", be(number(account), 8)));
        assert.deepEqual([...bytes.subarray(0, 2)], [0x0a, 20]);
        return addressOf(bytes.subarray(2, 22));
    }
}

function moneyOf(job, order) {
    const held = number(job.jobEscrow) + number(job.proofEscrow);
    const escrow = number(order.jobEscrow) + number(order.proofEscrow);
    const isSettled = job.state === states.indexOf("settled");
    const isFinal = job.state >= states.indexOf("settled");
    const fee = isSettled ? ceilDivide(number(job.paid) * number(job.match.terms.feeBps), 10_000n) : 0n;
    return {
        escrow: String(escrow),
        proof_paid: String(escrow - held),
        paid: String(number(job.paid)),
        fee: String(fee),
        earned: String(isSettled ? number(job.paid) - fee : 0n),
        refund: String(isFinal ? held - number(job.paid) : 0n),
        slashed: String(job.state === states.indexOf("slashed") ? number(job.match.reserved) : 0n),
        damages: String(number(job.damages)),
    };
}

function matchOf(rows, job) {
    const { match } = job;
    if (!match) {
        return { provider: "", worker: "", price: "0", matched_height: 0 };
    }
    const ask = readKey(match.ask);
    return { provider: rows.address(match.provider), worker: rows.address(match.worker), price: String(number(match.price)),
             unit_price: String(ask.price), ask_id: String(ask.id), reserved: String(number(match.reserved)),
             matched_height: Number(match.height) };
}

function resultOf(rows, job, id) {
    const { commit } = job;
    if (!commit) {
        return { output_root: "", committed_height: 0 };
    }
    const told = { output_root: hex(commit.outputRoot), trace_root: hex(commit.traceRoot), steps: String(number(commit.steps)),
                   committed_height: Number(commit.height), results: commit.results.map(hex) };
    if (!commit.inlineSize) {
        return told;
    }
    const bytes = rows.take("job", keyOf("r", id));
    assert.equal(bytes.length, commit.inlineSize);
    return { ...told, inline_result_size: bytes.length, inline_result_sha256: hex(sha256(bytes)) };
}

/** What a job's rows say. */
function derive(document, rows) {
    const id = Buffer.concat([be(document.order_id, 8), be(document.task, 4)]);
    const job = record("JobRecord", rows.take("job", keyOf("j", id)));
    const order = record("OrderRecord", rows.take("job", keyOf("o", be(document.order_id, 8))));
    const inputs = order.inputs.map(hex);
    if (inputs.includes("")) {
        const own = rows.take("job", keyOf("t", id));
        let at = 0;
        inputs.forEach((input, index) => {
            if (input === "") {
                inputs[index] = hex(own.subarray(at, at += 32));
            }
        });
        assert.equal(at, own.length);
    }
    const ofClass = record("ClassRecord", rows.take("market", keyOf("k", be(order.classId, 4))));
    return {
        order_id: document.order_id,
        task: document.task,
        user: rows.address(order.user),
        class_id: order.classId,
        class_name: ofClass.name,
        program: hex(order.program),
        inputs,
        work_units: String(order.workUnits),
        state: states[job.state],
        had_it: job.hadIt.map((account) => rows.address(account)),
        limit_price: String(order.limit),
        posted_height: Number(order.posted),
        ended_height: Number(job.ended),
        ...moneyOf(job, order),
        ...matchOf(rows, job),
        ...resultOf(rows, job, id),
    };
}

function lightBlock(document) {
    return protos.lookupType("tendermint.types.LightBlock").decode(base64(document.light_block));
}

function checkReceipt(document, trusted) {
    assert.equal(document.format, "steelyard-receipt-1");
    const block = lightBlock(document);
    verifyLightBlock(protos, block, trusted.hash);
    const { header } = block.signedHeader;
    assert.deepEqual(
        [document.header.chain_id, document.header.height, document.header.hash, document.header.app_hash],
        [header.chainId, Number(header.height), hex(trusted.hash).toUpperCase(), hex(header.appHash).toUpperCase()]);
    const rows = new Rows(document, header.appHash);
    const proven = derive(document, rows);
    assert.equal(rows.left.size, 0, "a record is there for nothing");
    sameFields(document.receipt, proven);
    return proven;
}

function refuseFalseReceipts(document, trusted) {
    for (const [what, lie] of [
        ["another price", (it) => { it.receipt.price = "1"; }],
        ["another state", (it) => { it.receipt.state = "committed"; }],
        ["another user", (it) => { it.receipt.user = it.receipt.provider; }],
        ["a record is missing", (it) => { it.records.pop(); }],
        ["a record too many", (it) => { it.records.push({ ...it.records[0], key: it.records[1].key }); }],
        ["another job's number", (it) => { it.order_id = String(BigInt(it.order_id) + 1n); }],
        ["a record is another", (it) => {
            const value = base64(it.records[0].value);
            value[value.length - 1] ^= 1;
            it.records[0].value = value.toString("base64");
        }],
        ["a signature is another", (it) => {
            const bytes = base64(it.light_block);
            const signed = lightBlock(it).signedHeader.commit.signatures.find(({ signature }) => signature.length > 0);
            bytes[bytes.indexOf(signed.signature)] ^= 1;
            it.light_block = bytes.toString("base64");
        }],
    ]) {
        assert.throws(() => checkReceipt(changed(document, lie), trusted), undefined, what);
    }
    assert.throws(() => checkReceipt(document, { ...trusted, hash: sha256(trusted.hash) }), undefined, "another header");
}

async function receipts() {
    for (const job of jobs) {
        const [order, state] = job.split("=");
        const document = await rpc(address, "market_getReceipt", { order_id: order });
        const trusted = await trustedHeader(document.header.height);
        const proven = checkReceipt(document, trusted);
        assert.equal(proven.state, state);
        refuseFalseReceipts(document, trusted);
        console.log(`ok the receipt of job ${order}/0 (${state}, paid ${proven.paid} of ${proven.escrow}) is proved`);
    }
}

await books();
await receipts();
