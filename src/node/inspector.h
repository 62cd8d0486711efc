// Inspector: the RPC over the stores of a node that does not run.
#pragma once

#include "base/result.h"
#include "node/config/config.h"

#include <memory>

namespace steelyard::node {

/// Serves, from `start` to its end, the routes that need nothing but what is stored, as CometBFT's
/// `inspect`. Changes nothing in the stores; as long as it lives, no node opens them.
class Inspector {
public:
    /// At rpc.laddr. Errors: not_found if there is no data, denied if a node or another command
    /// uses the data folder, those of the stores, and io if nothing can listen there.
    static Result<std::unique_ptr<Inspector>> start(const Config& config);
    ~Inspector();

    /// In the order of rpc.laddr.
    std::vector<std::uint16_t> ports() const;

    /// The last height that was executed; 0 before the first.
    std::int64_t height() const;

private:
    class Impl;
    explicit Inspector(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::node
