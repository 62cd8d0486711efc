// steelyard-sim: runs simulations by their seeds.
#include "tests/sim/arguments.h"
#include "tests/sim/shrink.h"
#include "tests/sim/worker.h"

#include <sys/resource.h>

#include <thread>

namespace steelyard::sim {
namespace {

constexpr std::size_t shrink_runs_max = 40;
constexpr auto benchmark_length = std::chrono::minutes(30);

struct Totals {
    std::uint64_t seeds = 0;
    std::uint64_t failed = 0;
    Counters counters{};
    TownCounters seeds_with{};  ///< in how many seeds it happened; `moved`: anybody joined or left
    NetworkCounters network{};
    Time virtual_time{};

    void add(const Report& report) {
        ++seeds;
        failed += report.passed() ? 0 : 1;
        virtual_time += report.virtual_time;
        counters.blocks += report.counters.blocks;
        counters.round_max = std::max(counters.round_max, report.counters.round_max);
        counters.rounds += report.counters.rounds;
        counters.crashes += report.counters.crashes;
        counters.restarts += report.counters.restarts;
        counters.partitions += report.counters.partitions;
        counters.contradictions += report.counters.contradictions;
        counters.refused_blocks += report.counters.refused_blocks;
        counters.equivocations += report.counters.equivocations;
        counters.evidence_heard += report.counters.evidence_heard;
        counters.evidence += report.counters.evidence;
        counters.byzantine_stops += report.counters.byzantine_stops;
        counters.fetched += report.counters.fetched;
        counters.fall_backs += report.counters.fall_backs;
        counters.omitted += report.counters.omitted;
        counters.proposed_again += report.counters.proposed_again;
        add(report.counters.town);
        counters.cut_short += report.counters.cut_short;
        network.sent += report.network.sent;
        network.delivered += report.network.delivered;
        network.lost += report.network.lost;
        network.duplicated += report.network.duplicated;
    }

    void add(const TownCounters& town) {
        counters.town.txs += town.txs;
        counters.town.failed_txs += town.failed_txs;
        counters.town.double_signs += town.double_signs;
        counters.town.sleepers += town.sleepers;
        counters.town.unjailed += town.unjailed;
        counters.town.joined += town.joined;
        counters.town.left += town.left;
        counters.town.moved += town.moved;
        add(town.market);
        seeds_with.double_signs += town.double_signs > 0 ? 1 : 0;
        seeds_with.sleepers += town.sleepers > 0 ? 1 : 0;
        seeds_with.unjailed += town.unjailed > 0 ? 1 : 0;
        seeds_with.moved += town.joined + town.left > 0 ? 1 : 0;
    }

    void add(const test::MarketCounters& market) {
        test::MarketCounters& sum = counters.town.market;
        sum.matched += market.matched;
        sum.challenged += market.challenged;
        sum.proved += market.proved;
        sum.malformed += market.malformed;
        sum.honest_settled += market.honest_settled;
        sum.wrong_settled += market.wrong_settled;
        sum.live_max = std::max(sum.live_max, market.live_max);
        for (std::size_t reason = 0; reason < sum.ended.size(); ++reason) {
            sum.ended[reason] += market.ended[reason];
        }
    }

    void print_market() const {
        const test::MarketCounters& market = counters.town.market;
        fmt::print(
            "jobs matched {}, challenged {}, proved {}, malformed proofs {}, at most {} at a time\n"
            "settled of honest providers {}, of wrong ones that nobody noticed {}; tries ended:",
            market.matched,
            market.challenged,
            market.proved,
            market.malformed,
            market.live_max,
            market.honest_settled,
            market.wrong_settled
        );
        for (std::uint8_t reason = 0; reason < market.ended.size(); ++reason) {
            if (market.ended[reason] > 0) {
                const std::string_view name = to_string(market::Reason{reason});
                fmt::print(" {} {}", name, market.ended[reason]);
            }
        }
        fmt::print("\n");
    }

    void print(std::chrono::nanoseconds real, std::chrono::nanoseconds cpu) const {
        fmt::print(
            "seeds {}, failed {}\n"
            "virtual time {} s, real {}.{:03} s, ratio {}, to processor time {}\n"
            "blocks {}, extra rounds {}, highest round {}\n"
            "messages sent {}, delivered {}, lost {}, duplicated {}\n"
            "crashes {}, restarts {}, partitions {}\n"
            "contradicting votes sent {}, equivocations seen {}, evidence heard {}, committed {}\n"
            "invalid blocks refused {}, byzantine nodes stopped {}\n"
            "blocks fetched by block sync {}, nodes left behind {}\n"
            "turns without a proposal {}, blocks decided when they were proposed again {}\n"
            "transactions of the ledger {}, failed {}, seeds cut short {}\n"
            "double signs punished {} (in {} seeds), jailed for sleeping {} ({}), unjailed {} "
            "({})\n"
            "validators joined {}, left {} ({}), other changes of power {}\n",
            seeds,
            failed,
            virtual_time / std::chrono::seconds(1),
            real / std::chrono::seconds(1),
            real / std::chrono::milliseconds(1) % 1'000,
            virtual_time / std::max(real, std::chrono::nanoseconds(1)),
            virtual_time / std::max(cpu, std::chrono::nanoseconds(1)),
            counters.blocks,
            counters.rounds,
            counters.round_max,
            network.sent,
            network.delivered,
            network.lost,
            network.duplicated,
            counters.crashes,
            counters.restarts,
            counters.partitions,
            counters.contradictions,
            counters.equivocations,
            counters.evidence_heard,
            counters.evidence,
            counters.refused_blocks,
            counters.byzantine_stops,
            counters.fetched,
            counters.fall_backs,
            counters.omitted,
            counters.proposed_again,
            counters.town.txs,
            counters.town.failed_txs,
            counters.cut_short,
            counters.town.double_signs,
            seeds_with.double_signs,
            counters.town.sleepers,
            seeds_with.sleepers,
            counters.town.unjailed,
            seeds_with.unjailed,
            counters.town.joined,
            counters.town.left,
            seeds_with.moved,
            counters.town.moved
        );
    }
};

void print_violations(const Report& report, const Fixed& fixed) {
    for (const Violation& violation : report.violations) {
        fmt::print(
            "seed {} at {} s: {}: {}\n  {}\n",
            report.seed,
            violation.when / std::chrono::seconds(1),
            violation.oracle,
            violation.what,
            replay_command(report.seed, fixed)
        );
    }
}

void print_failure(const Report& report, const Arguments& arguments) {
    print_violations(report, arguments.fixed);
    if (arguments.shrinks) {
        const Shrunk shrunk = shrink(report.seed, arguments.fixed, report, shrink_runs_max);
        fmt::print("  smaller: {}\n", replay_command(report.seed, shrunk.fixed));
    }
    std::fflush(stdout);
}

Totals run_seeds(const Arguments& arguments) {
    const auto [first, last] = *arguments.seeds;
    std::uint64_t left = last - first + 1;
    Totals totals;
    const auto next = [&]() -> std::optional<Job> {
        if (left == 0) {
            return std::nullopt;
        }
        const std::uint64_t seed = last - --left;
        return Job{seed, draw_options(seed, arguments.fixed)};
    };
    const auto take = [&](const Report& report) {
        totals.add(report);
        if (!report.passed()) {
            print_failure(report, arguments);
        }
        return true;
    };
    Workers(std::max(1U, std::thread::hardware_concurrency())).run(next, take);
    return totals;
}

Totals replay(const Arguments& arguments) {
    const std::uint64_t seed = *arguments.replay;
    const Report report = run(draw_options(seed, arguments.fixed), arguments.trace);
    print_violations(report, arguments.fixed);
    fmt::print("trace hash {:016x}\n", report.trace_hash);
    Totals totals;
    totals.add(report);
    return totals;
}

Totals benchmark() {
    Options options = calm_options(1);
    options.safety_phase = benchmark_length;
    Totals totals;
    totals.add(run(options));
    return totals;
}

/// What this process and the workers that have ended used of all cores.
std::chrono::nanoseconds cpu_time() {
    Time sum{};
    for (const auto whose : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage used{};
        CHECK(::getrusage(whose, &used) == 0);
        for (const timeval& time : {used.ru_utime, used.ru_stime}) {
            sum += std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
        }
    }
    return sum;
}

int run_command(const Arguments& arguments) {
    const SystemClock clock;
    const auto begin = clock.monotonic_now();
    const Totals totals = arguments.seeds    ? run_seeds(arguments)
                          : arguments.replay ? replay(arguments)
                                             : benchmark();
    totals.print(clock.monotonic_now() - begin, cpu_time());
    if (totals.counters.town.market.matched > 0) {
        totals.print_market();
    }
    return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace steelyard::sim

int main(int count, char** words) {
    using namespace steelyard;
    const std::vector<std::string_view> arguments(words + 1, words + count);
    const auto parsed = sim::parse_arguments(arguments);
    if (!parsed) {
        fmt::print(stderr, "steelyard-sim: {}\n{}", parsed.error().message(), sim::usage);
        return 2;
    }
    if (parsed->helps) {
        fmt::print("{}", sim::usage);
        return 0;
    }
    return sim::run_command(*parsed);
}
