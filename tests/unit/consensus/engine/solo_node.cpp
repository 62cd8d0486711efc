#include "tests/unit/consensus/engine/solo_node.h"

#include "base/endian.h"
#include "crypto/sha256.h"
#include "tests/support/chain_builders.h"

namespace steelyard::engine {

using chain::Height;

Result<abci::ApplicationInfo> HashApplication::info() {
    TRY_ASSIGN(const auto stored, store_.get(as_bytes("app")));
    if (!stored) {
        return abci::ApplicationInfo{};
    }
    const auto height = static_cast<std::int64_t>(load_be<std::uint64_t>(stored->data()));
    TRY_ASSIGN(auto hash, chain::AppHash::parse(ByteView(*stored).subspan(8)));
    return abci::ApplicationInfo{Height(height), hash};
}

Result<abci::GenesisOutcome> HashApplication::init_chain(const chain::GenesisDoc&) {
    initialised_ = true;
    return abci::GenesisOutcome{};
}

Result<abci::PreparedTxs> HashApplication::prepare_proposal(const abci::ProposalRequest& request) {
    if (abstentions > 0) {
        --abstentions;
        return abci::Abstention{"the key is gone"};
    }
    if (proposes_no_txs) {
        return std::vector<Bytes>{};
    }
    if (proposes_nothing) {
        return std::vector<Bytes>{Bytes()};
    }
    Bytes tx(as_bytes("tx").begin(), as_bytes("tx").end());
    append_be(tx, static_cast<std::uint64_t>(request.height.value()));
    append_be(tx, ++prepared_);  // no block twice: a verdict on one stands
    return std::vector<Bytes>{tx};
}

Result<bool> HashApplication::process_proposal(const chain::Block&) {
    return refusals-- <= 0;
}

Result<abci::BlockResults> HashApplication::
    finalize_block(const chain::Block& block, const std::optional<chain::VerifiedCommit>&) {
    TRY_ASSIGN(const auto before, info());
    if (before.last_height != Height() && block.header.height != before.last_height.next()) {
        return invalid("block {} after {}", block.header.height, before.last_height);
    }
    if (before.last_height == Height() && !initialised_) {
        return invalid("block {} without a genesis document", block.header.height);
    }
    Bytes all(before.app_hash.view().begin(), before.app_hash.view().end());
    append(all, chain::header_hash(block.header));
    executed.push_back(block.header.height);
    finalized_ = abci::ApplicationInfo{block.header.height, chain::AppHash(crypto::sha256(all))};
    abci::BlockResults results{.app_hash = finalized_->app_hash};
    results.tx_results.resize(block.txs.size());
    return results;
}

Result<void> HashApplication::commit() {
    CHECK(finalized_);
    Bytes value;
    append_be(value, static_cast<std::uint64_t>(finalized_->last_height.value()));
    append(value, finalized_->app_hash.view());
    storage::WriteBatch batch;
    batch.put(as_bytes("app"), value);
    finalized_.reset();
    return store_.write(batch, storage::Durability::synced);
}

void SoloDisks::cut_power_at(int device, std::uint64_t operation) {
    if (device < 2) {
        (device == 0 ? wal : signer).fail_at(operation, test::Fault::power_cut);
        return;
    }
    test::SimStore* const stores[] = {&blocks, &states, &evidence, &application};
    stores[device - 2]->fail_write_at(operation, test::Fault::power_cut);
}

std::uint64_t SoloDisks::operations(int device) const {
    const std::uint64_t counts[devices] = {
        wal.operations(),
        signer.operations(),
        blocks.writes(),
        states.writes(),
        evidence.writes(),
        application.writes()
    };
    return counts[device];
}

void SoloDisks::cut_power() {
    wal.cut_power();
    signer.cut_power();
    for (test::SimStore* store : {&blocks, &states, &evidence, &application}) {
        store->cut_power();
    }
}

void SoloDisks::restart(test::Loss loss) {
    wal.restart(loss);
    signer.restart(loss);
    for (test::SimStore* store : {&blocks, &states, &evidence, &application}) {
        store->restart(loss);
    }
}

SoloNode::SoloNode(SoloDisks& disks, SoloRecord& record, chain::GenesisDoc genesis)
    : disks_(disks),
      record_(record),
      genesis_(std::move(genesis)),
      now_(std::chrono::seconds(test::time_after(60).seconds())),
      application_(disks.application),
      states_(disks.states) {
}

crypto::PrivateKey SoloNode::key() {
    return test::private_key(1);
}

chain::GenesisDoc SoloNode::genesis(Height initial_height) {
    return {
        .genesis_time = test::time_after(0),
        .chain_id = test::chain_id("solo"),
        .initial_height = initial_height,
        .consensus_params = {},
        .validators = {{key().public_key(), 10, "solo"}},
        .app_hash = {},
        .app_state = {},
    };
}

Result<void> SoloNode::start() {
    TRY_ASSIGN(blocks_, storage::BlockStore::open(disks_.blocks));
    history_ = std::make_unique<StoredHistory>(states_, *blocks_);
    const auto chain_id = genesis_.chain_id;
    TRY_ASSIGN(
        pool_,
        evidence::Pool::open(
            disks_.evidence,
            *history_,
            {.chain_id = chain_id, .initial_height = genesis_.initial_height}
        )
    );
    TRY_ASSIGN(
        executor_, BlockExecutor::open({states_, *blocks_, *pool_, application_, pool}, genesis_)
    );
    auto signer =
        FileSigner::open(disks_.signer, std::make_unique<LocalSigningKey>(key()), chain_id);
    const bool is_new = !signer && signer.error().code() == ErrorCode::not_found &&
                        record_.signed_by_position.empty();
    if (is_new) {
        signer =
            FileSigner::create(disks_.signer, std::make_unique<LocalSigningKey>(key()), chain_id);
    }
    TRY(signer);
    signer_ = *std::move(signer);
    TRY_ASSIGN(
        engine_,
        Engine::start(
            {.pacing = pacing},
            {
                .executor = *executor_,
                .evidence = *pool_,
                .blocks = *blocks_,
                .wal_directory = disks_.wal,
                .random = random_,
                .signer = signer_.get(),
                .network = *this,
                .timers = *this,
                .clock = *this,
                .observer = this,
            }
        )
    );
    return {};
}

Result<void> SoloNode::run_to(Height height) {
    return run_until([&] { return engine_->chain_state().last_height >= height; });
}

Result<void> SoloNode::run_until(const std::function<bool()>& is_so) {
    for (int events = 0; !is_so(); ++events) {
        CHECK(!timers_.empty() && events < 1000);  // a validator alone never waits for long
        const auto next = timers_.extract(timers_.begin());
        now_ = std::max(now_, next.key());
        TRY(engine_->elapsed(next.mapped()));
    }
    return {};
}

void SoloNode::publish(const consensus::Message& message) {
    if (const auto* vote = std::get_if<chain::Vote>(&message)) {
        chain::Vote timeless = *vote;
        timeless.timestamp = {};
        note_signed(
            fmt::format("{}/{}/{}", vote->height, vote->round, static_cast<int>(vote->type)),
            chain::sign_bytes(timeless, genesis().chain_id)
        );
    }
    if (const auto* proposal = std::get_if<chain::Proposal>(&message)) {
        chain::Proposal timeless = *proposal;
        timeless.timestamp = {};
        note_signed(
            fmt::format("{}/{}/p", proposal->height, proposal->round),
            chain::sign_bytes(timeless, genesis().chain_id)
        );
    }
}

void SoloNode::note_signed(std::string position, Bytes bytes) {
    const auto [place, is_new] = record_.signed_by_position.emplace(position, bytes);
    if (!is_new && place->second != bytes) {
        record_.contradictions.push_back(std::move(position));
    }
}

void SoloNode::schedule(const consensus::Timeout& timeout, std::chrono::nanoseconds after) {
    timers_.emplace(now_ + after, timeout);
}

void SoloNode::
    on_committed(const chain::Block& block, const chain::Commit& commit, const abci::BlockResults&) {
    const auto& hash = commit.block_id().hash;
    const auto [place, is_new] = record_.committed.emplace(block.header.height, hash);
    if (!is_new && place->second != hash) {
        record_.contradictions.push_back(fmt::format("block {}", block.header.height));
    }
}

void SoloNode::on_proposal_omitted(Height height, chain::Round round, std::string_view reason) {
    record_.omitted.push_back(fmt::format("{}/{}: {}", height, round, reason));
}

void SoloNode::on_signing_refused(const Error& error) {
    record_.signing_refused.push_back(error);
}

}  // namespace steelyard::engine
