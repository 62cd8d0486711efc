// LedgerChain: a chain of random blocks for the ledger, without nodes and without consensus.
//
// One seed is one history: people and their transactions, validators that sleep, sign twice, come
// and go. After every block all is checked that must hold whatever happened.
#pragma once

#include "abci/block_results.h"
#include "consensus/core/block_rules.h"
#include "tests/support/ledger/founding.h"
#include "tests/support/ledger/map_state.h"
#include "tests/support/ledger/offences.h"
#include "tests/support/ledger/traffic.h"
#include "tests/support/market/market_watch.h"

#include <string>

namespace steelyard::test {

/// A block with all that executing it took and gave.
struct ExecutedBlock {
    const chain::Block& block;
    const std::optional<chain::VerifiedCommit>& last_commit;
    const std::vector<Bytes>& waiting;  ///< transactions that the proposer chose from
    const abci::BlockResults& results;  ///< with the app hash
    const MapState& before;
    const MapState& after;
    const consensus::ChainState& chain;  ///< before
};

/// Who executes the same blocks in another way, and must come to the same.
class Witness {
public:
    using Finding = std::optional<std::string>;

    virtual ~Witness() = default;

    // What is wrong; nothing: all is well.

    /// A chain begins. Also in the middle of a history: its state was exported then.
    virtual Finding begin(const chain::GenesisDoc& doc) = 0;

    virtual Finding follow(const ExecutedBlock& executed) = 0;
};

/// How a history begins; the rest is drawn from the seed.
struct HistoryOptions {
    std::uint64_t seed = 0;
    std::size_t people = 20;
    std::size_t txs_max = 12;  ///< of a block
    TrafficOptions traffic{};
    bool has_market = true;
};

class LedgerChain {
public:
    explicit LedgerChain(const HistoryOptions& options);

    /// Goes on by one block; seldom it begins anew from its exported state before. False where
    /// something is wrong: then it stands still for ever.
    bool advance();

    /// The first thing that was wrong, with seed and height.
    const std::optional<std::string>& violation() const { return violation_; }

    /// How often what happened: "done MsgSend", "refused sdk 5", "event slash".
    const std::map<std::string, std::uint64_t>& tally() const { return tally_; }

    const Founding& founding() const { return founding_; }
    const People& people() const { return people_; }
    const MapState& state() const { return state_; }
    const consensus::ChainState& chain() const { return *chain_; }

    /// Before the first block.
    void add_witness(std::unique_ptr<Witness> witness);

private:
    using Finding = std::optional<std::string>;

    chain::GenesisDoc export_genesis() const;
    Finding begin(chain::GenesisDoc doc);
    Finding check_export();
    Finding run_block();
    std::vector<chain::Evidence> draw_evidence();
    Finding propose(chain::Block& block, std::vector<Bytes>& waiting);
    void smuggle(std::vector<Bytes>& txs, const std::vector<Bytes>& waiting, std::int64_t bytes);
    Finding check_proposal(const chain::Block& block);
    Finding execute(const chain::Block& block, const std::vector<Bytes>& waiting);
    Finding repeat(
        const chain::Block& block, const abci::BlockResults& results, const MapState& after
    ) const;
    Finding check_state();
    Finding check_validators();
    Finding watch_market(const chain::Block& block, const abci::BlockResults& results);
    Finding decide(const chain::Block& block, const abci::BlockResults& results);
    chain::Commit draw_commit(const chain::Header& header, const chain::BlockId& id);
    void count(const chain::Block& block, const abci::BlockResults& results);

    std::uint64_t seed_;
    std::size_t txs_max_;
    Dice dice_;
    People people_;
    Founding founding_;
    Traffic traffic_;
    test::TruthVerifier verifier_{};
    std::optional<Crowd> crowd_{};
    std::optional<MarketWatch> watch_{};
    market::Books books_{};  ///< kept from block to block
    MapState state_{};
    chain::Amount genesis_supply_{};
    chain::GenesisDoc doc_{};
    std::optional<consensus::ChainState> chain_{};
    std::optional<chain::VerifiedCommit> last_commit_{};
    std::vector<PastBlock> past_{};
    std::map<chain::Address, std::int64_t> asleep_until_{};
    std::vector<std::unique_ptr<Witness>> witnesses_{};
    std::optional<std::string> violation_{};
    std::map<std::string, std::uint64_t> tally_{};
};

/// Takes every signature for good: nobody signs blocks here.
std::optional<std::size_t> verify_nothing(std::span<const chain::SignatureCheck> checks);

}  // namespace steelyard::test
