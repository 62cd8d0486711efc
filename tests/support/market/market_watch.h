// MarketWatch: what must hold of a market with a crowd from one block to the next.
#pragma once

#include "chain/exec_result.h"
#include "market/records/party.h"
#include "tests/support/market/crowd.h"

#include <map>
#include <set>

namespace steelyard::test {

/// How often what happened.
struct MarketCounters {
    std::uint64_t matched = 0;
    std::uint64_t challenged = 0;
    std::uint64_t proved = 0;
    std::uint64_t malformed = 0;
    std::uint64_t honest_settled = 0;       ///< of honest providers
    std::array<std::uint64_t, 13> ended{};  ///< tries and jobs, by market::Reason
    std::uint64_t wrong_settled = 0;        ///< cheats that no probe fell on, or nobody asked
    std::uint64_t live_max = 0;             ///< jobs of one block that were not final
};

class MarketWatch {
public:
    /// The crowd outlives it. Where `is_fair`, honest providers are heard in time and parameters
    /// stay: then none of them loses anything.
    MarketWatch(const Crowd& crowd, bool is_fair) : crowd_(crowd), is_fair_(is_fair) {}

    /// A chain begins, or goes on elsewhere: what was seen before is forgotten.
    void begin(const ledger::StateView& state);

    /// The next block, with all its events in order, and the state that it left. What does not
    /// hold; nothing: all is well.
    std::optional<std::string> follow(
        const ledger::StateView& state,
        const ledger::BlockInfo& block,
        std::span<const chain::Event* const> events
    );

    const MarketCounters& counters() const { return counters_; }

private:
    using Finding = std::optional<std::string>;
    using Money = market::Money;

    struct Seen {
        std::map<market::JobId, market::Job> jobs{};
        std::map<market::AccountNumber, market::Provider> providers{};
    };

    /// What one block did.
    struct Step {
        const ledger::StateView& state;
        const ledger::BlockInfo& block;
        Seen now{};
        std::map<market::AccountNumber, Money> losses{};
        std::set<market::AccountNumber> moved{};  ///< whose bond its owner changed
        std::set<market::JobId> left{};           ///< jobs whose try ended
    };

    static Seen look(const ledger::StateView& state);
    Finding take(Step& step, const chain::Event& event);
    Finding take_end(Step& step, const market::JobId& id, std::string_view reason);
    Finding take_proof(const Step& step, const market::JobId& id) const;
    bool is_caught(const ledger::StateView& state, const market::JobId& id, const market::Job& job)
        const;
    Finding check_bonds(const Step& step) const;
    Finding check_honest(const Step& step) const;
    Finding check_jobs(const Step& step) const;
    std::optional<Character> character(
        const ledger::StateView& state, market::AccountNumber provider
    ) const;

    const Crowd& crowd_;
    bool is_fair_;
    Seen before_{};
    MarketCounters counters_{};
};

}  // namespace steelyard::test
