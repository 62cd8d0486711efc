#include "tests/sim/node_clock.h"

#include "base/checked.h"

namespace steelyard::sim {
namespace {

constexpr std::int64_t million = 1'000'000;

}  // namespace

Clock::Wall NodeClock::wall_now() const {
    return Wall(simulation_epoch + monotonic_now() + error_.skew);
}

std::chrono::nanoseconds NodeClock::monotonic_now() const {
    const Int128 true_count = now().count();
    return Time(static_cast<std::int64_t>(true_count + true_count * error_.drift_ppm / million));
}

Time NodeClock::virtual_duration(std::chrono::nanoseconds duration) const {
    const Int128 count = duration.count();
    return Time(static_cast<std::int64_t>(count * million / (million + error_.drift_ppm)));
}

}  // namespace steelyard::sim
