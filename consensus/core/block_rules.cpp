#include "consensus/core/block_rules.h"

#include "base/hex.h"

#include <algorithm>
#include <limits>

namespace steelyard::consensus {
namespace {

using chain::Block;
using chain::Header;
using chain::Timestamp;

bool has_block(const ChainState& state) {
    return state.last_height != chain::Height(0);
}

// How a refusal shows a value.

std::string to_text(const auto& value) {
    return fmt::format("{}", value);
}

std::string to_text(Timestamp time) {
    return chain::to_string(time);
}

std::string to_text(const chain::Hash256& hash) {
    return to_hex_upper(hash);
}

std::string to_text(const chain::AppHash& hash) {
    return to_hex_upper(hash.view());
}

std::string to_text(const std::optional<chain::BlockId>& id) {
    return id ? fmt::format(
                    "{} in {} parts {}",
                    to_hex_upper(id->hash),
                    id->parts.total,
                    to_hex_upper(id->parts.hash)
                )
              : "no block";
}

template <typename T>
Result<void> check_field(std::string_view name, const T& got, const T& want) {
    if (got != want) {
        return invalid("Header.{}: is {}, must be {}", name, to_text(got), to_text(want));
    }
    return {};
}

/// The fields that the state alone determines: B9.
Result<void> check_header(const ChainState& state, const Header& header) {
    TRY(check_field("version.block", header.version.block, state.version().block));
    TRY(check_field("version.app", header.version.app, state.version().app));
    TRY(check_field("chain_id", header.chain_id, state.chain_id));
    TRY(check_field("height", header.height, state.next_height()));
    TRY(check_field("last_block_id", header.last_block_id, state.last_block_id));
    TRY(check_field("validators_hash", header.validators_hash, state.validators.hash()));
    TRY(check_field(
        "next_validators_hash", header.next_validators_hash, state.next_validators.hash()
    ));
    TRY(check_field(
        "consensus_hash", header.consensus_hash, chain::consensus_hash(state.consensus_params)
    ));
    TRY(check_field("app_hash", header.app_hash, state.app_hash));
    TRY(check_field("last_results_hash", header.last_results_hash, state.last_results_hash));
    if (!state.validators.index_of(header.proposer_address)) {
        return invalid(
            "Header.proposer_address: {} is none of the {} validators",
            to_hex_upper(header.proposer_address),
            state.validators.size()
        );
    }
    return {};
}

Result<void> check_sizes(const chain::ConsensusParams& params, const Block& block) {
    const std::size_t block_size = chain::encode_block(block).size();
    if (block_size > chain::block_size_limit(params.block)) {
        return fail(
            ErrorCode::too_large,
            "Block: has {} bytes, limit {}",
            block_size,
            chain::block_size_limit(params.block)
        );
    }
    const std::size_t evidence_size = chain::encode_evidence_list(block.evidence).size();
    if (std::cmp_greater(evidence_size, params.evidence.max_bytes)) {
        return fail(
            ErrorCode::too_large,
            "Block.evidence: has {} bytes, limit {}",
            evidence_size,
            params.evidence.max_bytes
        );
    }
    return {};
}

/// The block's last commit, of which chain::validate has found that it is there if it should be.
Result<std::optional<chain::VerifiedCommit>> verify_last_commit(
    const ChainState& state, const Block& block, const chain::SignatureVerifier& verifier
) {
    if (!block.last_commit) {
        return std::nullopt;
    }
    const chain::CommitTarget target = {state.chain_id, state.last_height, *state.last_block_id};
    auto verified =
        chain::verify_commit(target, *state.last_validators, *block.last_commit, verifier);
    if (!verified) {
        return std::unexpected(std::move(verified).error().in("Block.last_commit"));
    }
    return *std::move(verified);
}

Result<void> check_time(
    const ChainState& state,
    const Header& header,
    const std::optional<chain::VerifiedCommit>& last_commit
) {
    TRY(check_field("time", header.time, block_time(state, last_commit)));
    if (has_block(state) && !is_next_block_time(header.time, state.last_block_time)) {
        return invalid(
            "Header.time: is {}, must be after the last block's {} and before 2262-04-11",
            to_text(header.time),
            to_text(state.last_block_time)
        );
    }
    return {};
}

/// Who votes at the height two after that of the outcome, at its round 0.
Result<chain::ValidatorSet> next_validators(const ChainState& state, const BlockOutcome& outcome) {
    TRY(check_key_types(state.consensus_params.validator, outcome.validator_updates));
    chain::ValidatorSet validators = state.next_validators;
    TRY(validators.update(outcome.validator_updates));
    validators.increment_proposer_priority(1);
    return validators;
}

}  // namespace

Timestamp block_time(
    const ChainState& state, const std::optional<chain::VerifiedCommit>& last_commit
) {
    CHECK(last_commit.has_value() == has_block(state));
    if (!last_commit) {
        return state.last_block_time;
    }
    CHECK(last_commit->commit().height() == state.last_height);
    CHECK(last_commit->commit().block_id() == state.last_block_id);
    return last_commit->median_time();
}

bool is_next_block_time(Timestamp time, Timestamp last) {
    constexpr std::int64_t day = 24 * 60 * 60;
    constexpr std::int64_t seconds_end =
        std::numeric_limits<std::int64_t>::max() / 1'000'000'000 / day * day;
    return time > last && time.seconds() < seconds_end;
}

Timestamp vote_time(Timestamp now, std::optional<Timestamp> block_time) {
    if (!block_time) {
        return now;
    }
    // At the end of time no later moment can be said.
    return std::max(now, chain::checked_add(*block_time, block_interval_min).value_or(*block_time));
}

std::optional<std::int64_t> data_size_max(const ChainState& state, std::size_t evidence_size) {
    const std::size_t signatures = state.last_validators ? state.last_validators->size() : 0;
    return chain::data_size_max(
        chain::block_size_limit(state.consensus_params.block), evidence_size, signatures
    );
}

Block make_block(const ChainState& state, BlockContents contents) {
    const Timestamp time = block_time(state, contents.last_commit);
    Block block = {
        .header =
            {
                .version = state.version(),
                .chain_id = state.chain_id,
                .height = state.next_height(),
                .time = time,
                .last_block_id = state.last_block_id,
                .validators_hash = state.validators.hash(),
                .next_validators_hash = state.next_validators.hash(),
                .consensus_hash = chain::consensus_hash(state.consensus_params),
                .app_hash = state.app_hash,
                .last_results_hash = state.last_results_hash,
                .proposer_address = contents.proposer_address,
            },
        .txs = std::move(contents.txs),
        .evidence = std::move(contents.evidence),
    };
    if (contents.last_commit) {
        block.last_commit = contents.last_commit->commit();
    }
    chain::seal_contents(block);
    return block;
}

Result<VerifiedBlock> validate_block(
    const ChainState& state,
    const Block& block,
    const chain::SignatureVerifier& verifier,
    const std::optional<chain::VerifiedCommit>& known
) {
    TRY(check_header(state, block.header));
    TRY(chain::validate(block));
    TRY(check_sizes(state.consensus_params, block));
    const bool is_known = known && block.last_commit && has_block(state) &&
                          known->commit() == *block.last_commit &&
                          known->commit().height() == state.last_height &&
                          known->commit().block_id() == *state.last_block_id;
    auto last_commit = known;
    if (!is_known) {
        TRY_ASSIGN(last_commit, verify_last_commit(state, block, verifier));
    }
    TRY(check_time(state, block.header, last_commit));
    return VerifiedBlock(chain::header_hash(block.header), std::move(last_commit));
}

Result<ChainState> next_state(
    const ChainState& state,
    const chain::BlockId& block_id,
    const Header& header,
    const BlockOutcome& outcome
) {
    CHECK(header.height == state.next_height());
    CHECK(block_id.hash == chain::header_hash(header));
    auto validators = next_validators(state, outcome);
    if (!validators) {
        return std::unexpected(std::move(validators).error().in("FinalizeBlock.validator_updates"));
    }
    auto params = chain::apply_update(state.consensus_params, outcome.params_update);
    if (!params) {
        return std::unexpected(std::move(params).error().in("FinalizeBlock.consensus_params"));
    }
    const bool is_updated = outcome.params_update != chain::ConsensusParamsUpdate{};
    const std::uint64_t app_version = is_updated ? params->version.app : state.app_version;
    return ChainState{
        .chain_id = state.chain_id,
        .initial_height = state.initial_height,
        .last_height = header.height,
        .last_block_id = block_id,
        .last_block_time = header.time,
        .last_validators = state.validators,
        .validators = state.next_validators,
        .next_validators = *std::move(validators),
        .consensus_params = *std::move(params),
        .app_version = app_version,
        .last_results_hash = outcome.results_hash,
        .app_hash = outcome.app_hash,
    };
}

}  // namespace steelyard::consensus
