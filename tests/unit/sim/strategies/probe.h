// Probe: what one Byzantine node among four does to the other three.
#pragma once

#include "tests/sim/simulation.h"

namespace steelyard::sim {

/// What correct nodes saw of the Byzantine one, or what came of it.
struct Seen {
    Counters counters{};
    std::vector<Violation> violations{};
    std::set<std::string> reports{};      ///< what correct nodes reported of the Byzantine one
    std::uint64_t unsigned_commits = 0;   ///< commits without its vote for the block
    std::uint64_t commits = 0;            ///< of one correct node
    std::uint64_t double_proposals = 0;   ///< two of one round
    std::uint64_t distant_votes = 0;      ///< of rounds or heights that nobody was at
    std::uint64_t later_votes = 0;        ///< of rounds after the first
    std::uint64_t strange_times = 0;      ///< of its votes, hours from now
    std::uint64_t unfit_pol_rounds = 0;   ///< proposals that name one without a polka
    std::uint64_t lonely_precommits = 0;  ///< rounds where one correct node alone precommitted
};

/// A minute of four nodes, the last of which has this strategy. Where messages get lost, nodes pass
/// on what they have heard.
Seen probe(const std::string& strategy, Permille loss = 0);

}  // namespace steelyard::sim
