#include "chain/consensus_params.h"

#include "base/protowire.h"
#include "chain/block_id.h"
#include "crypto/sha256.h"

#include <algorithm>

namespace steelyard::chain {
namespace {

using crypto::KeyType;
using std::chrono::nanoseconds;

constexpr std::int64_t unlimited = -1;
constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::int64_t duration_seconds_max =
    nanoseconds::max().count() / nanoseconds_per_second - 1;
constexpr std::array key_types = {KeyType::ed25519, KeyType::secp256k1};
constexpr std::size_t key_type_name_size_max = 16;

Result<void> validate_block(const BlockParams& params) {
    if (params.max_bytes == 0 || params.max_bytes < unlimited) {
        return invalid("block.max_bytes: {} is neither positive nor -1", params.max_bytes);
    }
    if (params.max_bytes > static_cast<std::int64_t>(block_size_max)) {
        return invalid("block.max_bytes: {} is over {}", params.max_bytes, block_size_max);
    }
    if (params.max_gas < unlimited) {
        return invalid("block.max_gas: {} is below -1", params.max_gas);
    }
    return {};
}

Result<void> validate_evidence(const EvidenceParams& params, std::size_t block_size) {
    if (params.max_age_num_blocks <= 0) {
        return invalid(
            "evidence.max_age_num_blocks: {} is not positive", params.max_age_num_blocks
        );
    }
    if (params.max_age_duration <= nanoseconds::zero()) {
        return invalid(
            "evidence.max_age_duration: {} ns is not positive", params.max_age_duration.count()
        );
    }
    if (params.max_bytes < 0) {
        return invalid("evidence.max_bytes: {} is negative", params.max_bytes);
    }
    if (params.max_bytes > static_cast<std::int64_t>(block_size)) {
        return invalid("evidence.max_bytes: {} is over a block's {}", params.max_bytes, block_size);
    }
    return {};
}

Result<void> validate_validator(const ValidatorParams& params) {
    if (params.pub_key_types.empty()) {
        return invalid("validator.pub_key_types: is empty");
    }
    for (const KeyType type : key_types) {
        if (std::ranges::count(params.pub_key_types, type) > 1) {
            return invalid("validator.pub_key_types: {} stands twice", to_string(type));
        }
    }
    return {};
}

Result<KeyType> parse_key_type(std::string_view name) {
    const auto found =
        std::ranges::find(key_types, name, [](KeyType type) { return to_string(type); });
    if (found == key_types.end()) {
        return fail(ErrorCode::unsupported, "{} is no kind of key", name);
    }
    return *found;
}

Bytes encode_duration(nanoseconds duration) {
    ProtoWriter writer;
    writer.int64(1, duration.count() / nanoseconds_per_second);
    writer.int64(2, duration.count() % nanoseconds_per_second);
    return std::move(writer).take();
}

/// google.protobuf.Duration, of which no parameter may be negative.
Result<nanoseconds> decode_duration(ByteView bytes) {
    std::int64_t seconds = 0;
    std::int32_t rest = 0;
    ProtoReader reader("Duration", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                seconds = reader.int64("seconds");
                break;
            case 2:
                rest = reader.int32("nanos");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (seconds < 0 || seconds > duration_seconds_max || rest < 0 ||
        rest >= nanoseconds_per_second) {
        return invalid("Duration: {} s and {} ns are out of range", seconds, rest);
    }
    return nanoseconds(seconds * nanoseconds_per_second + rest);
}

Bytes encode_block_params(const BlockParams& params) {
    ProtoWriter writer;
    writer.int64(1, params.max_bytes);
    writer.int64(2, params.max_gas);
    return std::move(writer).take();
}

Result<BlockParams> decode_block_params(ByteView bytes) {
    BlockParams params{.max_bytes = 0, .max_gas = 0};
    ProtoReader reader("BlockParams", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                params.max_bytes = reader.int64("max_bytes");
                break;
            case 2:
                params.max_gas = reader.int64("max_gas");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return params;
}

Bytes encode_evidence_params(const EvidenceParams& params) {
    ProtoWriter writer;
    writer.int64(1, params.max_age_num_blocks);
    writer.message(2, encode_duration(params.max_age_duration));
    writer.int64(3, params.max_bytes);
    return std::move(writer).take();
}

Result<EvidenceParams> decode_evidence_params(ByteView bytes) {
    EvidenceParams params{.max_age_num_blocks = 0, .max_age_duration = {}, .max_bytes = 0};
    ProtoReader reader("EvidenceParams", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                params.max_age_num_blocks = reader.int64("max_age_num_blocks");
                break;
            case 2:
                params.max_age_duration = reader.nested(
                    "max_age_duration", decode_duration(reader.message("max_age_duration"))
                );
                break;
            case 3:
                params.max_bytes = reader.int64("max_bytes");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "max_age_duration");
    TRY(reader.finish());
    return params;
}

Bytes encode_validator_params(const ValidatorParams& params) {
    ProtoWriter writer;
    for (const KeyType type : params.pub_key_types) {
        writer.string(1, to_string(type));
    }
    return std::move(writer).take();
}

Result<ValidatorParams> decode_validator_params(ByteView bytes) {
    ValidatorParams params{.pub_key_types = {}};
    ProtoReader reader("ValidatorParams", bytes);
    while (reader.next()) {
        if (reader.field() != 1) {
            reader.unknown();
        } else if (reader.at_most("pub_key_types", params.pub_key_types.size(), key_types.size())) {
            params.pub_key_types.push_back(reader.nested(
                "pub_key_types",
                parse_key_type(reader.repeated_string("pub_key_types", key_type_name_size_max))
            ));
        }
    }
    TRY(reader.finish());
    return params;
}

Bytes encode_version_params(const VersionParams& params) {
    ProtoWriter writer;
    writer.uint64(1, params.app);
    return std::move(writer).take();
}

Result<VersionParams> decode_version_params(ByteView bytes) {
    VersionParams params;
    ProtoReader reader("VersionParams", bytes);
    while (reader.next()) {
        if (reader.field() != 1) {
            reader.unknown();
        } else {
            params.app = reader.uint64("app");
        }
    }
    TRY(reader.finish());
    return params;
}

void read_section(ProtoReader& reader, ConsensusParamsUpdate& params) {
    switch (reader.field()) {
        case 1:
            params.block = reader.nested("block", decode_block_params(reader.message("block")));
            break;
        case 2:
            params.evidence =
                reader.nested("evidence", decode_evidence_params(reader.message("evidence")));
            break;
        case 3:
            params.validator =
                reader.nested("validator", decode_validator_params(reader.message("validator")));
            break;
        case 4:
            params.version =
                reader.nested("version", decode_version_params(reader.message("version")));
            break;
        case 5:
            if (!reader.message("abci").empty()) {
                reader.refuse("abci", "turns on vote extensions");
            }
            break;
        default:
            reader.unknown();
    }
}

}  // namespace

bool ValidatorParams::allows(KeyType type) const {
    return std::ranges::find(pub_key_types, type) != pub_key_types.end();
}

Result<void> validate(const ConsensusParams& params) {
    TRY(validate_block(params.block));
    TRY(validate_evidence(params.evidence, block_size_limit(params.block)));
    return validate_validator(params.validator);
}

Result<ConsensusParams> apply_update(
    const ConsensusParams& params, const ConsensusParamsUpdate& update
) {
    ConsensusParams updated = {
        .block = update.block.value_or(params.block),
        .evidence = update.evidence.value_or(params.evidence),
        .validator = update.validator.value_or(params.validator),
        .version = update.version.value_or(params.version),
    };
    TRY(validate(updated));
    return updated;
}

std::size_t block_size_limit(const BlockParams& params) {
    return params.max_bytes == unlimited ? block_size_max
                                         : static_cast<std::size_t>(params.max_bytes);
}

Hash256 consensus_hash(const ConsensusParams& params) {
    // HashedParams has the fields of BlockParams, under the same numbers.
    return crypto::sha256(encode_block_params(params.block));
}

Bytes encode_consensus_params(const ConsensusParams& params) {
    ProtoWriter writer;
    writer.message(1, encode_block_params(params.block));
    writer.message(2, encode_evidence_params(params.evidence));
    writer.message(3, encode_validator_params(params.validator));
    writer.message(4, encode_version_params(params.version));
    writer.message(5, {});
    return std::move(writer).take();
}

Result<ConsensusParams> decode_consensus_params(ByteView bytes) {
    ConsensusParamsUpdate sections;
    ProtoReader reader("ConsensusParams", bytes);
    while (reader.next()) {
        read_section(reader, sections);
    }
    reader.require(1, "block");
    reader.require(2, "evidence");
    reader.require(3, "validator");
    reader.require(4, "version");
    reader.require(5, "abci");
    TRY(reader.finish());
    return apply_update({}, sections);
}

Bytes encode_consensus_params_update(const ConsensusParamsUpdate& update) {
    ProtoWriter writer;
    if (update.block) {
        writer.message(1, encode_block_params(*update.block));
    }
    if (update.evidence) {
        writer.message(2, encode_evidence_params(*update.evidence));
    }
    if (update.validator) {
        writer.message(3, encode_validator_params(*update.validator));
    }
    if (update.version) {
        writer.message(4, encode_version_params(*update.version));
    }
    return std::move(writer).take();
}

Result<ConsensusParamsUpdate> decode_consensus_params_update(ByteView bytes) {
    ConsensusParamsUpdate update;
    ProtoReader reader("ConsensusParams", bytes);
    while (reader.next()) {
        if (reader.field() == 5) {
            reader.unknown();
        } else {
            read_section(reader, update);
        }
    }
    TRY(reader.finish());
    return update;
}

}  // namespace steelyard::chain
