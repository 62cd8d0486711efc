#include "consensus/engine/engine.h"

#include "consensus/engine/input_codec.h"
#include "consensus/engine/recovery.h"

namespace steelyard::engine {

using chain::Height;

Engine::Engine(EngineConfig config, EnginePorts ports)
    : config_(std::move(config)),
      ports_(std::move(ports)),
      state_(consensus::Config{
          .chain_id = ports_.executor.state().chain_id,
          .address =
              ports_.signer ? std::optional(ports_.signer->public_key().address()) : std::nullopt,
          .timeouts = config_.timeouts,
          .skip_commit_wait = config_.skip_commit_wait,
          .verify = config_.verify,
      }),
      pacer_(config_.pacing, config_.timeouts.propose / 2) {
}

Result<std::unique_ptr<Engine>> Engine::start(EngineConfig config, EnginePorts ports) {
    TRY(validate(config));
    std::unique_ptr<Engine> engine(new Engine(std::move(config), std::move(ports)));
    const EnginePorts& its = engine->ports_;
    TRY(apply_stored_block(its.executor, its.blocks, its.observer));
    TRY(engine->open_log());
    TRY(engine->replay());
    return engine;
}

/// The log is at the height of the state, or behind it: then what it holds is about heights that
/// are decided. A log that is ahead says that the state was put back, and that this node has signed
/// for heights that it would now sign for again.
Result<void> Engine::open_log() {
    const Height applied = chain_state().last_height;
    config_.wal.chain_id = chain_state().chain_id;
    config_.wal.start = applied;
    TRY_ASSIGN(wal_, Wal::open(ports_.wal_directory, ports_.random, config_.wal));
    const Height finished = wal_->recovery().last_finished;
    if (finished > applied) {
        return fail(
            ErrorCode::corrupt,
            "the write-ahead log ends after height {}, but state and blocks are at {}: "
            "restore them to that height, or see doc/howto/recover-wal.md",
            finished,
            applied
        );
    }
    replayable_ = finished == applied;
    return replayable_ ? Result<void>() : wal_->end_height(applied);
}

Result<void> Engine::replay() {
    TRY_ASSIGN(const auto start, start_of_next_height());
    Pending pending;
    pending.add(consensus::step(state_, {now(), start}));
    if (replayable_) {
        std::uint64_t number = 0;
        TRY(wal_->replay([&](ByteView record) -> Result<void> {
            ++number;
            const auto input = decode_input(record);
            if (!input) {
                return fail(
                    ErrorCode::corrupt,
                    "the write-ahead log's record {} to replay: {}; see doc/howto/recover-wal.md",
                    number,
                    input.error().message()
                );
            }
            pending.settle(input->event);
            pending.add(consensus::step(state_, *input));
            return {};
        }));
    }
    for (consensus::Effect& effect : pending.take()) {
        TRY(carry_out({now(), start}, effect));
    }
    return handle_answers();
}

Result<consensus::StartHeight> Engine::start_of_next_height() const {
    const Height last = chain_state().last_height;
    if (last == Height()) {
        return start_after(std::nullopt);
    }
    TRY_ASSIGN(auto commit, ports_.blocks.load_seen_commit(last));
    return start_after(std::move(commit));
}

consensus::StartHeight Engine::start_after(std::optional<chain::Commit> last_commit) const {
    const consensus::ChainState& chain = chain_state();
    consensus::StartHeight start{
        .height = chain.next_height(),
        .validators = chain.validators,
        .block_size_max = chain::block_size_limit(chain.consensus_params.block),
    };
    if (last_commit) {
        start.last_validators = chain.last_validators;
        start.last_commit = std::move(last_commit);
        start.last_block_time = chain.last_block_time;
    }
    return start;
}

Result<void> Engine::receive(consensus::PeerId from, consensus::Message message) {
    const auto* status = std::get_if<consensus::PeerStatus>(&message);
    if (status && state_.current && status->height < state_.current->height) {
        return help(from, *status);
    }
    answers_.push_back(consensus::Received{from, std::move(message)});
    TRY(handle_answers());
    if (pacer_.waits() && have_others_begun() && pacer_.wake()) {
        schedule_end_of_pause();
    }
    return {};
}

Result<void> Engine::elapsed(const consensus::Timeout& timeout) {
    const bool is_pause = timeout.kind == consensus::TimeoutKind::commit;
    if (is_pause && (!pacer_.waits_for(timeout.height) || !ends_pause())) {
        return {};
    }
    answers_.push_back(consensus::TimeoutElapsed{timeout});
    return handle_answers();
}

Result<void> Engine::txs_available() {
    if (pacer_.wake()) {
        schedule_end_of_pause();
    }
    return {};
}

Result<void> Engine::handle_answers() {
    while (!answers_.empty()) {
        consensus::Event event = std::move(answers_.front());
        answers_.pop_front();
        TRY(handle(std::move(event)));
    }
    return {};
}

Result<void> Engine::handle(consensus::Event event) {
    const consensus::Input input{now(), std::move(event)};
    for (consensus::Effect& effect : consensus::step(state_, input)) {
        TRY(carry_out(input, effect));
    }
    return {};
}

Result<void> Engine::carry_out(const consensus::Input& input, consensus::Effect& effect) {
    return std::visit([&](auto& typed) { return carry_out(input, typed); }, effect);
}

Result<void> Engine::carry_out(
    const consensus::Input& input, const consensus::AppendInput& append
) {
    return wal_->append(
        encode_input(append.deferred ? consensus::Input{input.now, *append.deferred} : input)
    );
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::SyncLog&) {
    return wal_->sync();
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::Publish& publish) {
    ports_.network.publish(publish.message);
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::Send& send) {
    ports_.network.send(send.to, send.message);
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::ScheduleTimeout& timeout) {
    if (timeout.timeout.kind == consensus::TimeoutKind::commit) {
        begin_pause(timeout);
        return {};
    }
    ports_.timers.schedule(timeout.timeout, timeout.after);
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::CancelTimeouts& cancel) {
    ports_.timers.cancel(cancel.height);
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::BuildBlock& build) {
    if (build.height != chain_state().next_height()) {
        return {};  // a replay's last requests may decide the height that earlier ones are about
    }
    TRY_ASSIGN(auto built, ports_.executor.build(build.last_commit, *state_.config.address));
    if (auto* block = std::get_if<chain::Block>(&built)) {
        answers_.push_back(consensus::BlockBuilt{build.round, std::move(*block)});
    } else if (ports_.observer) {
        const auto& abstention = std::get<abci::Abstention>(built);
        ports_.observer->on_proposal_omitted(build.height, build.round, abstention.reason);
    }
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::CheckBlock& check) {
    if (check.block->header.height != chain_state().next_height()) {
        return {};
    }
    TRY_ASSIGN(const auto verdict, ports_.executor.check(check.block_id, *check.block));
    if (!verdict.valid && ports_.observer) {
        ports_.observer->on_block_refused(check.block_id, verdict.reason);
    }
    answers_.push_back(
        consensus::BlockChecked{check.block->header.height, check.block_id, verdict.valid}
    );
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::SignVote& sign) {
    return sign_with([&](Signer& signer) -> Result<consensus::Event> {
        TRY_ASSIGN(auto vote, signer.sign_vote(sign.vote));
        return consensus::VoteSigned{std::move(vote)};
    });
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::SignProposal& sign) {
    return sign_with([&](Signer& signer) -> Result<consensus::Event> {
        TRY_ASSIGN(auto proposal, signer.sign_proposal(sign.proposal));
        return consensus::ProposalSigned{std::move(proposal)};
    });
}

/// What leads to the signature is durable before it is made (as in CometBFT's signVote), so that a
/// restart asks for the same again. The signature is logged before the next one is made: one step
/// may ask for a prevote and a precommit, and a signer that has signed the later one refuses the
/// earlier. A refusal to contradict what was signed before is no failure: the node keeps silent.
Result<void> Engine::sign_with(const std::function<Result<consensus::Event>(Signer&)>& sign) {
    CHECK(ports_.signer);
    TRY(wal_->sync());
    auto answer = sign(*ports_.signer);
    if (answer) {
        return handle(*std::move(answer));
    }
    if (answer.error().code() != ErrorCode::denied) {
        return std::unexpected(std::move(answer).error());
    }
    if (ports_.observer) {
        ports_.observer->on_signing_refused(answer.error());
    }
    return {};
}

/// Stored, logged as finished, applied: in this order a crash at any point is recovered from.
Result<void> Engine::carry_out(const consensus::Input&, const consensus::Decide& decide) {
    const Height height = decide.block->header.height;
    const bool is_empty = decide.block->txs.empty() && decide.block->evidence.empty();
    TRY(ports_.blocks.save_block(*decide.block, decide.parts, decide.commit));
    TRY(wal_->end_height(height));
    TRY_ASSIGN(const auto results, ports_.executor.apply(decide.commit.block_id(), *decide.block));
    if (ports_.observer) {
        ports_.observer->on_committed(*decide.block, decide.commit, results);
    }
    must_prove_ = !is_empty && decide.block->header.app_hash != chain_state().app_hash;
    answers_.push_back(start_after(decide.commit));
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::ReportConflict& conflict) {
    ports_.evidence.report(conflict.first, conflict.second);
    if (ports_.observer) {
        ports_.observer->on_conflict(conflict.first, conflict.second);
    }
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::ReportPeer& report) {
    ports_.network.report(report.peer, report.error);
    return {};
}

Result<void> Engine::carry_out(const consensus::Input&, const consensus::Halt& halt) {
    return std::unexpected(halt.error);
}

/// A block that is pruned meanwhile is no failure of ours.
Result<void> Engine::help(consensus::PeerId peer, const consensus::PeerStatus& status) {
    const auto helped = send_stored(peer, status);
    const bool is_pruned = !helped && helped.error().code() == ErrorCode::not_found;
    return is_pruned ? Result<void>() : helped;
}

/// What a peer at an earlier height needs to decide it: the commit, and some of the block's parts.
Result<void> Engine::send_stored(consensus::PeerId peer, const consensus::PeerStatus& status) {
    const Height height = status.height;
    const storage::BlockRange range = ports_.blocks.range();
    if (!range.contains(height)) {
        return {};
    }
    TRY_ASSIGN(const auto meta, ports_.blocks.load_meta(height));
    TRY_ASSIGN(
        auto commit,
        height == range.tip ? ports_.blocks.load_seen_commit(height)
                            : ports_.blocks.load_commit(height)
    );
    const chain::Round round = commit.round();
    const bool knows_block = status.block_id == meta.block_id;
    ports_.network.send(peer, std::move(commit));
    std::size_t sent = 0;
    for (std::uint32_t index = 0; index < meta.block_id.parts.total; ++index) {
        if (sent == catch_up_parts_max) {
            break;
        }
        if (!knows_block || !status.parts.test(index)) {
            TRY_ASSIGN(auto part, ports_.blocks.load_part(height, index));
            ports_.network.send(peer, consensus::BlockPart{height, round, std::move(part)});
            ++sent;
        }
    }
    return {};
}

}  // namespace steelyard::engine
