// The watch sees it when a market breaks its promises.
#include "tests/support/market/market_watch.h"

#include "ledger/auth/accounts.h"
#include "ledger/params/stored_params.h"
#include "tests/support/chain_builders.h"
#include "tests/support/ledger/map_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::test {
namespace {

using market::AccountNumber;
using market::Job;
using market::JobId;
using market::JobState;
using market::Provider;
using testing::HasSubstr;

/// An honest provider and a cheat, with one started job each.
class Watch : public testing::Test {
protected:
    Watch() {
        block.chain_id = chain_id("watch");
        block.height = chain::Height(10);
        block.time = time_after(10);
        params.market.class_fee = 0;
        for (const std::string_view name : auth::module_names) {
            auth::make(
                state, {.address = auth::module_address(name), .module_name = std::string(name)}
            )
                .value();
        }
        crowd.adjust(params.market);
        ledger::store_params(state, params).value();
        ledger::Events none;
        crowd.found(state, {state, none, block, params});
        for (const auto& role : crowd.roles()) {
            const AccountNumber account = account_of(role);
            if (role.character == Character::honest) {
                honest = account;
            } else if (role.character == Character::cheat) {
                cheat = account;
            }
        }
        for (const AccountNumber account : {honest, cheat}) {
            market::put_provider(state, account, {.bond = 50'000'000, .reserved = 2'000'000})
                .value();
        }
        put_job(honest_job, honest);
        put_job(cheats_job, cheat);
        watch.begin(state);
        block.height = block.height.next();
    }

    AccountNumber account_of(const Crowd::Role& role) const {
        return auth::find(state, crowd.people()[role.account].address).value().value();
    }

    void put_job(const JobId& id, AccountNumber provider) {
        const market::Deadline deadline{
            .kind = market::DeadlineKind::commit,
            .due = {.height = chain::Height(12), .time = time_after(0)},
        };
        const Job job{
            .state = JobState::started,
            .match =
                market::Match{
                    .ask =
                        {.row =
                             {.book = {market::ClassId{1}}, .price = 1, .posted = chain::Height(8)},
                         .id = market::OrderId{9}},
                    .provider = provider,
                    .price = 50'000,
                    .reserved = 2'000'000,
                    .height = chain::Height(9),
                    .terms = {.nominal_block_ms = 500, .commit_blocks = 3, .respond_blocks = 3},
                },
            .deadline = deadline,
        };
        market::put_job(state, id, job).value();
        market::put_order(
            state, id.order, {.book = {market::ClassId{1}}, .last = chain::Height(100), .live = 1}
        )
            .value();
    }

    void take_from(AccountNumber account, market::Money amount) {
        Provider provider = market::get_provider(state, account).value().value();
        provider.bond -= amount;
        market::put_provider(state, account, provider).value();
    }

    void end(const JobId& id, std::string_view reason) {
        market::erase_job(state, id).value();
        events.push_back(ledger::make_event(
            "job", {{"action", "reopened"}, {"id", to_string(id)}, {"reason", reason}}
        ));
    }

    std::string follow() {
        std::vector<const chain::Event*> seen;
        for (const chain::Event& event : events) {
            seen.push_back(&event);
        }
        return watch.follow(state, block, seen).value_or("");
    }

    const JobId honest_job{.order = market::OrderId{1}};
    const JobId cheats_job{.order = market::OrderId{2}};
    Crowd crowd{{.seed = 1}};
    MarketWatch watch{crowd, true};
    MapState below{};
    ledger::StateView state{below};
    ledger::Params params{};
    ledger::BlockInfo block{};
    ledger::Events events{};
    AccountNumber honest{};
    AccountNumber cheat{};
};

TEST_F(Watch, has_nothing_to_say_where_nothing_is_wrong) {
    EXPECT_EQ(follow(), "");
    end(cheats_job, "late");
    take_from(cheat, 5'000);  // 10 %

    EXPECT_EQ(follow(), "");
}

TEST_F(Watch, sees_a_bond_that_changes_by_itself) {
    take_from(cheat, 1);

    EXPECT_THAT(follow(), HasSubstr("of which rules take 0"));
}

TEST_F(Watch, sees_damages_of_another_size) {
    end(cheats_job, "not_started");
    take_from(cheat, 999);  // 2 % are 1,000

    EXPECT_THAT(follow(), HasSubstr("of which rules take 1000"));
}

TEST_F(Watch, sees_an_honest_provider_lose) {
    end(honest_job, "late");
    take_from(honest, 5'000);

    EXPECT_THAT(follow(), HasSubstr("is honest and has lost 5000"));
}

TEST_F(Watch, sees_an_honest_provider_in_jail) {
    Provider provider = market::get_provider(state, honest).value().value();
    provider.is_jailed = true;
    market::put_provider(state, honest, provider).value();

    EXPECT_THAT(follow(), HasSubstr("is jailed"));
}

TEST_F(Watch, sees_silence_slashed_where_nothing_was_asked) {
    end(cheats_job, "silence");
    take_from(cheat, 2'000'000);

    EXPECT_THAT(follow(), HasSubstr("where nothing was asked"));
}

TEST_F(Watch, sees_a_job_that_stands_behind_its_deadline) {
    block.height = chain::Height(12);

    EXPECT_THAT(follow(), HasSubstr("behind its deadline"));
}

/// Of a cheat whose challenge any probe answers, proved all the same; of an honest one, slashed.
TEST_F(Watch, sees_verdicts_that_are_not_those_of_the_probes) {
    const market::ProgramFacts facts = crowd.programs().front();
    for (const bool is_wrong : {true, false}) {
        MarketWatch other(crowd, false);
        Job job = market::get_job(state, cheats_job).value().value();
        job.state = JobState::challenged;
        job.commit = (is_wrong ? TruthVerifier::wrong_result(facts, {}, TruthVerifier::extent_max)
                               : TruthVerifier::true_result(facts, {}))
                         .commit;
        job.challenge = market::Challenge{.issued = chain::Height(9), .probes = 1};
        market::put_job(state, cheats_job, job).value();
        other.begin(state);
        const auto event =
            is_wrong
                ? ledger::make_event("job", {{"action", "proved"}, {"id", to_string(cheats_job)}})
                : ledger::make_event(
                      "job",
                      {{"action", "reopened"}, {"id", to_string(cheats_job)}, {"reason", "fraud"}}
                  );
        const std::vector<const chain::Event*> seen = {&event};

        const auto finding = other.follow(state, block, seen);

        EXPECT_THAT(finding.value_or(""), HasSubstr(is_wrong ? "a probe shows" : "no probe shows"));
    }
}

}  // namespace
}  // namespace steelyard::test
