#include "tests/sim/cluster.h"
#include "tests/sim/ledger/town.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {
namespace {

/// What the town finds in the ledgers of its nodes.
class Bookkeeping final : public Oracle {
public:
    std::string_view name() const override { return "bookkeeping"; }

    Finding on_handled(const Cluster& cluster, NodeIndex) override {
        return cluster.town() ? cluster.town()->take_finding() : std::nullopt;
    }

    Finding on_started(const Cluster& cluster, NodeIndex node) override {
        return on_handled(cluster, node);
    }
};

}  // namespace

std::unique_ptr<Oracle> make_bookkeeping() {
    return std::make_unique<Bookkeeping>();
}

}  // namespace steelyard::sim
