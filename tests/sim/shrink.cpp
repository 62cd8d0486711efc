#include "tests/sim/shrink.h"

#include "tests/sim/worker.h"

namespace steelyard::sim {
namespace {

constexpr std::uint32_t nodes_min = 4;

class Shrinking {
public:
    Shrinking(std::uint64_t seed, Shrunk shrunk, std::size_t runs_max)
        : seed_(seed), shrunk_(std::move(shrunk)), runs_max_(runs_max) {}

    Shrunk run() {
        drop_faults();
        drop_nodes();
        drop_time();
        return std::move(shrunk_);
    }

private:
    /// Keeps what is smaller, if it fails as well.
    bool try_with(const Fixed& smaller) {
        if (shrunk_.runs == runs_max_) {
            return false;
        }
        ++shrunk_.runs;
        Report report = run_apart({seed_, draw_options(seed_, smaller)});
        const bool fails =
            !report.passed() && report.violations[0].oracle == shrunk_.report.violations[0].oracle;
        if (fails) {
            shrunk_.fixed = smaller;
            shrunk_.report = std::move(report);
        }
        return fails;
    }

    void drop_faults() {
        for (std::size_t i = 0; i < fault_classes_count; ++i) {
            Fixed smaller = shrunk_.fixed;
            if (smaller.without.insert(static_cast<FaultClass>(i)).second) {
                try_with(smaller);
            }
        }
    }

    void drop_nodes() {
        const auto now = draw_options(seed_, shrunk_.fixed).nodes();
        for (std::uint32_t nodes = nodes_min; nodes < now; ++nodes) {
            Fixed smaller = shrunk_.fixed;
            smaller.nodes = nodes;
            if (try_with(smaller)) {
                return;
            }
        }
    }

    void drop_time() {
        const auto length = shrunk_.report.virtual_time;
        const auto minutes = static_cast<std::uint32_t>(length / std::chrono::minutes(1));
        for (std::uint32_t shorter = 0; shorter < minutes; ++shorter) {
            Fixed smaller = shrunk_.fixed;
            smaller.minutes = shorter;
            if (try_with(smaller)) {
                return;
            }
        }
    }

    std::uint64_t seed_;
    Shrunk shrunk_;
    std::size_t runs_max_;
};

}  // namespace

Shrunk shrink(std::uint64_t seed, const Fixed& fixed, const Report& report, std::size_t runs_max) {
    CHECK(!report.passed());
    return Shrinking(seed, {fixed, report}, runs_max).run();
}

}  // namespace steelyard::sim
