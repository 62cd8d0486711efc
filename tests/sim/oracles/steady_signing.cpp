#include "tests/sim/cluster.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {
namespace {

class SteadySigning final : public Oracle {
public:
    std::string_view name() const override { return "steady signing"; }

    Finding on_signing_refused(const Cluster& cluster, NodeIndex node, const Error& error)
        override {
        // A prevote that was signed together with the precommit after it, in one step, and lost
        // with the power, is not signed again. Nobody needs it: the polka was there without it.
        const bool is_contradiction = error.message().find("conflicting data") != std::string::npos;
        if (!cluster.is_correct(node) || !is_contradiction) {
            return {};
        }
        return fmt::format("node {} would sign something else: {}", node, error.message());
    }
};

}  // namespace

std::unique_ptr<Oracle> make_steady_signing() {
    return std::make_unique<SteadySigning>();
}

}  // namespace steelyard::sim
