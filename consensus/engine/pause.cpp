// The pause before a height: the core asks for a timeout, and the engine decides when it elapses.
#include "consensus/core/quorum.h"
#include "consensus/engine/engine.h"

namespace steelyard::engine {

using consensus::TimeoutKind;

namespace {

/// A timer that is early by so little is due: clocks and timers may differ in their steps.
constexpr std::chrono::nanoseconds timer_slack = std::chrono::milliseconds(1);

}  // namespace

/// The core asks when a height starts, and again, without delay, if every precommit of the last one
/// has come and need not be waited for.
void Engine::begin_pause(const consensus::ScheduleTimeout& asked) {
    const auto now = ports_.clock.monotonic_now();
    const chain::Height height = asked.timeout.height;
    const bool skips = asked.after == std::chrono::nanoseconds(0);
    if (pacer_.height() != height) {
        pacer_.begin(height, now, begins_at_once());
    }
    if (!pacer_.waits_for(height)) {
        return;
    }
    if (skips) {
        pacer_.skip_interval(now);
    }
    if (must_prove_ || ports_.executor.has_work()) {
        pacer_.wake();
    }
    schedule_end_of_pause();
}

/// The chain's first two blocks: clients wait for them to see that there is a chain.
bool Engine::begins_at_once() const {
    const consensus::ChainState& state = chain_state();
    return state.next_height() <= state.initial_height.next();
}

/// Whether the round has begun for those who are not behind the pace: its proposer, or more than a
/// third of the power, hence a correct one. Only signed messages count.
bool Engine::have_others_begun() const {
    const auto& current = state_.current;
    const bool is_here = current && current->machine.step == consensus::Step::waiting &&
                         current->height == pacer_.height();
    if (!is_here) {
        return false;
    }
    const auto* prevotes = current->votes.prevotes(chain::Round(0));
    const auto* precommits = current->votes.precommits(chain::Round(0));
    const auto total = current->validators().total_power();
    const auto have_voted = [total](const consensus::VoteSet* votes) {
        return votes && consensus::has_honest_member(votes->voters_power(), total);
    };
    return current->proposal || have_voted(prevotes) || have_voted(precommits);
}

void Engine::schedule_end_of_pause() {
    const auto now = ports_.clock.monotonic_now();
    const consensus::Timeout timeout{TimeoutKind::commit, pacer_.height(), chain::Round(0)};
    ports_.timers.schedule(timeout, std::max(pacer_.due() - now, std::chrono::nanoseconds(0)));
}

/// A timer is due: of the pause that lasts, or of what it was before it became shorter.
bool Engine::ends_pause() {
    if (ports_.executor.has_work()) {
        pacer_.wake();
    }
    const auto now = ports_.clock.monotonic_now();
    if (now + timer_slack < pacer_.due()) {
        schedule_end_of_pause();
        return false;
    }
    pacer_.end(now);
    return true;
}

}  // namespace steelyard::engine
