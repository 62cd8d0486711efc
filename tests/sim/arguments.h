// The command line of steelyard-sim.
#pragma once

#include "tests/sim/options.h"

#include <span>

namespace steelyard::sim {

inline constexpr std::string_view usage = R"(usage: steelyard-sim --seeds A..B [options]
       steelyard-sim --replay SEED [--trace] [options]
       steelyard-sim --benchmark

  --seeds A..B      run these seeds, on all cores; a line for each violation
  --replay SEED     run one seed, in this process
  --trace           print everything that happens
  --benchmark       four calm nodes: how much faster than real time?
  --no-shrink       leave failing seeds as they are
options, which fix what the seed would draw:
  --nodes N         4 to 32 nodes
  --minutes M       of virtual time with faults, 0 to 10000
  --byzantine F     Byzantine nodes, even if they are a third or more (then forks are expected)
  --app APP         what the nodes replicate: hash; ledger, or ledger with a market (else few seeds
                    do): market
  --without FAULT   no faults of this class; may be given again:
                    delays loss duplication reordering partitions clogs crashes torn-writes
                    slow-syncs pauses clock-errors validator-changes large-blocks byzantine
                    abstentions (nodes that have nothing to propose at their turn)
                    gossip (nodes that gossip, as half of the seeds have them)
Exits with 1 if anything was violated, with 2 if the command is wrong.
)";

struct SeedRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

struct Arguments {
    std::optional<SeedRange> seeds{};
    std::optional<std::uint64_t> replay{};
    bool benchmark = false;
    bool trace = false;
    bool shrinks = true;
    bool helps = false;
    Fixed fixed{};
};

/// Everything after the program's name. An error names the argument.
Result<Arguments> parse_arguments(std::span<const std::string_view> words);

}  // namespace steelyard::sim
