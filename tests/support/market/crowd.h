// Crowd: providers, workers and users of a market, each with a character. What they do follows from
// the chain's state and a seed, so that every node of a simulation invents the same.
#pragma once

#include "ledger/params/params.h"
#include "market/records/job.h"
#include "tests/support/ledger/dice.h"
#include "tests/support/ledger/signed_tx.h"
#include "tests/support/market/truth_verifier.h"

namespace steelyard::test {

enum class Character : std::uint8_t {
    honest,
    late,      ///< takes its time, often more than it has
    silent,    ///< stops answering at some step
    cheat,     ///< commits what is wrong and opens it honestly; sometimes it retracts
    junk,      ///< commits what is wrong and sends malformed proofs
    decliner,  ///< gives most jobs back
    buyer,
    array_buyer,
    canceller,  ///< of orders of its own
    pauper,     ///< whose money ends
    picky,      ///< whose filters nobody passes
};

struct CrowdOptions {
    std::uint64_t seed = 0;
    bool is_restless = false;  ///< bonds, workers, asks and profiles come and go as well
    std::size_t live_jobs_max = 60;
};

class Crowd {
public:
    /// How long an honest provider takes for a step at most, after the block that asks for it.
    static constexpr std::uint64_t honest_delay_max = 2;

    explicit Crowd(const CrowdOptions& options);

    /// Short windows, for a chain of a hundred blocks. They are longer than honest_delay_max by
    /// eight blocks: so many may pass that a message is left out of.
    void adjust(ledger::MarketParams& params) const;

    /// Classes, programs, and everybody's money: before the first block, with the parameters of the
    /// state. The state has the modules' accounts.
    void found(ledger::StateView& state, const ledger::Context& like) const;

    const People& people() const { return people_; }

    /// Of a provider's account; nothing: it is none of ours.
    std::optional<Character> provider(const chain::Address& address) const;

    /// What everybody sends for the next block, from the state before it: each transaction as it
    /// would wait in a mempool.
    std::vector<Bytes> draw(
        const ledger::StateView& state, const ledger::BlockInfo& block, Dice& dice
    ) const;

    // For the files of this folder.
    struct Role {
        Character character{};
        std::size_t account = 0;  ///< the person
        std::size_t worker = 0;   ///< the person that works for it; of a provider
    };
    const std::vector<Role>& roles() const { return roles_; }
    const CrowdOptions& options() const { return options_; }
    std::span<const market::ProgramFacts> programs() const { return programs_; }

private:
    CrowdOptions options_;
    std::vector<Role> roles_;
    People people_;
    std::vector<market::ProgramFacts> programs_{};
};

bool is_provider(Character character);

}  // namespace steelyard::test
