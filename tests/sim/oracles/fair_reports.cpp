#include "tests/sim/cluster.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {
namespace {

class FairReports final : public Oracle {
public:
    std::string_view name() const override { return "fair reports"; }

    Finding on_reported(const Cluster& cluster, const Reported& reported) override {
        if (!cluster.is_correct(reported.by) || !cluster.is_correct(reported.peer)) {
            return {};
        }
        // Who lies about blocks deserves it; who is slow cannot be told from who does not answer.
        const auto& sync = cluster.options().sync;
        const bool is_slow = reported.error.code() == ErrorCode::insufficient;
        if (sync && (is_slow || sync->liars.contains(reported.peer))) {
            return {};
        }
        return fmt::format(
            "node {} reports the correct node {}: {}",
            reported.by,
            reported.peer,
            reported.error.message()
        );
    }
};

}  // namespace

std::unique_ptr<Oracle> make_fair_reports() {
    return std::make_unique<FairReports>();
}

}  // namespace steelyard::sim
