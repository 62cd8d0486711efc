#include "chain/txs.h"

#include "base/protowire.h"
#include "chain/block_id.h"
#include "crypto/sha256.h"

#include <algorithm>

namespace steelyard::chain {
namespace {

std::vector<Bytes> tx_hashes(std::span<const Bytes> txs) {
    std::vector<Bytes> hashes;
    hashes.reserve(txs.size());
    std::ranges::transform(txs, std::back_inserter(hashes), [](const Bytes& tx) {
        return to_bytes(tx_hash(tx));
    });
    return hashes;
}

}  // namespace

Hash256 tx_hash(ByteView tx) {
    return crypto::sha256(tx);
}

Hash256 data_hash(std::span<const Bytes> txs) {
    return crypto::merkle_root(tx_hashes(txs));
}

crypto::MerkleTree tx_tree(std::span<const Bytes> txs) {
    return crypto::MerkleTree(tx_hashes(txs));
}

TxProof prove_tx(std::span<const Bytes> txs, std::size_t index, const crypto::MerkleTree& tree) {
    CHECK(index < txs.size());
    return TxProof{
        .root_hash = tree.root(),
        .tx = txs[index],
        .proof = tree.prove(index),
    };
}

TxProof prove_tx(std::span<const Bytes> txs, std::size_t index) {
    return prove_tx(txs, index, tx_tree(txs));
}

Result<void> verify_tx_proof(const TxProof& proof, const Hash256& data_hash) {
    if (proof.root_hash != data_hash) {
        return invalid("proof is of another block's transactions");
    }
    return crypto::verify_merkle_proof(proof.proof, data_hash, tx_hash(proof.tx));
}

Bytes encode_tx_proof(const TxProof& proof) {
    ProtoWriter writer;
    writer.bytes(1, proof.root_hash);
    writer.bytes(2, proof.tx);
    writer.message(3, encode_merkle_proof(proof.proof));
    return std::move(writer).take();
}

Result<TxProof> decode_tx_proof(ByteView bytes) {
    TxProof proof;
    ProtoReader reader("TxProof", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                proof.root_hash = reader.array<32>("root_hash");
                break;
            case 2:
                proof.tx = to_bytes(reader.bytes("data", block_size_max));
                break;
            case 3:
                proof.proof =
                    reader.nested("proof", crypto::decode_merkle_proof(reader.message("proof")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "root_hash");
    reader.require(2, "data");
    reader.require(3, "proof");
    TRY(reader.finish());
    return proof;
}

Bytes encode_data(std::span<const Bytes> txs) {
    ProtoWriter writer;
    for (const Bytes& tx : txs) {
        writer.message(1, tx);
    }
    return std::move(writer).take();
}

Result<std::vector<Bytes>> decode_data(ByteView bytes) {
    std::vector<Bytes> txs;
    ProtoReader reader("Data", bytes);
    while (reader.next()) {
        if (reader.field() != 1) {
            reader.unknown();
        } else if (reader.at_most("txs", txs.size(), txs_max)) {
            const ByteView tx = reader.repeated_bytes("txs", block_size_max);
            if (tx.empty()) {
                reader.refuse("txs", "has an empty transaction");
            }
            txs.push_back(to_bytes(tx));
        }
    }
    TRY(reader.finish());
    return txs;
}

}  // namespace steelyard::chain
