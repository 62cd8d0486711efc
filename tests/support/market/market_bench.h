// MarketBench: a market in memory, block by block, with people who have money.
#pragma once

#include "ledger/params/params.h"
#include "market/block/block.h"
#include "market/book/listings.h"
#include "market/challenges/challenges.h"
#include "market/jobs/jobs.h"
#include "market/orders/orders.h"
#include "market/parties/instruments.h"
#include "market/parties/providers.h"
#include "market/records/job.h"
#include "tests/support/ledger/map_state.h"
#include "tests/support/market/fake_verifier.h"

#include <gtest/gtest.h>

namespace steelyard::test {

/// Every block is checked: M1 to M6 hold after it.
class MarketBench {
public:
    static constexpr market::Money wealth = 1'000'000'000'000;

    /// Short windows: those of a devnet, with all challenged.
    MarketBench();

    /// The transaction phase of a block: what fails leaves the state as it was.
    template <typename F>
    auto run(F&& message) {
        const auto mark = view_->mark();
        const std::size_t told = events.size();
        auto outcome = message(context());
        if (!outcome) {
            view_->roll_back(mark);
            events.resize(told);
        }
        return outcome;
    }

    /// Ends the block under way, which checks the invariants, and begins the next one, later by the
    /// nominal time of a block, or by `ms`.
    void end_block();
    void end_block(std::int64_t ms);
    void end_blocks(int count);

    /// An account with money, the same for the same number.
    market::AccountNumber person(int number);
    chain::Address address(int number) const;
    market::Money balance(market::AccountNumber account) const;
    market::Money burned() const;

    /// A provider with a worker of the class (its account is `person(number + 1000)`), and an ask.
    market::AccountNumber make_provider(int number, market::Money bond = 1'000'000'000);
    market::AskKey ask(
        market::AccountNumber provider, market::Price price, market::WorkUnits work_units
    );

    market::OrderTerms terms(market::Price limit) const;
    market::JobId order(market::AccountNumber user, const market::OrderTerms& terms);

    /// One run of the program for each task, all at a time, with a budget for all.
    market::OrderId array(
        market::AccountNumber user, const market::OrderTerms& terms, std::uint32_t tasks
    );

    // Steps of a job's worker.
    void start(const market::JobId& id);
    void commit(const market::JobId& id);
    market::Outcome<market::Judgement> prove(const market::JobId& id, market::ProofVerdict verdict);
    market::CommittedResult result() const;

    market::Job job(const market::JobId& id) const;
    market::Order order_of(const market::JobId& id) const;
    market::Provider provider(market::AccountNumber account) const;
    ledger::StateView& state() { return *view_; }
    market::Context& context() { return *context_; }
    const market::Books& books() const { return books_; }
    const market::Listings& listings() const { return listings_; }  ///< of the block before

    ledger::Params params{};
    ledger::BlockInfo block{};
    ledger::Events events{};
    FakeVerifier verifier{};

    /// Whom blocks from the next one on ask.
    const market::ProofVerifier* judge = &verifier;
    market::ClassId class_id{};
    market::ProgramFacts facts{};
    crypto::Hash256 program{};

    /// Who proposes: validators in turn, of equal power.
    std::uint32_t validators = 4;

    /// Who proposes instead, as long as it is set.
    std::optional<market::ProposerRow> proposer{};

private:
    void begin_block();
    void check();

    MapState below_{};
    std::unique_ptr<ledger::StateView> view_{};
    std::unique_ptr<market::Context> context_{};
    market::Books books_{};
    market::Listings listings_{};
};

}  // namespace steelyard::test
