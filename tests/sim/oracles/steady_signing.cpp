#include "tests/sim/cluster.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {
namespace {

class SteadySigning final : public Oracle {
public:
    std::string_view name() const override { return "steady signing"; }

    Finding on_signing_refused(const Cluster& cluster, NodeIndex node, const Error& error)
        override {
        if (!cluster.is_correct(node)) {
            return {};
        }
        return fmt::format("node {} was refused: {}", node, error.message());
    }
};

}  // namespace

std::unique_ptr<Oracle> make_steady_signing() {
    return std::make_unique<SteadySigning>();
}

}  // namespace steelyard::sim
