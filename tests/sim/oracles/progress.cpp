#include "tests/sim/cluster.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {
namespace {

class Progress final : public Oracle {
public:
    std::string_view name() const override { return "progress"; }

    Finding on_healed(const Cluster& cluster) override {
        for (NodeIndex node = 0; node < cluster.size(); ++node) {
            heights_.push_back(cluster.node(node).height());
        }
        healed_at_ = cluster.now();
        return {};
    }

    Finding at_end(const Cluster& cluster) override {
        for (NodeIndex node = 0; node < heights_.size(); ++node) {
            const auto height = cluster.node(node).height().value();
            if (cluster.is_correct(node) && !cluster.node(node).engine()) {
                return fmt::format("node {} still fetches blocks, at height {}", node, height);
            }
            const auto advance = height - heights_[node].value();
            if (cluster.is_correct(node) && advance < cluster.options().liveness_heights) {
                return fmt::format(
                    "node {} is at height {}, only {} further than {} s ago, when all faults ended",
                    node,
                    height,
                    advance,
                    (cluster.now() - healed_at_) / std::chrono::seconds(1)
                );
            }
        }
        return {};
    }

private:
    std::vector<chain::Height> heights_;
    Time healed_at_{};
};

}  // namespace

std::unique_ptr<Oracle> make_progress() {
    return std::make_unique<Progress>();
}

}  // namespace steelyard::sim
