#include "base/clock.h"

namespace steelyard {

Clock::Wall SystemClock::wall_now() const {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

std::chrono::nanoseconds SystemClock::monotonic_now() const {
    return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace steelyard
