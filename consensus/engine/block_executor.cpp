#include "consensus/engine/block_executor.h"

#include "base/hex.h"

namespace steelyard::engine {
namespace {

using chain::Height;

evidence::Tip tip_of(const consensus::ChainState& state) {
    return {state.last_height, state.last_block_time, state.consensus_params.evidence};
}

std::string to_text(const chain::AppHash& hash) {
    return to_hex_upper(hash.view());
}

}  // namespace

consensus::BlockOutcome outcome_of(const abci::BlockResults& results) {
    return {
        .results_hash = chain::results_hash(results.tx_results),
        .validator_updates = results.validator_updates,
        .params_update = results.params_update,
        .app_hash = results.app_hash,
    };
}

BlockExecutor::BlockExecutor(
    const Parts& parts, chain::SignatureVerifier verify, consensus::ChainState state
)
    : parts_(parts), verify_(std::move(verify)), state_(std::move(state)) {
}

Result<std::unique_ptr<BlockExecutor>> BlockExecutor::open(
    const Parts& parts, const chain::GenesisDoc& genesis, chain::SignatureVerifier verify
) {
    TRY_ASSIGN(auto state, parts.states.load_state());
    const bool is_other = state && (state->chain_id != genesis.chain_id ||
                                    state->initial_height != genesis.initial_height);
    if (is_other) {
        return fail(
            ErrorCode::corrupt,
            "the stored state is of chain {} from height {}, the genesis file of {} from {}",
            state->chain_id,
            state->initial_height,
            genesis.chain_id,
            genesis.initial_height
        );
    }
    TRY_ASSIGN(const auto info, parts.application.info());
    // Also where an earlier run has begun the chain and committed nothing: what the application
    // made of the genesis document lasts only from its first commit on.
    if (!state || (state->last_height == Height() && info.last_height == Height())) {
        TRY_ASSIGN(state, begin_chain(parts, genesis, info));
    }
    std::unique_ptr<BlockExecutor> executor(
        new BlockExecutor(parts, std::move(verify), *std::move(state))
    );
    TRY(executor->resume(genesis));
    return executor;
}

Result<consensus::ChainState> BlockExecutor::begin_chain(
    const Parts& parts, const chain::GenesisDoc& genesis, const abci::ApplicationInfo& info
) {
    TRY_ASSIGN(auto outcome, parts.application.init_chain(genesis));
    TRY_ASSIGN(
        auto state,
        consensus::genesis_state(
            genesis,
            {.validators = std::move(outcome.validators),
             .params_update = std::move(outcome.params_update),
             .app_hash = outcome.app_hash,
             .app_version = info.app_version}
        )
    );
    TRY(parts.states.save_state(state));
    return state;
}

/// An application that keeps its state durably is where the chain's state is, or one block further,
/// if a crash came between the two. One that does not begins anew.
Result<void> BlockExecutor::resume(const chain::GenesisDoc& genesis) {
    TRY(parts_.evidence.resume(tip_of(state_)));
    TRY_ASSIGN(auto info, parts_.application.info());
    const Height first = state_.initial_height;
    if (info.last_height == Height() && state_.last_height > Height()) {
        TRY(parts_.application.init_chain(genesis));
    }
    Height height = info.last_height == Height() ? first : info.last_height.next();
    while (height <= state_.last_height) {
        TRY(repeat_for_application(height));
        height = height.next();
    }
    TRY_ASSIGN(info, parts_.application.info());
    application_height_ = info.last_height;
    const bool is_further =
        info.last_height > state_.last_height && info.last_height != state_.next_height();
    if (is_further) {
        return fail(
            ErrorCode::corrupt,
            "the application is at height {}, the chain at {}",
            info.last_height,
            state_.last_height
        );
    }
    const bool is_here = info.last_height == state_.last_height && state_.last_height > Height();
    if (is_here && info.app_hash != state_.app_hash) {
        return fail(
            ErrorCode::corrupt,
            "the application's hash at height {} is {}, the chain's {}",
            info.last_height,
            to_text(info.app_hash),
            to_text(state_.app_hash)
        );
    }
    return {};
}

/// Executes a block again for an application that has forgotten it.
Result<void> BlockExecutor::repeat_for_application(Height height) {
    TRY_ASSIGN(const auto block, parts_.blocks.load_block(height));
    TRY_ASSIGN(const auto before, parts_.states.load_results(height));
    std::optional<chain::VerifiedCommit> last_commit;
    if (block.last_commit) {
        const Height last = block.last_commit->height();
        const chain::CommitTarget target{state_.chain_id, last, *block.header.last_block_id};
        TRY_ASSIGN(const auto validators, parts_.states.load_validators(last));
        TRY_ASSIGN(
            last_commit, chain::verify_commit(target, validators, *block.last_commit, verify_)
        );
    }
    TRY_ASSIGN(const auto results, parts_.application.finalize_block(block, last_commit));
    if (results.app_hash != before.app_hash) {
        return fail(
            ErrorCode::corrupt,
            "executing block {} again gave app hash {}, before it was {}",
            height,
            to_text(results.app_hash),
            to_text(before.app_hash)
        );
    }
    return parts_.application.commit();
}

bool BlockExecutor::has_work() const {
    return !parts_.pool || parts_.pool->has_txs() || parts_.evidence.pending_count() > 0;
}

/// Evidence stays out of a block that the application refuses for it: in another block it may do.
Result<BlockExecutor::Built> BlockExecutor::build(
    const std::optional<chain::Commit>& last_commit, const chain::Address& proposer
) {
    consensus::BlockContents contents{.proposer_address = proposer};
    if (last_commit) {
        const chain::CommitTarget target{
            state_.chain_id, state_.last_height, *state_.last_block_id
        };
        TRY_ASSIGN(
            contents.last_commit,
            chain::verify_commit(target, *state_.last_validators, *last_commit, verify_)
        );
    }
    contents.evidence = parts_.evidence.pending(state_.consensus_params.evidence.max_bytes);
    auto room =
        consensus::data_size_max(state_, chain::encode_evidence_list(contents.evidence).size());
    if (!room) {
        contents.evidence.clear();
        room = consensus::data_size_max(state_, 0);
    }
    abci::ProposalRequest request{
        .height = state_.next_height(),
        .time = consensus::block_time(state_, contents.last_commit),
        .proposer_address = proposer,
        .evidence = contents.evidence,
        .txs_size_max = room.value_or(0),
    };
    if (parts_.pool) {
        const std::int64_t gas_max = state_.consensus_params.block.max_gas;
        request.txs = parts_.pool->reap(request.txs_size_max, gas_max);
    }
    TRY_ASSIGN(auto prepared, parts_.application.prepare_proposal(request));
    if (auto* abstention = std::get_if<abci::Abstention>(&prepared)) {
        return std::move(*abstention);
    }
    contents.txs = std::get<std::vector<Bytes>>(std::move(prepared));
    const Bytes data = chain::encode_data(contents.txs);
    const auto size = static_cast<std::int64_t>(data.size());
    if (size > request.txs_size_max) {
        return fail(
            ErrorCode::too_large,
            "the application proposes {} bytes of transactions, limit {}",
            size,
            request.txs_size_max
        );
    }
    // A block that nobody can read must not get into the log, from which it is read again.
    if (auto readable = chain::decode_data(data); !readable) {
        return std::unexpected(std::move(readable).error().in("PrepareProposal"));
    }
    if (contents.evidence.empty()) {
        return consensus::make_block(state_, std::move(contents));
    }
    auto block = consensus::make_block(state_, contents);
    TRY_ASSIGN(const bool accepted, parts_.application.process_proposal(block));
    if (!accepted) {
        contents.evidence.clear();
        block = consensus::make_block(state_, std::move(contents));
    }
    return block;
}

Result<BlockExecutor::Verdict> BlockExecutor::check(
    const chain::BlockId& id, const chain::Block& block
) {
    TRY_ASSIGN(auto verdict, validate(id, block));
    if (!verdict.valid) {
        return verdict;
    }
    prepare(id, block);
    TRY_ASSIGN(const bool accepted, parts_.application.process_proposal(block));
    return accepted ? verdict : Verdict{false, "the application refuses it"};
}

Result<BlockExecutor::Verdict> BlockExecutor::validate(
    const chain::BlockId& id, const chain::Block& block
) {
    auto verified = consensus::validate_block(state_, block, verify_, known_commit_);
    if (!verified) {
        return Verdict{false, verified.error().message()};
    }
    CHECK(verified->hash() == id.hash);
    if (const auto evidence = parts_.evidence.check(block.evidence); !evidence) {
        if (!evidence::is_refusal(evidence.error())) {
            return std::unexpected(evidence.error());
        }
        return Verdict{false, evidence.error().message()};
    }
    verified_ = *std::move(verified);
    return Verdict{.valid = true};
}

Result<abci::BlockResults> BlockExecutor::apply(
    const chain::BlockId& id, const chain::Block& block
) {
    TRY_ASSIGN(auto results, finalize(id, block));
    TRY_ASSIGN(auto next, consensus::next_state(state_, id, block.header, outcome_of(results)));
    if (application_height_ < block.header.height) {
        TRY(commit(block, results));
        application_height_ = block.header.height;
    }
    TRY(parts_.states.save_state(next));
    state_ = std::move(next);
    TRY(parts_.evidence.update(tip_of(state_), block.evidence));
    verified_.reset();
    return results;
}

/// A block that was proposed to us is prepared when it is decided.
void BlockExecutor::prepare(const chain::BlockId& id, const chain::Block& block) {
    if (parts_.prepare && !block.txs.empty() && prepared_ != id.hash) {
        parts_.prepare(block.txs);
        prepared_ = id.hash;
    }
}

Result<void> BlockExecutor::commit(const chain::Block& block, const abci::BlockResults& results) {
    if (!parts_.pool) {
        return parts_.application.commit();
    }
    return parts_.pool->commit(block, results, [&] { return parts_.application.commit(); });
}

/// Executes the block, or, if the application had committed it before a crash, tells what that
/// gave.
Result<abci::BlockResults> BlockExecutor::finalize(
    const chain::BlockId& id, const chain::Block& block
) {
    const Height height = block.header.height;
    if (!verified_ || verified_->hash() != id.hash) {
        TRY_ASSIGN(verified_, consensus::validate_block(state_, block, verify_, known_commit_));
        TRY(parts_.evidence.check(block.evidence));
    }
    if (application_height_ == height) {
        return parts_.states.load_results(height);
    }
    prepare(id, block);
    TRY_ASSIGN(auto results, parts_.application.finalize_block(block, verified_->last_commit()));
    if (results.tx_results.size() != block.txs.size()) {
        return invalid(
            "the application gave {} results for the {} transactions of block {}",
            results.tx_results.size(),
            block.txs.size(),
            height
        );
    }
    TRY(parts_.states.save_results(height, results));
    return results;
}

}  // namespace steelyard::engine
