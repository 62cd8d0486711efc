// Checks an OpenRPC document: usage: validate_open_rpc.mjs FILE | http://NODE
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import schemaUtils from "@open-rpc/schema-utils-js";

const { dereferenceDocument, validateOpenRPCDocument } = schemaUtils;

async function discover(url) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "rpc.discover" });
    const response = await fetch(url, { method: "POST", body });
    return (await response.json()).result;
}

const source = process.argv[2];
const document = source.startsWith("http")
    ? await discover(source)
    : JSON.parse(readFileSync(source, "utf8"));

assert.equal(validateOpenRPCDocument(document), true);
assert.ok(document.methods.length > 0);
assert.equal(new Set(document.methods.map((method) => method.name)).size, document.methods.length);
if (source.startsWith("http")) {
    // What the page at / links to, and what it leaves out: methods for WebSockets.
    const page = await (await fetch(source)).text();
    const linked = [...page.matchAll(/href="\/\/[^/"]+\/([^"?]+)/g)].map((match) => match[1]);
    const names = linked.filter((name) => name !== "rpc.discover");
    names.push("subscribe", "unsubscribe", "unsubscribe_all");
    assert.ok(names.length > 30, `${names.length} methods`);
    assert.deepEqual(document.methods.map((method) => method.name).sort(), names.sort());
}
if (dereferenceDocument) {
    await dereferenceDocument(document);
}

// The validator must be able to say no.
assert.notEqual(validateOpenRPCDocument({ ...document, methods: [{ name: 5 }] }), true);
console.log("valid", document.methods.length, "methods");
