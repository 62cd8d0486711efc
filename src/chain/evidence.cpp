#include "chain/evidence.h"

#include "base/check.h"
#include "base/hex.h"
#include "base/protowire.h"
#include "crypto/merkle.h"
#include "crypto/sha256.h"

#include <algorithm>
#include <functional>

namespace steelyard::chain {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

/// Orders block ids: the hash, then the encoded part set header; nil comes first.
Bytes sort_key(const std::optional<BlockId>& id) {
    if (!id) {
        return {};
    }
    Bytes key = to_bytes(id->hash);
    append(key, encode_part_set_header(id->parts));
    return key;
}

Result<void> check_powers(VotingPower part, VotingPower total) {
    if (total < 1 || total > total_voting_power_max) {
        return invalid("total voting power {} is not in 1..{}", total, total_voting_power_max);
    }
    if (part < 1 || part > total) {
        return invalid("voting power {} is not in 1..{}", part, total);
    }
    return {};
}

/// Both votes are of one validator, for one height, round and step, and for different blocks.
Result<void> check_contradiction(const Vote& a, const Vote& b) {
    if (a.height != b.height || a.round != b.round || a.type != b.type) {
        return invalid("the votes are not for the same height, round and step");
    }
    if (a.validator_address != b.validator_address) {
        return invalid(
            "the votes are of two validators, {} and {}",
            to_hex_upper(a.validator_address),
            to_hex_upper(b.validator_address)
        );
    }
    if (a.block_id == b.block_id) {
        return invalid("the votes are for the same block");
    }
    return {};
}

Result<void> validate_one(const DuplicateVoteEvidence& evidence) {
    TRY(check_contradiction(evidence.vote_a, evidence.vote_b));
    if (sort_key(evidence.vote_a.block_id) > sort_key(evidence.vote_b.block_id)) {
        return invalid("the votes are not in the order of their block ids");
    }
    return check_powers(evidence.validator_power, evidence.total_voting_power);
}

Result<void> validate_one(const LightClientAttackEvidence& evidence) {
    const Height conflicting_height = evidence.conflicting_block.header().height;
    if (evidence.common_height < Height(1) || evidence.common_height > conflicting_height) {
        return invalid(
            "common height {} is not in 1..{}, the height of the conflicting block",
            evidence.common_height,
            conflicting_height
        );
    }
    const auto& guilty = evidence.byzantine_validators;
    if (std::adjacent_find(guilty.begin(), guilty.end(), std::not_fn(by_descending_power)) !=
        guilty.end()) {
        return invalid("byzantine validators are not in descending order of power");
    }
    for (const Validator& validator : guilty) {
        TRY(check_powers(validator.voting_power(), evidence.total_voting_power));
    }
    return check_powers(evidence.total_voting_power, evidence.total_voting_power);
}

Bytes encode_one(const DuplicateVoteEvidence& evidence) {
    ProtoWriter writer;
    writer.message(1, encode_vote(evidence.vote_a));
    writer.message(2, encode_vote(evidence.vote_b));
    writer.int64(3, evidence.total_voting_power);
    writer.int64(4, evidence.validator_power);
    writer.message(5, encode_timestamp(evidence.timestamp));
    return std::move(writer).take();
}

Bytes encode_one(const LightClientAttackEvidence& evidence) {
    ProtoWriter writer;
    writer.message(1, encode_light_block(evidence.conflicting_block));
    writer.int64(2, evidence.common_height.value());
    for (const Validator& validator : evidence.byzantine_validators) {
        writer.message(3, encode_validator(validator));
    }
    writer.int64(4, evidence.total_voting_power);
    writer.message(5, encode_timestamp(evidence.timestamp));
    return std::move(writer).take();
}

Bytes encode_inner(const Evidence& evidence) {
    return std::visit([](const auto& one) { return encode_one(one); }, evidence);
}

Result<Evidence> decode_duplicate_vote(ByteView bytes) {
    DuplicateVoteEvidence evidence{};
    ProtoReader reader("DuplicateVoteEvidence", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                evidence.vote_a =
                    reader.nested("vote_a", decode_evidence_vote(reader.message("vote_a")));
                break;
            case 2:
                evidence.vote_b =
                    reader.nested("vote_b", decode_evidence_vote(reader.message("vote_b")));
                break;
            case 3:
                evidence.total_voting_power = reader.int64("total_voting_power");
                break;
            case 4:
                evidence.validator_power = reader.int64("validator_power");
                break;
            case 5:
                evidence.timestamp =
                    reader.nested("timestamp", decode_timestamp(reader.message("timestamp")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "vote_a");
    reader.require(2, "vote_b");
    reader.require(5, "timestamp");
    TRY(reader.finish());
    TRY(validate_one(evidence));
    return evidence;
}

Result<Evidence> decode_light_client_attack(ByteView bytes) {
    ByteView block;
    Height common_height;
    std::vector<Validator> guilty;
    VotingPower total_voting_power = 0;
    Timestamp timestamp;
    ProtoReader reader("LightClientAttackEvidence", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                block = reader.message("conflicting_block");
                break;
            case 2:
                common_height =
                    reader.nested("common_height", Height::parse(reader.int64("common_height")));
                break;
            case 3:
                if (reader.at_most("byzantine_validators", guilty.size(), validators_max)) {
                    TRY_ASSIGN(
                        auto validator,
                        decode_validator(reader.repeated_message("byzantine_validators"))
                    );
                    guilty.push_back(validator);
                }
                break;
            case 4:
                total_voting_power = reader.int64("total_voting_power");
                break;
            case 5:
                timestamp =
                    reader.nested("timestamp", decode_timestamp(reader.message("timestamp")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "conflicting_block");
    reader.require(5, "timestamp");
    TRY(reader.finish());
    TRY_ASSIGN(auto conflicting_block, decode_light_block(block));
    LightClientAttackEvidence evidence{
        .conflicting_block = std::move(conflicting_block),
        .common_height = common_height,
        .byzantine_validators = std::move(guilty),
        .total_voting_power = total_voting_power,
        .timestamp = timestamp,
    };
    TRY(validate_one(evidence));
    return evidence;
}

}  // namespace

Result<DuplicateVoteEvidence> make_duplicate_vote_evidence(
    const Vote& first, const Vote& second, const ValidatorSet& validators, Timestamp block_time
) {
    TRY(check_contradiction(first, second));
    const auto voter = validators.index_of(first.validator_address);
    if (!voter) {
        return fail(
            ErrorCode::not_found,
            "validator {} is not in the set",
            to_hex_upper(first.validator_address)
        );
    }
    const bool in_order = sort_key(first.block_id) < sort_key(second.block_id);
    return DuplicateVoteEvidence{
        .vote_a = in_order ? first : second,
        .vote_b = in_order ? second : first,
        .total_voting_power = validators.total_power(),
        .validator_power = validators[*voter].voting_power(),
        .timestamp = block_time,
    };
}

Result<LightClientAttackEvidence> make_light_client_attack_evidence(
    LightBlock conflicting,
    const SignedHeader& trusted,
    const Header& common,
    const ValidatorSet& common_validators
) {
    if (conflicting.signed_header().hash() == trusted.hash()) {
        return invalid("block {} is our own", to_hex_upper(trusted.hash()));
    }
    auto guilty = byzantine_validators(conflicting, trusted, common_validators);
    LightClientAttackEvidence evidence{
        .conflicting_block = std::move(conflicting),
        .common_height = common.height,
        .byzantine_validators = std::move(guilty),
        .total_voting_power = common_validators.total_power(),
        .timestamp = common.time,
    };
    TRY(validate_one(evidence));
    return evidence;
}

bool is_lunatic(const Header& conflicting, const Header& trusted) {
    return conflicting.validators_hash != trusted.validators_hash ||
           conflicting.next_validators_hash != trusted.next_validators_hash ||
           conflicting.consensus_hash != trusted.consensus_hash ||
           conflicting.app_hash != trusted.app_hash ||
           conflicting.last_results_hash != trusted.last_results_hash;
}

std::vector<Validator> byzantine_validators(
    const LightBlock& conflicting,
    const SignedHeader& trusted,
    const ValidatorSet& common_validators
) {
    const bool lunatic = is_lunatic(conflicting.header(), trusted.header());
    if (!lunatic && conflicting.commit().round() != trusted.commit().round()) {
        return {};
    }
    const auto& theirs = conflicting.commit().signatures();
    const auto& ours = trusted.commit().signatures();
    // Without a lunatic header both blocks have one validator set, and so one order of signatures.
    const ValidatorSet& accused = lunatic ? common_validators : conflicting.validators();
    std::vector<Validator> guilty;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        const bool signed_ours = i < ours.size() && ours[i].is_for_block();
        if (!theirs[i].is_for_block() || (!lunatic && !signed_ours)) {
            continue;
        }
        if (const auto member = accused.index_of(theirs[i].validator_address())) {
            guilty.emplace_back(accused[*member].public_key(), accused[*member].voting_power());
        }
    }
    std::sort(guilty.begin(), guilty.end(), by_descending_power);
    return guilty;
}

Height evidence_height(const Evidence& evidence) {
    return std::visit(
        Overloaded{
            [](const DuplicateVoteEvidence& one) { return one.vote_a.height; },
            [](const LightClientAttackEvidence& one) { return one.common_height; },
        },
        evidence
    );
}

Timestamp evidence_time(const Evidence& evidence) {
    return std::visit([](const auto& one) { return one.timestamp; }, evidence);
}

Hash256 evidence_id(const Evidence& evidence) {
    return std::visit(
        Overloaded{
            [](const DuplicateVoteEvidence& one) { return crypto::sha256(encode_one(one)); },
            [](const LightClientAttackEvidence& one) {
                Bytes bytes = to_bytes(one.conflicting_block.signed_header().hash());
                bytes.back() = 0;
                append_zigzag(bytes, one.common_height.value());
                return crypto::sha256(bytes);
            },
        },
        evidence
    );
}

Hash256 evidence_hash(std::span<const Evidence> list) {
    std::vector<Bytes> leaves;
    leaves.reserve(list.size());
    std::ranges::transform(list, std::back_inserter(leaves), encode_inner);
    return crypto::merkle_root(leaves);
}

Result<void> validate(const Evidence& evidence) {
    return std::visit([](const auto& one) { return validate_one(one); }, evidence);
}

Bytes encode_evidence(const Evidence& evidence) {
    ProtoWriter writer;
    writer.message(static_cast<std::uint32_t>(evidence.index()) + 1, encode_inner(evidence));
    return std::move(writer).take();
}

Result<Evidence> decode_evidence(ByteView bytes) {
    ByteView duplicate_vote;
    ByteView light_client_attack;
    ProtoReader reader("Evidence", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                duplicate_vote = reader.message("duplicate_vote_evidence");
                break;
            case 2:
                light_client_attack = reader.message("light_client_attack_evidence");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (reader.seen(1) == reader.seen(2)) {
        return invalid("Evidence: is not of one kind");
    }
    return reader.seen(1) ? decode_duplicate_vote(duplicate_vote)
                          : decode_light_client_attack(light_client_attack);
}

Bytes encode_evidence_list(std::span<const Evidence> list) {
    ProtoWriter writer;
    for (const Evidence& evidence : list) {
        writer.message(1, encode_evidence(evidence));
    }
    return std::move(writer).take();
}

Result<std::vector<Evidence>> decode_evidence_list(ByteView bytes) {
    std::vector<Evidence> list;
    ProtoReader reader("EvidenceList", bytes);
    while (reader.next()) {
        if (reader.field() != 1) {
            reader.unknown();
        } else if (reader.at_most("evidence", list.size(), evidence_count_max)) {
            TRY_ASSIGN(auto evidence, decode_evidence(reader.repeated_message("evidence")));
            list.push_back(std::move(evidence));
        }
    }
    TRY(reader.finish());
    return list;
}

}  // namespace steelyard::chain
