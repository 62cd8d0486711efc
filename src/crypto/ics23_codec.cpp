// The wire format of ICS-23 proofs: the messages of cosmos.ics23.v1.
#include "base/protowire.h"
#include "crypto/ics23.h"

namespace steelyard::crypto {
namespace {

/// The highest numbers that HashOp and LengthOp have on the wire.
constexpr std::int32_t hash_op_max = 9;
constexpr std::int32_t length_op_max = 8;

Bytes encode(const LeafOp& op) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(op.hash));
    writer.uint64(2, static_cast<std::uint64_t>(op.prehash_key));
    writer.uint64(3, static_cast<std::uint64_t>(op.prehash_value));
    writer.uint64(4, static_cast<std::uint64_t>(op.length));
    writer.bytes(5, op.prefix);
    return std::move(writer).take();
}

Bytes encode(const InnerOp& op) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(op.hash));
    writer.bytes(2, op.prefix);
    writer.bytes(3, op.suffix);
    return std::move(writer).take();
}

Bytes encode(const ExistenceProof& proof) {
    ProtoWriter writer;
    writer.bytes(1, proof.key);
    writer.bytes(2, proof.value);
    writer.message(3, encode(proof.leaf));
    for (const InnerOp& op : proof.path) {
        writer.message(4, encode(op));
    }
    return std::move(writer).take();
}

Bytes encode(const NonExistenceProof& proof) {
    ProtoWriter writer;
    writer.bytes(1, proof.key);
    if (proof.left) {
        writer.message(2, encode(*proof.left));
    }
    if (proof.right) {
        writer.message(3, encode(*proof.right));
    }
    return std::move(writer).take();
}

template <typename Op>
Op read_op(ProtoReader& reader, std::string_view name, std::int32_t op_max) {
    const std::int32_t value = reader.int32(name);
    if (value < 0 || value > op_max) {
        reader.refuse(name, fmt::format("{} is not an operation", value));
        return Op{};
    }
    return static_cast<Op>(value);
}

Result<LeafOp> decode_leaf_op(ByteView bytes) {
    LeafOp op;
    ProtoReader reader("LeafOp", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                op.hash = read_op<HashOp>(reader, "hash", hash_op_max);
                break;
            case 2:
                op.prehash_key = read_op<HashOp>(reader, "prehash_key", hash_op_max);
                break;
            case 3:
                op.prehash_value = read_op<HashOp>(reader, "prehash_value", hash_op_max);
                break;
            case 4:
                op.length = read_op<LengthOp>(reader, "length", length_op_max);
                break;
            case 5:
                op.prefix = to_bytes(reader.bytes("prefix", ics23_affix_size_max));
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return op;
}

Result<InnerOp> decode_inner_op(ByteView bytes) {
    InnerOp op;
    ProtoReader reader("InnerOp", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                op.hash = read_op<HashOp>(reader, "hash", hash_op_max);
                break;
            case 2:
                op.prefix = to_bytes(reader.bytes("prefix", ics23_affix_size_max));
                break;
            case 3:
                op.suffix = to_bytes(reader.bytes("suffix", ics23_affix_size_max));
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return op;
}

Result<ExistenceProof> decode_existence_proof(ByteView bytes) {
    ExistenceProof proof;
    bool has_leaf = false;
    ProtoReader reader("ExistenceProof", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                proof.key = to_bytes(reader.bytes("key", ics23_key_size_max));
                break;
            case 2:
                proof.value = to_bytes(reader.bytes("value", ics23_value_size_max));
                break;
            case 3:
                proof.leaf = reader.nested("leaf", decode_leaf_op(reader.message("leaf")));
                has_leaf = true;
                break;
            case 4:
                if (reader.at_most("path", proof.path.size(), ics23_depth_max)) {
                    const ByteView op = reader.repeated_message("path");
                    proof.path.push_back(reader.nested("path", decode_inner_op(op)));
                }
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (!has_leaf) {
        return invalid("ExistenceProof.leaf: is missing");
    }
    return proof;
}

Result<NonExistenceProof> decode_non_existence_proof(ByteView bytes) {
    NonExistenceProof proof;
    ProtoReader reader("NonExistenceProof", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                proof.key = to_bytes(reader.bytes("key", ics23_key_size_max));
                break;
            case 2:
                proof.left = reader.nested("left", decode_existence_proof(reader.message("left")));
                break;
            case 3:
                proof.right =
                    reader.nested("right", decode_existence_proof(reader.message("right")));
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return proof;
}

}  // namespace

Bytes encode_commitment_proof(const CommitmentProof& proof) {
    ProtoWriter writer;
    if (const auto* exist = std::get_if<ExistenceProof>(&proof)) {
        writer.message(1, encode(*exist));
    } else {
        writer.message(2, encode(std::get<NonExistenceProof>(proof)));
    }
    return std::move(writer).take();
}

Result<CommitmentProof> decode_commitment_proof(ByteView bytes) {
    std::optional<CommitmentProof> proof;
    ProtoReader reader("CommitmentProof", bytes);
    while (reader.next()) {
        if (proof) {
            reader.refuse("proof", "there are two");
            break;
        }
        switch (reader.field()) {
            case 1:
                proof = reader.nested("exist", decode_existence_proof(reader.message("exist")));
                break;
            case 2:
                proof = reader.nested(
                    "nonexist", decode_non_existence_proof(reader.message("nonexist"))
                );
                break;
            case 3:
            case 4:
                return fail(ErrorCode::unsupported, "a batch or compressed commitment proof");
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (!proof) {
        return invalid("CommitmentProof.proof: is missing");
    }
    return *std::move(proof);
}

}  // namespace steelyard::crypto
