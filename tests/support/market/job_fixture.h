// JobFixture: one user, one provider with an ask, and the user's job, in whatever state a test
// wants it.
#pragma once

#include "market/records/kinds.h"
#include "tests/support/market/market_bench.h"

namespace steelyard::test {

class JobFixture : public testing::Test {
protected:
    static constexpr market::Price ask_price = 50'000'000;  ///< 50,000 uyard for 1,000 work units
    static constexpr market::Price limit = 80'000'000;
    static constexpr market::Money job_price = 50'000;
    static constexpr market::Money reserved = 40 * job_price;
    static constexpr market::Money bond = 1'000'000'000;

    /// The ask stands, the order is posted, the block has not ended.
    JobFixture();

    /// Goes on to a state, by blocks and the worker's messages.
    void be(market::JobState state);

    /// Until `is_done`, which changes nothing, at most so many blocks; whether it is.
    bool go_on_until(const std::function<bool()>& is_done, int blocks_max = 300);

    /// Whether a message fails with a kind, and leaves state and events as they were.
    template <typename F>
    testing::AssertionResult refuses(const ledger::FailureKind& kind, F&& message) {
        const Changes before = changes();
        const std::size_t events = bench.events.size();
        const auto outcome = bench.run(std::forward<F>(message));
        if (outcome) {
            return testing::AssertionFailure() << "it succeeds";
        }
        if (outcome.error().kind != kind) {
            return testing::AssertionFailure() << "it fails otherwise: " << outcome.error().log;
        }
        if (changes() != before || bench.events.size() != events) {
            return testing::AssertionFailure() << "it leaves something behind";
        }
        return testing::AssertionSuccess();
    }

    // Messages about the job, by anybody.
    market::Outcome<void> start(market::AccountNumber signer);
    market::Outcome<void> decline(market::AccountNumber signer, market::Decline reason);
    market::Outcome<void> commit(
        market::AccountNumber signer, const market::CommittedResult& result
    );
    market::Outcome<void> retract(market::AccountNumber signer);
    market::Outcome<market::Judgement> prove(market::AccountNumber signer, ByteView proof);

    Bytes proof(market::ProofVerdict verdict) const;
    market::JobState state() const { return bench.job(id).state; }
    market::Job job() const { return bench.job(id); }
    market::ClassCounters counters();
    market::Money pool();

    /// What the user put aside for the job.
    market::Money escrow() const;

    /// Attributes of the last event of a type and action; empty: there is none.
    std::map<std::string, std::string> last_event(std::string_view type, std::string_view action)
        const;
    std::size_t count_events(std::string_view type, std::string_view action) const;

    MarketBench bench{};
    market::AccountNumber provider{};
    market::AccountNumber worker{};
    market::AccountNumber user{};
    market::AccountNumber stranger{};
    market::Money user_before = 0;
    market::Money provider_before = 0;  ///< behind the bond
    market::Money worker_before = 0;
    market::Money burned_before = 0;
    market::AskKey ask{};
    market::JobId id{};

private:
    using Changes = std::vector<std::pair<Bytes, std::optional<Bytes>>>;
    Changes changes();
};

}  // namespace steelyard::test
