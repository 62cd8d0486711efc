#include "consensus/core/chain_state.h"

#include "base/hex.h"
#include "base/protowire.h"
#include "chain/exec_result.h"

namespace steelyard::consensus {
namespace {

std::vector<chain::ValidatorUpdate> first_members(
    const chain::GenesisDoc& doc, const GenesisOutcome& outcome
) {
    if (!outcome.validators.empty()) {
        return outcome.validators;
    }
    std::vector<chain::ValidatorUpdate> members;
    for (const chain::GenesisValidator& validator : doc.validators) {
        members.push_back({validator.public_key, validator.power});
    }
    return members;
}

Result<chain::ValidatorSet> first_validators(
    const chain::GenesisDoc& doc,
    const chain::ConsensusParams& params,
    const GenesisOutcome& outcome
) {
    const auto members = first_members(doc, outcome);
    if (members.empty()) {
        return invalid("neither the genesis document nor the application names a validator");
    }
    TRY(check_key_types(params.validator, members));
    return chain::ValidatorSet::create(members);
}

Bytes encode_version(const chain::ConsensusVersion& version) {
    ProtoWriter consensus;
    consensus.uint64(1, version.block);
    consensus.uint64(2, version.app);
    ProtoWriter writer;
    writer.message(1, std::move(consensus).take());
    return std::move(writer).take();
}

/// The application's version; the block protocol is ours.
Result<std::uint64_t> decode_version(ByteView bytes) {
    ProtoReader reader("Version", bytes);
    ByteView inner;
    while (reader.next()) {
        if (reader.field() == 1) {
            inner = reader.message("consensus");
        } else {
            reader.unknown();
        }
    }
    reader.require(1, "consensus");
    TRY(reader.finish());
    chain::ConsensusVersion version;
    ProtoReader consensus("Consensus", inner);
    while (consensus.next()) {
        switch (consensus.field()) {
            case 1:
                version.block = consensus.uint64("block");
                break;
            case 2:
                version.app = consensus.uint64("app");
                break;
            default:
                consensus.unknown();
        }
    }
    TRY(consensus.finish());
    if (version.block != chain::block_protocol) {
        return invalid("the block protocol is {}, not {}", version.block, chain::block_protocol);
    }
    return version.app;
}

/// The fields as they come, some of which have no empty value.
struct Fields {
    std::uint64_t app_version = 0;
    chain::ChainId chain_id;
    chain::Height initial_height;
    chain::Height last_height;
    std::optional<chain::BlockId> last_block_id;
    chain::Timestamp last_block_time;
    std::optional<chain::ValidatorSet> last_validators;
    std::optional<chain::ValidatorSet> validators;
    std::optional<chain::ValidatorSet> next_validators;
    chain::ConsensusParams consensus_params;
    chain::Hash256 last_results_hash{};
    chain::AppHash app_hash;
};

std::optional<chain::ValidatorSet> read_set(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, chain::decode_validator_set(reader.message(name)));
}

chain::Height read_height(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, chain::Height::parse(reader.int64(name)));
}

void read_field(ProtoReader& reader, Fields& fields) {
    switch (reader.field()) {
        case 1:
            fields.app_version =
                reader.nested("version", decode_version(reader.message("version")));
            break;
        case 2:
            fields.chain_id = reader.nested(
                "chain_id",
                chain::ChainId::parse(reader.string("chain_id", chain::ChainId::size_max))
            );
            break;
        case 3:
            fields.last_height = read_height(reader, "last_block_height");
            break;
        case 4:
            fields.last_block_id = reader.nested(
                "last_block_id", chain::decode_optional_block_id(reader.message("last_block_id"))
            );
            break;
        case 5:
            fields.last_block_time = reader.nested(
                "last_block_time", chain::decode_timestamp(reader.message("last_block_time"))
            );
            break;
        case 6:
            fields.next_validators = read_set(reader, "next_validators");
            break;
        case 7:
            fields.validators = read_set(reader, "validators");
            break;
        case 8:
            fields.last_validators = read_set(reader, "last_validators");
            break;
        case 10:
            fields.consensus_params = reader.nested(
                "consensus_params",
                chain::decode_consensus_params(reader.message("consensus_params"))
            );
            break;
        case 12:
            fields.last_results_hash = reader.array<32>("last_results_hash");
            break;
        case 13:
            fields.app_hash = reader.nested(
                "app_hash",
                chain::AppHash::parse(reader.bytes("app_hash", chain::AppHash::size_max))
            );
            break;
        case 14:
            fields.initial_height = read_height(reader, "initial_height");
            break;
        default:
            reader.unknown();
    }
}

/// How the fields fit together: rule B4.
Result<void> check_fit(const ChainState& state) {
    const bool has_block = state.last_height > chain::Height(0);
    if (has_block && state.last_height < state.initial_height) {
        return invalid(
            "State.last_block_height: {} is below the initial height {}",
            state.last_height,
            state.initial_height
        );
    }
    if (state.last_block_id.has_value() != has_block) {
        return invalid("State.last_block_id: does not go with height {}", state.last_height);
    }
    if (state.last_validators.has_value() != has_block) {
        return invalid("State.last_validators: do not go with height {}", state.last_height);
    }
    return {};
}

}  // namespace

chain::Height ChainState::next_height() const {
    return last_height == chain::Height(0) ? initial_height : last_height.next();
}

chain::ConsensusVersion ChainState::version() const {
    return {.block = chain::block_protocol, .app = app_version};
}

Result<void> check_key_types(
    const chain::ValidatorParams& params, std::span<const chain::ValidatorUpdate> updates
) {
    for (const chain::ValidatorUpdate& update : updates) {
        if (update.power != 0 && !params.allows(update.public_key.type())) {
            return invalid(
                "validator {} has a key of type {}, which is not among the consensus parameters' "
                "pub_key_types",
                to_hex_upper(update.public_key.address()),
                crypto::to_string(update.public_key.type())
            );
        }
    }
    return {};
}

Result<ChainState> genesis_state(const chain::GenesisDoc& doc, const GenesisOutcome& outcome) {
    TRY(chain::validate(doc));
    auto params = chain::apply_update(doc.consensus_params, outcome.params_update);
    if (!params) {
        return std::unexpected(std::move(params).error().in("InitChain.consensus_params"));
    }
    auto validators = first_validators(doc, *params, outcome);
    if (!validators) {
        return std::unexpected(std::move(validators).error().in("InitChain.validators"));
    }
    const bool is_updated = outcome.params_update != chain::ConsensusParamsUpdate{};
    const std::uint64_t app_version =
        is_updated ? params->version.app : outcome.app_version.value_or(params->version.app);
    return ChainState{
        .chain_id = doc.chain_id,
        .initial_height = doc.initial_height,
        .last_height = {},
        .last_block_id = {},
        .last_block_time = doc.genesis_time,
        .last_validators = {},
        .validators = *validators,
        .next_validators = validators->after_turns(1),
        .consensus_params = *std::move(params),
        .app_version = app_version,
        .last_results_hash = chain::results_hash({}),
        .app_hash = outcome.app_hash.empty() ? doc.app_hash : outcome.app_hash,
    };
}

Bytes encode_chain_state(const ChainState& state) {
    ProtoWriter writer;
    writer.message(1, encode_version(state.version()));
    writer.string(2, state.chain_id.text());
    writer.int64(3, state.last_height.value());
    writer.message(4, chain::encode_optional_block_id(state.last_block_id));
    writer.message(5, chain::encode_timestamp(state.last_block_time));
    writer.message(6, chain::encode_validator_set(state.next_validators));
    writer.message(7, chain::encode_validator_set(state.validators));
    if (state.last_validators) {
        writer.message(8, chain::encode_validator_set(*state.last_validators));
    }
    writer.message(10, chain::encode_consensus_params(state.consensus_params));
    writer.bytes(12, state.last_results_hash);
    writer.bytes(13, state.app_hash.view());
    writer.int64(14, state.initial_height.value());
    return std::move(writer).take();
}

Result<ChainState> decode_chain_state(ByteView bytes) {
    if (bytes.size() > chain_state_size_max) {
        return fail(
            ErrorCode::too_large,
            "State: has {} bytes, limit {}",
            bytes.size(),
            chain_state_size_max
        );
    }
    Fields fields;
    ProtoReader reader("State", bytes);
    while (reader.next()) {
        read_field(reader, fields);
    }
    reader.require(1, "version");
    reader.require(2, "chain_id");
    reader.require(4, "last_block_id");
    reader.require(5, "last_block_time");
    reader.require(6, "next_validators");
    reader.require(7, "validators");
    reader.require(10, "consensus_params");
    reader.require(12, "last_results_hash");
    reader.require(14, "initial_height");
    TRY(reader.finish());
    ChainState state = {
        .chain_id = std::move(fields.chain_id),
        .initial_height = fields.initial_height,
        .last_height = fields.last_height,
        .last_block_id = fields.last_block_id,
        .last_block_time = fields.last_block_time,
        .last_validators = std::move(fields.last_validators),
        .validators = *std::move(fields.validators),
        .next_validators = *std::move(fields.next_validators),
        .consensus_params = std::move(fields.consensus_params),
        .app_version = fields.app_version,
        .last_results_hash = fields.last_results_hash,
        .app_hash = fields.app_hash,
    };
    TRY(check_fit(state));
    return state;
}

}  // namespace steelyard::consensus
