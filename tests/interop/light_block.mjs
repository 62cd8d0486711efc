// What a client has to know of blocks, to take nothing on trust but the hash of one header: rules H1 to H9 and S1 to S7 of
// doc/spec/encoding.md, in the words of that page, with nothing of Steelyard's own code.
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import path from "node:path";
import protobuf from "protobufjs";

const { Writer } = protobuf;

export const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

/** Reads messages as their .proto files in this folder say. */
export function openProtos(folder, ...files) {
    const root = new protobuf.Root();
    root.resolvePath = (_, target) => path.join(folder, target);
    return root.loadSync(files);
}

/** The root of an RFC 6962 tree. */
export function merkleRoot(leaves) {
    if (leaves.length === 0) {
        return sha256();
    }
    if (leaves.length === 1) {
        return sha256(Buffer.from([0]), leaves[0]);
    }
    let split = 1;
    while (split * 2 < leaves.length) {
        split *= 2;
    }
    return sha256(Buffer.from([1]), merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}

const bytesLeaf = (bytes) => (bytes.length === 0 ? Buffer.alloc(0) : Writer.create().uint32(10).bytes(bytes).finish());

/** H1, H2: the leaves of a header. */
export function headerHash(protos, header) {
    const encode = (name, message) => protos.lookupType(name).encode(message).finish();
    return merkleRoot([
        encode("tendermint.version.Consensus", header.version),
        Writer.create().uint32(10).string(header.chainId).finish(),
        Writer.create().uint32(8).int64(header.height).finish(),
        encode("google.protobuf.Timestamp", header.time),
        encode("tendermint.types.BlockID", header.lastBlockId),
        ...[header.lastCommitHash, header.dataHash, header.validatorsHash, header.nextValidatorsHash, header.consensusHash,
            header.appHash, header.lastResultsHash, header.evidenceHash, header.proposerAddress].map(bytesLeaf),
    ]);
}

/** H6. */
export function validatorsHash(protos, validators) {
    const simple = protos.lookupType("tendermint.types.SimpleValidator");
    return merkleRoot(validators.map(({ pubKey, votingPower }) => simple.encode({ pubKey, votingPower }).finish()));
}

// What stands before a raw public key in a SubjectPublicKeyInfo.
const spki = {
    ed25519: Buffer.from("302a300506032b6570032100", "hex"),
    secp256k1: Buffer.from("3036301006072a8648ce3d020106052b8104000a032200", "hex"),
};

/** S6, S7: whether the validator at this address signed the bytes. */
function isSigned({ pubKey }, address, bytes, signature) {
    const kind = pubKey.secp256k1?.length ? "secp256k1" : "ed25519";
    const raw = pubKey[kind];
    const named = kind === "ed25519" ? sha256(raw).subarray(0, 20) : createHash("ripemd160").update(sha256(raw)).digest();
    const key = createPublicKey({ key: Buffer.concat([spki[kind], raw]), format: "der", type: "spki" });
    return named.equals(address) && (kind === "ed25519"
        ? verify(null, bytes, key, signature)
        : verify("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }, signature));
}

/** S1, S2. */
function signBytes(protos, header, commit, timestamp) {
    const { hash, partSetHeader } = commit.blockId;
    return protos.lookupType("tendermint.types.CanonicalVote").encodeDelimited({
        type: 2,
        height: commit.height,
        ...(commit.round ? { round: commit.round } : {}),
        blockId: { hash, partSetHeader },
        timestamp,
        chainId: header.chainId,
    }).finish();
}

/** Throws unless the block has the trusted hash and more than 2/3 of the power that its header names signed it. */
export function verifyLightBlock(protos, { signedHeader, validatorSet }, trustedHash) {
    const { header, commit } = signedHeader;
    const hash = headerHash(protos, header);
    assert.deepEqual(hash, trustedHash, "another header");
    assert.deepEqual(Buffer.from(commit.blockId.hash), hash, "a commit of another block");
    assert.equal(String(commit.height), String(header.height));
    const { validators } = validatorSet;
    assert.deepEqual(validatorsHash(protos, validators), Buffer.from(header.validatorsHash), "other validators");
    assert.equal(commit.signatures.length, validators.length);
    let signed = 0n;
    let all = 0n;
    validators.forEach((validator, index) => {
        const { blockIdFlag, validatorAddress, timestamp, signature } = commit.signatures[index];
        all += BigInt(String(validator.votingPower));
        if (blockIdFlag === 2) {
            const bytes = signBytes(protos, header, commit, timestamp);
            assert.ok(isSigned(validator, validatorAddress, bytes, signature), `signature ${index} does not verify`);
            signed += BigInt(String(validator.votingPower));
        }
    });
    assert.ok(3n * signed > 2n * all, `${signed} of ${all} signed`);
}
