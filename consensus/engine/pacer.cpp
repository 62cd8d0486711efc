#include "consensus/engine/pacer.h"

#include <algorithm>

namespace steelyard::engine {

Pacer::Pacer(const PacingConfig& config, Time wait_max)
    : interval_(config.block_interval),
      empty_interval_(std::clamp(
          config.empty_interval.value_or(empty_factor * config.block_interval),
          config.block_interval,
          config.block_interval + wait_max
      )) {
}

void Pacer::begin(chain::Height height, Time now, bool at_once) {
    const bool waits = last_began_ && !at_once;
    height_ = height;
    waits_ = true;
    is_awake_ = false;
    interval_over_ = waits ? *last_began_ + interval_ : now;
    empty_over_ = waits ? *last_began_ + empty_interval_ : now;
}

bool Pacer::wake() {
    const bool is_new = waits_ && !is_awake_;
    is_awake_ = true;
    return is_new;
}

void Pacer::end(Time now) {
    waits_ = false;
    last_began_ = now;
}

}  // namespace steelyard::engine
