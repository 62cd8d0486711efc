// Random people over many blocks: whatever they do, jobs end, money is where the rules say, and
// nothing is left behind.
#include "base/random.h"
#include "ledger/auth/accounts.h"
#include "market/records/kinds.h"
#include "tests/support/market/market_bench.h"

namespace steelyard::market {
namespace {

using test::FakeVerifier;
using test::MarketBench;

constexpr int users = 6;
constexpr int providers = 5;
constexpr int blocks = 160;
constexpr int first_provider = 100;
constexpr int first_worker = 1'100;  // where `make_provider` has them

Money damages_for(Reason reason, const Match& match) {
    switch (reason) {
        case Reason::not_started:
            return damages(match.price, 2);
        case Reason::late:
        case Reason::retracted:
            return damages(match.price, 10);
        case Reason::fraud:
        case Reason::silence:
            return match.reserved;
        default:
            return 0;
    }
}

/// People, and what the rules say that they should have.
class Schedule {
public:
    explicit Schedule(std::uint64_t seed) : random_(seed) {
        bench.params.market.min_slash = 100'000;
        bench.params.market.retract_blocks = 2;
        bench.params.market.challenge_delay = 3;
        bench.params.market.challenge_bps = 3'000;
        bench.params.market.probation_jobs = 3;
        bench.params.market.reputation_unit = 500;
        bench.params.market.issue_gas_max = 4 * bench.facts.proof_gas;
        bench.params.market.block_proof_gas_max = 8 * bench.facts.proof_gas;
        bench.params.market.sweep_max = 100;
        for (int i = 0; i < users; ++i) {
            people_.push_back(bench.person(i + 1));
        }
        for (int i = 0; i < providers; ++i) {
            providers_.push_back(bench.make_provider(first_provider + i, bond));
        }
        users_before_ = money_of_users();
    }

    /// A block with messages of everybody.
    void go_on() {
        for (std::uint64_t i = 0, count = below(12); i < count; ++i) {
            act();
        }
        static constexpr std::array<std::int64_t, 6> steps = {1'000, 1'000, 1'000, 0, 300, 20'000};
        bench.end_block(steps[below(steps.size())]);
        follow_jobs();
    }

    /// Nobody does anything any more; how many blocks until no job is there.
    int run_out() {
        for (int count = 0; count < 2'000; ++count) {
            if (jobs().empty()) {
                return count;
            }
            bench.end_block();
            follow_jobs();
        }
        return -1;
    }

    std::map<JobId, Job> jobs() {
        std::map<JobId, Job> all;
        walk_jobs(bench.state(), {}, [&](const JobId& id, const Job& job) -> Outcome<bool> {
            all.emplace(id, job);
            return true;
        }).value();
        return all;
    }

    Money money_of_users() {
        Money sum = 0;
        for (const AccountNumber user : people_) {
            sum += bench.balance(user);
        }
        return sum;
    }

    /// Users paid for what was settled, proofs, and got what was due to them; nothing else moved.
    void expect_money_is_right() {
        const ClassCounters counters = get_class_counters(bench.state(), bench.class_id).value();
        EXPECT_EQ(money_of_users() + counters.paid + repaid_, users_before_ + counters.damages);
        EXPECT_EQ(counters.paid, paid_);
        for (const AccountNumber provider : providers_) {
            const Provider bonded = bench.provider(provider);
            EXPECT_EQ(bonded.bond + withdrawn_[provider] + lost_[provider], bond);
            EXPECT_EQ(bonded.reserved, 0U);
            EXPECT_EQ(bonded.slashes, std::min(slashes_[provider], slashes_max));
        }
    }

    static constexpr Money bond = 50'000'000;
    MarketBench bench{};
    std::map<std::string_view, int> seen{};

private:
    std::uint64_t below(std::uint64_t end) { return random_.below(end); }

    template <typename T>
    const T& one_of(const std::vector<T>& all) {
        return all[below(all.size())];
    }

    /// A message of anybody; what is refused leaves nothing behind (MarketBench::run).
    void act() {
        switch (below(10)) {
            case 0:
            case 1:
                return post();
            case 2:
            case 3:
                return offer();
            case 4:
                return manage();
            default:
                work();
                return follow_jobs();  // before the block's end has the job cancelled, say
        }
    }

    void post() {
        OrderTerms terms = bench.terms(40'000'000 + 1'000'000 * below(40));
        terms.lifetime = static_cast<std::uint32_t>(below(60));
        terms.retries = static_cast<std::uint32_t>(below(4));
        const AccountNumber user = one_of(people_);
        if (below(4) == 0) {
            const auto live = jobs();
            if (!live.empty()) {
                const OrderId id =
                    std::next(live.begin(), static_cast<std::ptrdiff_t>(below(live.size())))
                        ->first.order;
                std::ignore =
                    bench.run([&](Context& context) { return cancel_order(context, user, id); });
            }
        } else if (below(3) == 0) {
            const ArrayTerms array{
                .max_parallel = 1 + static_cast<std::uint32_t>(below(4)),
                .budget = 200'000 + 10'000 * below(50),
                .tasks = std::vector<std::vector<Hash256>>(1 + below(6)),
            };
            std::ignore = bench.run([&](Context& context) {
                return post_array(context, user, terms, array);
            });
        } else {
            std::ignore =
                bench.run([&](Context& context) { return post_order(context, user, terms); });
        }
    }

    void offer() {
        const AccountNumber provider = one_of(providers_);
        const Price price = 40'000'000 + 1'000'000 * below(40);
        std::ignore = bench.run([&](Context& context) {
            return post_ask(
                context,
                provider,
                {bench.class_id},
                price,
                1'000 * (1 + below(5)),
                static_cast<std::uint32_t>(below(40))
            );
        });
    }

    void manage() {
        const AccountNumber provider = one_of(providers_);
        if (below(2) == 0) {
            std::ignore =
                bench.run([&](Context& context) { return unjail_provider(context, provider); });
            return;
        }
        const Money amount = below(1'000'000);
        const Money before = bench.provider(provider).withdrawing;
        if (bench.run([&](Context& context) { return withdraw_bond(context, provider, amount); })) {
            EXPECT_EQ(bench.provider(provider).withdrawing, before + amount);
            withdrawn_[provider] += amount;
        }
    }

    /// A message about some job, mostly one that fits.
    void work() {
        const auto all = jobs();
        if (all.empty()) {
            return;
        }
        const auto& [id, job] =
            *std::next(all.begin(), static_cast<std::ptrdiff_t>(below(all.size())));
        AccountNumber signer = one_of(providers_);
        if (job.match && below(10) > 0) {
            signer = below(2) == 0 ? job.match->worker : job.match->provider;
        }
        const auto send = [&](auto step) {
            std::ignore = bench.run([&](Context& context) { return step(context, signer, id); });
        };
        const JobState about =
            below(10) == 0 ? JobState{static_cast<std::uint8_t>(1 + below(11))} : job.state;
        switch (about) {
            case JobState::matched:
                if (below(6) == 0) {
                    const Decline reason{static_cast<std::uint8_t>(1 + below(5))};
                    return send([&](Context& context, AccountNumber by, const JobId& which) {
                        return decline_job(context, by, which, reason);
                    });
                }
                return send(start_job);
            case JobState::started:
                return send([&](Context& context, AccountNumber by, const JobId& which) {
                    return commit_result(context, by, which, some_result());
                });
            case JobState::committed:
                return below(8) == 0 ? send(retract_result) : void();
            case JobState::challenged:
                return answer(id, job, signer);
            default:
                return;
        }
    }

    CommittedResult some_result() {
        CommittedResult result = bench.result();
        if (below(5) == 0) {
            result.inline_result.clear();
            result.commit.fault = FaultPlace{.kind = 1, .step = below(10)};
            result.commit.steps = result.commit.fault->step;
            result.commit.output_root = bench.verifier.fault_root(*result.commit.fault);
        } else if (below(9) == 0) {
            ++result.commit.steps;
        }
        return result;
    }

    void answer(const JobId& id, const Job& job, AccountNumber signer) {
        using enum ProofVerdict;
        static constexpr std::array verdicts = {right, right, right, right, wrong, malformed};
        const Hash256 seed = job.challenge ? job.challenge->seed : Hash256{};
        const Bytes proof = FakeVerifier::make_proof(verdicts[below(verdicts.size())], seed);
        const Money before = bench.balance(signer);
        const Money settled_before = settled_to(signer, id);
        const auto judged =
            bench.run([&](Context& context) { return spot_check(context, signer, id, proof); });
        if (judged && judged->verdict == right) {
            repaid_ += bench.balance(signer) - before - (settled_to(signer, id) - settled_before);
        }
    }

    /// What a settled job has paid to an account that is its provider.
    Money settled_to(AccountNumber signer, const JobId& id) {
        const Job job = bench.job(id);
        if (job.state != JobState::settled || job.match->provider != signer) {
            return 0;
        }
        return job.paid - shares_of(job.paid, job.match->terms.fee_bps).fee;
    }

    /// Compares jobs with those of a block before: who lost one by what, and what was paid.
    void follow_jobs() {
        std::map<JobId, Job> now = jobs();
        for (const auto& [id, before] : last_) {
            const auto place = now.find(id);
            if (place == now.end()) {
                EXPECT_TRUE(is_final(before.state)) << to_string(id);
                continue;
            }
            const Job& after = place->second;
            const bool has_left = before.match && !is_final(before.state) &&
                                  (!after.match || after.match->height != before.match->height ||
                                   (is_final(after.state) && after.state != JobState::settled));
            if (has_left) {
                lost_[before.match->provider] += damages_for(after.reason, *before.match);
                slashes_[before.match->provider] +=
                    after.reason == Reason::fraud || after.reason == Reason::silence;
                const bool is_of_user =
                    after.reason == Reason::declined && is_of_inputs(after.decline);
                EXPECT_EQ(
                    party_at_fault(after.reason, after.decline),
                    is_of_user ? Party::user : Party::provider
                ) << to_string(after.reason);
            }
        }
        for (const auto& [id, job] : now) {
            if (is_final(job.state) && (!last_.contains(id) || !is_final(last_[id].state))) {
                paid_ += job.paid;
                EXPECT_EQ(job.paid, job.state == JobState::settled ? job.commit->price : 0);
                ++seen[to_string(job.state)];
                ++seen[to_string(job.reason)];
            }
        }
        last_ = std::move(now);
    }

    SeededRandom random_;
    std::vector<AccountNumber> people_{};
    std::vector<AccountNumber> providers_{};
    std::map<JobId, Job> last_{};
    std::map<AccountNumber, Money> lost_{};
    std::map<AccountNumber, Money> withdrawn_{};
    Money users_before_ = 0;
    Money repaid_ = 0;
    Money paid_ = 0;
    std::map<AccountNumber, std::uint32_t> slashes_{};
};

class Schedules : public testing::TestWithParam<std::uint64_t> {};

// Supply and M1 to M6 are checked after each block. A job that nobody touches ends within its
// windows: 60 of its order, 21 until its start, 360 until its commit, its decision, its turn to be
// challenged, 120 for an answer, 30 until it is settled; then 50 of retention.
TEST_P(Schedules, end_with_all_jobs_gone_and_all_money_accounted_for) {
    Schedule schedule(GetParam());
    for (int block = 0; block < blocks; ++block) {
        schedule.go_on();
    }

    const int left = schedule.run_out();

    EXPECT_GE(left, 0);
    EXPECT_LE(left, 60 + 21 + 360 + 100 + 120 + 30 + 50 + 10);
    schedule.bench.end_blocks(110);  // orders that waited for their jobs
    int orders = 0;
    walk_orders(schedule.bench.state(), {}, [&](OrderId, const Order&) -> Outcome<bool> {
        ++orders;
        return true;
    }).value();
    EXPECT_EQ(orders, 0);
    EXPECT_FALSE(first_queued(schedule.bench.state(), std::nullopt).value());
    EXPECT_EQ(get_program(schedule.bench.state(), schedule.bench.program).value()->uses, 0U);
    schedule.expect_money_is_right();
}

INSTANTIATE_TEST_SUITE_P(Seeds, Schedules, testing::Range<std::uint64_t>(0, 12));

TEST(SchedulesTogether, come_to_every_kind_of_end) {
    std::map<std::string_view, int> seen;
    for (std::uint64_t seed = 100; seed < 104; ++seed) {
        Schedule schedule(seed);
        for (int block = 0; block < blocks; ++block) {
            schedule.go_on();
        }
        schedule.run_out();
        for (const auto& [what, count] : schedule.seen) {
            seen[what] += count;
        }
    }
    for (const JobState state :
         {JobState::settled,
          JobState::cancelled,
          JobState::expired,
          JobState::refunded,
          JobState::slashed}) {
        EXPECT_GT(seen[to_string(state)], 0) << to_string(state);
    }
    for (const Reason reason :
         {Reason::cancelled,
          Reason::expired,
          Reason::declined,
          Reason::not_started,
          Reason::late,
          Reason::retracted,
          Reason::fraud,
          Reason::silence,
          Reason::settled,
          Reason::settled_fault}) {
        EXPECT_GT(seen[to_string(reason)], 0) << to_string(reason);
    }
}

}  // namespace
}  // namespace steelyard::market
