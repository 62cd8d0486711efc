#include "tests/support/ledger/ledger_chain.h"

#include "base/check.h"
#include "base/hex.h"
#include "ledger/block/block.h"
#include "ledger/genesis/genesis.h"
#include "ledger/invariants/invariants.h"
#include "ledger/params/stored_params.h"

#include <google/protobuf/message.h>
#include <numeric>

namespace steelyard::test {
namespace {

using chain::Height;
using ledger::StateView;

constexpr std::size_t founders_min = 3;
constexpr std::size_t founders_max = 8;

/// How far back evidence goes.
constexpr std::size_t offence_age_max = 25;

template <typename T>
T must(ledger::Outcome<T> outcome) {
    CHECK(outcome.has_value());
    return *std::move(outcome);
}

template <typename T>
std::string text_of(std::string_view what, const Result<T>& result) {
    return fmt::format("{}: {}", what, result.error().message());
}

bool verify_statements(std::span<const tx::Statement> statements) {
    return std::ranges::all_of(statements, [](const tx::Statement& one) {
        return one.key.verify(one.message, one.signature);
    });
}

}  // namespace

std::optional<std::size_t> verify_nothing(std::span<const chain::SignatureCheck>) {
    return std::nullopt;
}

LedgerChain::LedgerChain(const HistoryOptions& options)
    : seed_(options.seed),
      txs_max_(options.txs_max),
      dice_(options.seed),
      people_(options.seed, options.people),
      founding_(draw_founding(
          people_, static_cast<std::size_t>(dice_.between(founders_min, founders_max)), dice_
      )),
      traffic_(people_, options.traffic) {
    if (options.has_market) {
        crowd_.emplace(CrowdOptions{.seed = seed_, .is_restless = true, .live_jobs_max = 30});
        crowd_->adjust(founding_.params.market);
        watch_.emplace(*crowd_, false);
    }
    StateView view(state_);
    found(view, people_, founding_);
    if (crowd_) {
        ledger::Events events;
        const ledger::BlockInfo block{founding_.chain_id, {}, founding_.time};
        crowd_->found(view, {view, events, block, founding_.params});
    }
    chain::GenesisDoc doc = document_of(founding_);
    doc.app_state = genesis::export_state(view);
    violation_ = begin(std::move(doc));
}

void LedgerChain::add_witness(std::unique_ptr<Witness> witness) {
    if (!violation_) {
        violation_ = witness->begin(doc_);
    }
    witnesses_.push_back(std::move(witness));
}

/// What a new chain would begin with, that goes on where this one stands.
chain::GenesisDoc LedgerChain::export_genesis() const {
    chain::GenesisDoc doc = doc_;
    doc.genesis_time = chain_->last_block_time;
    doc.initial_height = chain_->next_height();
    doc.consensus_params = chain_->consensus_params;
    doc.app_state = genesis::export_state(StateView(state_));
    return doc;
}

LedgerChain::Finding LedgerChain::begin(chain::GenesisDoc doc) {
    doc_ = std::move(doc);
    state_ = {};
    StateView view(state_);
    auto started = genesis::start(view, doc_);
    if (!started) {
        return text_of("the genesis is refused", started);
    }
    state_.apply(view);
    books_ = {};
    books_.rebuild(view);
    if (watch_) {
        watch_->begin(view);
    }
    auto chain = consensus::genesis_state(
        doc_, {.validators = std::move(started->validators), .app_hash = state_.app_hash()}
    );
    if (!chain) {
        return text_of("consensus refuses the genesis", chain);
    }
    chain_ = *std::move(chain);
    last_commit_.reset();
    past_.clear();
    genesis_supply_ = invariants::genesis_supply(StateView(state_));
    for (const auto& witness : witnesses_) {
        if (auto finding = witness->begin(doc_)) {
            return finding;
        }
    }
    return check_state();
}

/// A chain that begins with the exported state exports the same.
LedgerChain::Finding LedgerChain::check_export() {
    const chain::GenesisDoc doc = export_genesis();
    MapState state;
    StateView view(state);
    const auto started = genesis::start(view, doc);
    if (!started) {
        return text_of("the exported state is refused", started);
    }
    if (genesis::export_state(view) != doc.app_state) {
        return "a chain that begins with the exported state exports another";
    }
    const auto validators = chain::ValidatorSet::create(started->validators);
    if (!validators || validators->hash() != chain_->next_validators.hash()) {
        return "the exported state has other validators";
    }
    ++tally_["export"];
    return dice_.chance(200) ? begin(doc) : std::nullopt;
}

bool LedgerChain::advance() {
    if (!violation_) {
        if (auto finding = run_block()) {
            violation_ = fmt::format(
                "seed {}, height {}: {}", seed_, chain_->next_height(), *std::move(finding)
            );
        }
    }
    return !violation_;
}

LedgerChain::Finding LedgerChain::run_block() {
    if (chain_->last_block_id && dice_.chance(50)) {
        if (auto finding = check_export()) {
            return finding;
        }
    }
    chain::Block block;
    std::vector<Bytes> waiting;
    if (auto finding = propose(block, waiting)) {
        return finding;
    }
    if (auto finding = check_proposal(block)) {
        return finding;
    }
    return execute(block, waiting);
}

LedgerChain::Finding LedgerChain::propose(chain::Block& block, std::vector<Bytes>& waiting) {
    const StateView view(state_);
    const Height height = chain_->next_height();
    const int rounds = dice_.chance(200) ? static_cast<int>(dice_.between(1, 4)) : 0;
    const chain::ValidatorSet turns =
        rounds > 0 ? chain_->validators.after_turns(rounds) : chain_->validators;
    const chain::Address proposer = turns.proposer().address();
    const auto task = block::beacon_task(view, proposer, height);
    if (!task) {
        return "a member of the set cannot propose: " + task.error().message();
    }
    const auto proof = people_.prove(task->key, beacon::input_of(task->before, height));
    CHECK(proof.has_value());
    std::vector<Bytes> txs = {block::make_beacon_tx(*proof)};

    const ledger::BlockInfo info{
        chain_->chain_id, height, consensus::block_time(*chain_, last_commit_)
    };
    std::vector<chain::Evidence> evidence = draw_evidence();
    std::size_t evidence_size = chain::encode_evidence_list(evidence).size();
    if (static_cast<std::int64_t>(evidence_size) > chain_->consensus_params.evidence.max_bytes) {
        evidence.clear();
        evidence_size = 0;
    }
    const auto space = consensus::data_size_max(*chain_, evidence_size);
    CHECK(space.has_value());
    waiting = traffic_.draw(view, info, dice_.index(txs_max_ + 1), dice_);
    if (crowd_) {
        std::ranges::move(crowd_->draw(view, info, dice_), std::back_inserter(waiting));
    }
    StateView scratch(state_);
    const std::int64_t left = *space - block::size_in_block(txs.front());
    std::vector<Bytes> chosen = block::choose_txs(scratch, {left, info}, waiting);
    std::ranges::move(chosen, std::back_inserter(txs));
    smuggle(txs, waiting, left);
    block = consensus::make_block(
        *chain_, {std::move(txs), std::move(evidence), last_commit_, proposer}
    );
    return {};
}

/// A proposer need not choose as ours do.
void LedgerChain::smuggle(
    std::vector<Bytes>& txs, const std::vector<Bytes>& waiting, std::int64_t bytes
) {
    const StateView view(state_);
    const ledger::Params params = must(ledger::load_params(view));
    for (const Bytes& tx : waiting) {
        bytes -= block::size_in_block(tx);
    }
    if (bytes < 0 || params.block.max_gas >= 0 || !dice_.chance(200)) {
        return;
    }
    for (const Bytes& tx : waiting) {
        const bool is_in = std::ranges::find(txs, tx) != txs.end();
        if (!is_in && pipeline::read_tx(tx, params) && dice_.chance(500)) {
            txs.insert(txs.begin() + dice_.between(1, std::ssize(txs)), tx);
        }
    }
}

std::vector<chain::Evidence> LedgerChain::draw_evidence() {
    std::vector<chain::Evidence> evidence;
    if (past_.empty() || !dice_.chance(60)) {
        return evidence;
    }
    for (std::int64_t left = dice_.between(1, 2); left > 0; --left) {
        const std::size_t newest = past_.size() - 1;
        const std::size_t oldest = newest - std::min(newest, offence_age_max);
        const std::size_t at = oldest + dice_.index(newest - oldest + 1);
        if (dice_.chance(700)) {
            evidence.push_back(draw_double_vote(past_[at], dice_));
        } else {
            const std::size_t common = oldest + dice_.index(at - oldest + 1);
            if (auto attack = draw_attack(past_[common], past_[at], dice_)) {
                evidence.push_back(*std::move(attack));
            }
        }
    }
    return evidence;
}

LedgerChain::Finding LedgerChain::check_proposal(const chain::Block& block) {
    const auto validated = consensus::validate_block(*chain_, block, verify_nothing, last_commit_);
    if (!validated) {
        return "consensus refuses the block: " + validated.error().message();
    }
    const StateView view(state_);
    if (const auto accepted = block::check_block(view, block); !accepted) {
        return "the ledger refuses its own proposal: " + accepted.error().message();
    }
    chain::Block bad = block;
    switch (dice_.index(5)) {
        case 0:
            bad.txs.erase(bad.txs.begin());
            break;
        case 1:
            bad.txs.push_back(bad.txs.front());
            break;
        case 2:
            bad.txs.front().back() ^= 1;
            break;
        case 3:
            bad.txs.front()[40 + dice_.index(70)] ^= 1;
            break;
        default:
            bad.txs.push_back({0x0a});
            break;
    }
    if (block::check_block(view, bad)) {
        return "the ledger accepts a bad proposal";
    }
    return {};
}

LedgerChain::Finding LedgerChain::execute(
    const chain::Block& block, const std::vector<Bytes>& waiting
) {
    StateView view(state_);
    abci::BlockResults results = block::execute(
        view,
        block,
        last_commit_,
        {.signatures = verify_statements, .books = books_, .verifier = &verifier_}
    );
    MapState after = state_;
    after.apply(view);
    results.app_hash = after.app_hash();
    if (auto finding = repeat(block, results, after)) {
        return finding;
    }
    for (const auto& witness : witnesses_) {
        if (auto finding =
                witness->follow({block, last_commit_, waiting, results, state_, after, *chain_})) {
            return finding;
        }
    }
    state_ = std::move(after);
    count(block, results);
    if (auto finding = watch_market(block, results)) {
        return finding;
    }
    if (auto finding = decide(block, results)) {
        return finding;
    }
    return check_state();
}

/// The same block on the same state.
LedgerChain::Finding LedgerChain::repeat(
    const chain::Block& block, const abci::BlockResults& results, const MapState& after
) const {
    StateView view(state_);
    market::Books books;
    books.rebuild(view);
    abci::BlockResults again = block::execute(
        view,
        block,
        last_commit_,
        {.signatures = verify_statements, .books = books, .verifier = &verifier_}
    );
    again.app_hash = results.app_hash;
    MapState repeated = state_;
    repeated.apply(view);
    if (again != results) {
        return "executing the block again gives other results";
    }
    if (repeated != after) {
        return "executing the block again gives another state";
    }
    return {};
}

LedgerChain::Finding LedgerChain::decide(
    const chain::Block& block, const abci::BlockResults& results
) {
    const chain::BlockId id = chain::block_id(block.header, chain::make_part_set(block));
    chain::Commit commit = draw_commit(block.header, id);
    const chain::CommitTarget target = {chain_->chain_id, block.header.height, id};
    auto verified =
        chain::verify_commit(target, chain_->validators, std::move(commit), verify_nothing);
    CHECK(verified.has_value());
    auto next = consensus::next_state(
        *chain_,
        id,
        block.header,
        {
            .results_hash = chain::results_hash(results.tx_results),
            .validator_updates = results.validator_updates,
            .params_update = results.params_update,
            .app_hash = results.app_hash,
        }
    );
    if (!next) {
        return "consensus cannot follow the ledger: " + next.error().message();
    }
    past_.push_back({block.header, chain_->validators, verified->commit()});
    last_commit_ = *std::move(verified);
    chain_ = *std::move(next);
    return {};
}

/// Less than a third is missing or votes for nil: some for long, some once.
chain::Commit LedgerChain::draw_commit(const chain::Header& header, const chain::BlockId& id) {
    std::vector<chain::CommitSig> signatures(chain_->validators.size());
    std::vector<std::size_t> order(signatures.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    dice_.shuffle(order);
    const std::int64_t height = header.height.value();
    chain::VotingPower missing = 0;
    const std::int64_t pace = dice_.chance(50) ? 200'000 : 10'000;
    const auto delay = std::chrono::milliseconds(dice_.between(1, pace));
    for (const std::size_t index : order) {
        const chain::Validator& validator =
            chain_->validators[static_cast<chain::ValidatorIndex>(index)];
        std::int64_t& asleep_until = asleep_until_[validator.address()];
        if (asleep_until <= height && dice_.chance(30)) {
            asleep_until = height + dice_.between(2, 30);
        }
        const bool is_silent = asleep_until > height || dice_.chance(30);
        const bool is_spared =
            (missing + validator.voting_power()) * 3 < chain_->validators.total_power();
        if (is_silent && is_spared) {
            missing += validator.voting_power();
            if (dice_.chance(800)) {
                continue;
            }
        }
        const bool is_nil = is_silent && is_spared;
        const auto jitter = std::chrono::milliseconds(dice_.between(0, 2'000));
        const auto time = chain::checked_add(header.time, delay + jitter);
        CHECK(time.has_value());
        chain::Signature signature;
        dice_.fill(signature);
        signatures[index] = chain::CommitSig(
            is_nil ? chain::BlockIdFlag::nil : chain::BlockIdFlag::commit,
            validator.address(),
            *time,
            signature
        );
    }
    auto commit = chain::Commit::make(header.height, chain::Round(0), id, std::move(signatures));
    CHECK(commit.has_value());
    return *std::move(commit);
}

}  // namespace steelyard::test
