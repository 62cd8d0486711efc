#include "chain/commit.h"

#include "base/protowire.h"
#include "crypto/merkle.h"

#include <algorithm>

namespace steelyard::chain {
namespace {

// What the parts of a commit take at most: height 1 + 9, round 1 + 5, block id 2 + 76; and a
// CommitSig with its own tag and length.
constexpr std::int64_t commit_overhead_max = 94;
constexpr std::int64_t commit_sig_size_max = 109;
constexpr std::int64_t commit_sig_frame = 2;

// An empty BlockID in its non-nullable field, and nothing else.
constexpr ByteArray<4> no_commit = {0x1A, 0x02, 0x12, 0x00};

BlockIdFlag read_flag(ProtoReader& reader) {
    const std::int32_t flag = reader.int32("block_id_flag");
    if (flag < static_cast<std::int32_t>(BlockIdFlag::absent) ||
        flag > static_cast<std::int32_t>(BlockIdFlag::nil)) {
        reader.refuse("block_id_flag", fmt::format("{} is unknown", flag));
        return BlockIdFlag::absent;
    }
    return static_cast<BlockIdFlag>(flag);
}

/// An absent CommitSig has nothing but the zero time, and any other has everything.
void check_presence(ProtoReader& reader, BlockIdFlag flag, Timestamp timestamp) {
    reader.require(1, "block_id_flag");
    reader.require(3, "timestamp");
    if (flag != BlockIdFlag::absent) {
        reader.require(2, "validator_address");
        reader.require(4, "signature");
        return;
    }
    if (reader.seen(2)) {
        reader.refuse("validator_address", "is present though the vote is absent");
    }
    if (!timestamp.is_zero()) {
        reader.refuse("timestamp", "is present though the vote is absent");
    }
    if (reader.seen(4)) {
        reader.refuse("signature", "is present though the vote is absent");
    }
}

}  // namespace

CommitSig::CommitSig(
    BlockIdFlag flag, const Address& address, Timestamp timestamp, const Signature& signature
)
    : flag_(flag), validator_address_(address), timestamp_(timestamp), signature_(signature) {
    CHECK(flag != BlockIdFlag::absent);
}

Result<Commit> Commit::make(
    Height height, Round round, const BlockId& block_id, std::vector<CommitSig> signatures
) {
    if (height < Height(1)) {
        return invalid("Commit.height: {} is before the first block", height);
    }
    if (signatures.empty()) {
        return invalid("Commit.signatures: is empty");
    }
    if (signatures.size() > validators_max) {
        return fail(
            ErrorCode::too_large,
            "Commit.signatures: has {} elements, limit {}",
            signatures.size(),
            validators_max
        );
    }
    Commit commit;
    commit.height_ = height;
    commit.round_ = round;
    commit.block_id_ = block_id;
    commit.signatures_ = std::move(signatures);
    return commit;
}

std::optional<Vote> Commit::vote(ValidatorIndex index) const {
    CHECK(index < signatures_.size());
    const CommitSig& sig = signatures_[index];
    if (sig.is_absent()) {
        return std::nullopt;
    }
    return Vote{
        .type = SignedMsgType::precommit,
        .height = height_,
        .round = round_,
        .block_id = sig.is_for_block() ? std::optional(block_id_) : std::nullopt,
        .timestamp = sig.timestamp(),
        .validator_address = sig.validator_address(),
        .validator_index = index,
        .signature = sig.signature(),
    };
}

BitArray Commit::voters() const {
    BitArray voters(signatures_.size());
    for (std::size_t i = 0; i < signatures_.size(); ++i) {
        voters.set(i, !signatures_[i].is_absent());
    }
    return voters;
}

Hash256 last_commit_hash(const std::optional<Commit>& commit) {
    std::vector<Bytes> leaves;
    if (commit) {
        leaves.reserve(commit->signatures().size());
        std::ranges::transform(commit->signatures(), std::back_inserter(leaves), encode_commit_sig);
    }
    return crypto::merkle_root(leaves);
}

std::int64_t commit_size_max(std::size_t validators) {
    return commit_overhead_max +
           (commit_sig_size_max + commit_sig_frame) * static_cast<std::int64_t>(validators);
}

Bytes encode_commit_sig(const CommitSig& sig) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(sig.flag()));
    if (!sig.is_absent()) {
        writer.bytes(2, sig.validator_address());
    }
    writer.message(3, encode_timestamp(sig.timestamp()));
    if (!sig.is_absent()) {
        writer.bytes(4, sig.signature());
    }
    return std::move(writer).take();
}

Result<CommitSig> decode_commit_sig(ByteView bytes) {
    BlockIdFlag flag = BlockIdFlag::absent;
    Address address{};
    Timestamp timestamp;
    Signature signature{};
    ProtoReader reader("CommitSig", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                flag = read_flag(reader);
                break;
            case 2:
                address = reader.array<20>("validator_address");
                break;
            case 3:
                timestamp =
                    reader.nested("timestamp", decode_timestamp(reader.message("timestamp")));
                break;
            case 4:
                signature = reader.array<64>("signature");
                break;
            default:
                reader.unknown();
        }
    }
    check_presence(reader, flag, timestamp);
    TRY(reader.finish());
    return flag == BlockIdFlag::absent ? CommitSig()
                                       : CommitSig(flag, address, timestamp, signature);
}

Bytes encode_commit(const Commit& commit) {
    ProtoWriter writer;
    writer.int64(1, commit.height().value());
    writer.int64(2, commit.round().value());
    writer.message(3, encode_block_id(commit.block_id()));
    for (const CommitSig& sig : commit.signatures()) {
        writer.message(4, encode_commit_sig(sig));
    }
    return std::move(writer).take();
}

Result<Commit> decode_commit(ByteView bytes) {
    Height height;
    Round round;
    BlockId block_id;
    std::vector<CommitSig> signatures;
    ProtoReader reader("Commit", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                height = reader.nested("height", Height::parse(reader.int64("height")));
                break;
            case 2:
                round = reader.nested("round", Round::parse(reader.int32("round")));
                break;
            case 3:
                block_id = reader.nested("block_id", decode_block_id(reader.message("block_id")));
                break;
            case 4:
                if (reader.at_most("signatures", signatures.size(), validators_max)) {
                    signatures.push_back(reader.nested(
                        "signatures", decode_commit_sig(reader.repeated_message("signatures"))
                    ));
                }
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(3, "block_id");
    TRY(reader.finish());
    return Commit::make(height, round, block_id, std::move(signatures));
}

Bytes encode_last_commit(const std::optional<Commit>& commit) {
    return commit ? encode_commit(*commit) : to_bytes(no_commit);
}

Result<std::optional<Commit>> decode_last_commit(ByteView bytes) {
    if (equal(bytes, no_commit)) {
        return std::nullopt;
    }
    return decode_commit(bytes);
}

}  // namespace steelyard::chain
