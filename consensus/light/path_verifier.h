// PathVerifier: from a trusted block to another one, over blocks that one provider gives.
#pragma once

#include "consensus/light/ports.h"
#include "consensus/light/verifier.h"

namespace steelyard::light {

/// The blocks of a verified path, ascending: the trusted one first, the target last.
using Trace = std::vector<chain::LightBlock>;

/// Whether an error says that a provider has nothing to offer now, not that it misbehaved.
bool is_unavailable(const Error& error);

/// The block of a height, or the latest one. What comes back is of the chain and the height that
/// was asked for, and its set has the priorities of a fresh set: those that came along are dropped,
/// since nothing proves them (rule L2 of doc/spec/consensus-data.md). Errors: not_found and io as
/// the port has them; whatever else goes wrong is invalid.
Result<chain::LightBlock> fetch(
    Provider& source, const chain::ChainId& chain_id, std::optional<chain::Height> height
);

/// Verifies at one moment. Errors of its functions: those of verifier.h but insufficient; not_found
/// and io if the source does not have a block in between; too_large when the limit is used up.
class PathVerifier {
public:
    /// How many blocks one verification asks for, at most, over all calls.
    static constexpr std::size_t blocks_max = 1'000;

    PathVerifier(const VerifyOptions& options, chain::Timestamp now)
        : options_(options), now_(now) {}

    /// Skips as far as the trusted set's signatures carry, and asks for blocks in between where
    /// they do not. `target` is a block of the source above `trusted`, as below.
    Result<Trace> skip(
        Provider& source, const chain::LightBlock& trusted, const chain::LightBlock& target
    );

    /// Verifies every block between the two.
    Result<Trace> follow(
        Provider& source, const chain::LightBlock& trusted, const chain::LightBlock& target
    );

    /// Walks down from a trusted block along the hashes. The commit of the block that is returned
    /// is verified too, by the set that the hashes prove.
    Result<chain::LightBlock> descend(
        Provider& source, const chain::LightBlock& trusted, chain::Height height
    );

private:
    Result<chain::LightBlock> request(
        Provider& source, const chain::ChainId& chain_id, chain::Height height
    );

    Result<void> check_distance(std::int64_t blocks) const;

    VerifyOptions options_;
    chain::Timestamp now_;
    std::size_t requests_left_ = blocks_max;
};

}  // namespace steelyard::light
