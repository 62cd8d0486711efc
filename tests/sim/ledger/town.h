// Town: the chain of a simulation whose application is the ledger, as it is known outside of nodes.
#pragma once

#include "abci/block_results.h"
#include "chain/block.h"
#include "tests/sim/oracles/roster.h"
#include "tests/support/ledger/founding.h"
#include "tests/support/ledger/people.h"
#include "tests/support/market/market_watch.h"

#include <map>

namespace steelyard::sim {

/// What happened on the chain how often.
struct TownCounters {
    std::uint64_t txs = 0;           ///< of blocks, that took effect
    std::uint64_t failed_txs = 0;    ///< of blocks, that did not
    std::uint64_t double_signs = 0;  ///< validators that were punished for good
    std::uint64_t sleepers = 0;      ///< validators that were jailed for blocks they missed
    std::uint64_t unjailed = 0;      ///< transactions that brought a validator back
    std::uint64_t joined = 0;        ///< validators that got power, having none
    std::uint64_t left = 0;          ///< validators that lost all power
    std::uint64_t moved = 0;         ///< other changes of a validator's power
    test::MarketCounters market{};
};

/// Of the people the first run the nodes, one each: their validators sign with the machines' keys.
/// Records what nodes execute, and finds where they differ.
class Town {
public:
    Town(const Options& options, std::vector<crypto::PublicKey> keys);

    const test::People& people() const { return people_; }
    std::size_t nodes() const { return keys_.size(); }

    /// Who uses the market; nullptr: nobody does.
    const test::Crowd* crowd() const { return crowd_ ? &*crowd_ : nullptr; }

    /// The document with the application's state in it, and without validators.
    chain::GenesisDoc with_state(chain::GenesisDoc doc) const;

    /// The validators of a height. All blocks up to two before it must have been executed by
    /// somebody, or they are as far as known.
    Roster roster(chain::Height height) const;

    /// The first height at which Byzantine nodes have a third of the power or more: from then on
    /// nothing is promised.
    bool is_safe() const { return is_safe_; }

    /// A correct node has executed a block.
    void note_executed(
        NodeIndex node, const chain::Block& block, const abci::BlockResults& results
    );

    /// A correct node has committed its state: looks at it, the first time.
    void note_committed(NodeIndex node, const ledger::BlockInfo& block, ledger::StateView& state);

    /// A correct node found something out about itself.
    void find(std::string what);

    /// What was found since the last call.
    std::optional<std::string> take_finding() { return std::exchange(finding_, std::nullopt); }

    TownCounters counters() const;

private:
    struct Executed {
        chain::Hash256 block{};
        abci::BlockResults results{};
    };

    void watch_market(NodeIndex node, const ledger::BlockInfo& block, ledger::StateView& state);
    Roster after(Roster roster, std::span<const chain::ValidatorUpdate> updates) const;
    void change_roster(chain::Height height, std::span<const chain::ValidatorUpdate> updates);
    void count(const abci::BlockResults& results);

    const Options& options_;
    std::vector<crypto::PublicKey> keys_;
    test::People people_;
    test::Founding founding_;
    std::optional<test::Crowd> crowd_{};
    std::optional<test::MarketWatch> watch_{};
    std::map<chain::Height, Roster> rosters_{};  ///< from that height on
    std::map<chain::Height, Executed> executed_{};
    chain::Height checked_{};  ///< up to here states were looked at
    std::optional<chain::Amount> genesis_supply_{};
    std::optional<std::string> finding_{};
    bool is_safe_ = true;
    TownCounters counters_{};
};

}  // namespace steelyard::sim
