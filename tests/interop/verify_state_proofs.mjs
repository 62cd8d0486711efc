// Verifies the proofs that write_state_proofs wrote, with the ICS-23 verifier of CosmJS.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import ics23 from "@confio/ics23";

assert.ok(Number(process.versions.node.split(".")[0]) >= 20, "node 20 or later is needed");

const { iavlSpec, tendermintSpec, verifyMembership, verifyNonMembership } = ics23;
const decode = (bytes) => ics23.ics23.CommitmentProof.decode(bytes);

/** A verifier's answer; what makes it throw counts as refused. */
function accepts(verify, ...args) {
    try {
        return verify(...args) === true;
    } catch {
        return false;
    }
}

const flipped = (bytes, at) => {
    const copy = Uint8Array.from(bytes);
    copy[at] ^= 1;
    return copy;
};

/** Flips every byte that the root commits to. (This decoder takes other tags and lengths too.) */
function refuseDamaged(exist, key, value) {
    const { leaf, path } = exist;
    for (const part of [exist.key, exist.value, leaf.prefix, ...path.flatMap(partsOf)]) {
        for (let at = 0; at < part.length; ++at) {
            part[at] ^= 1;
            assert.ok(!accepts(verifyMembership, { exist }, iavlSpec, root, key, value));
            part[at] ^= 1;
        }
    }
    assert.ok(accepts(verifyMembership, { exist }, iavlSpec, root, key, value));
}

/** That neither neighbour is absent, nor the key when one neighbour alone is named. */
function refuseOtherClaims({ left, right }, key) {
    for (const present of [left.key, right.key]) {
        const nonexist = { key: present, left, right };
        assert.ok(!accepts(verifyNonMembership, { nonexist }, iavlSpec, root, present));
    }
    for (const nonexist of [{ key, left }, { key, right }]) {
        assert.ok(!accepts(verifyNonMembership, { nonexist }, iavlSpec, root, key));
    }
}

const partsOf = (step) => [step.prefix, step.suffix];

const counts = { store: 0, exist: 0, absent: 0, lax: 0 };
let appHash;
let root;

const checks = {
    app(hash) {
        appHash = hash;
    },

    store(name, storeRoot, encoded) {
        const proof = decode(encoded);
        const check = (...args) => accepts(verifyMembership, proof, tendermintSpec, ...args);
        assert.ok(check(appHash, name, storeRoot));
        assert.ok(!check(flipped(appHash, 0), name, storeRoot));
        assert.ok(!check(appHash, flipped(name, 0), storeRoot));
        assert.ok(!check(appHash, name, flipped(storeRoot, 0)));
        root = storeRoot;
    },

    exist(key, value, encoded) {
        const proof = decode(encoded);
        assert.ok(accepts(verifyMembership, proof, iavlSpec, root, key, value));
        assert.ok(!accepts(verifyMembership, proof, iavlSpec, root, key, flipped(value, 0)));
        assert.ok(!accepts(verifyMembership, proof, iavlSpec, root, flipped(key, 0), value));
        assert.ok(!accepts(verifyNonMembership, proof, iavlSpec, root, key));
        if (counts.exist % 5000 === 0) {
            refuseDamaged(proof.exist, key, value);
        }
    },

    absent(key, encoded) {
        const proof = decode(encoded);
        assert.ok(accepts(verifyNonMembership, proof, iavlSpec, root, key));
        assert.ok(!accepts(verifyMembership, proof, iavlSpec, root, key, Uint8Array.of(1)));
        if (counts.absent % 50 === 1) {
            refuseOtherClaims(proof.nonexist, key);
        }
    },

    // Our verifier refused these when they were written. Should this one do so too, the case has
    // lost its point and goes.
    lax(name, ownRoot, key, value, encoded) {
        const accepted = accepts(verifyMembership, decode(encoded), iavlSpec, ownRoot, key, value);
        assert.ok(accepted, Buffer.from(name).toString());
    },
};

for (const line of readFileSync(process.argv[2], "utf8").trimEnd().split("\n")) {
    const [kind, ...words] = line.split(" ");
    checks[kind](...words.map((word) => Uint8Array.from(Buffer.from(word, "base64"))));
    if (kind in counts) {
        ++counts[kind];
    }
}
assert.deepEqual(counts, { store: 1, exist: 20000, absent: 20001, lax: 7 });
console.log("verified", counts);
