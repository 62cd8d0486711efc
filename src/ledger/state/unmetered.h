// Unmetered: work on the state that is paid for otherwise.
#pragma once

#include "ledger/state/state_view.h"

namespace steelyard::ledger {

/// As long as it lives, the state counts no gas, and so nothing that it is asked fails.
class Unmetered {
public:
    explicit Unmetered(StateView& state) : state_(state), meter_(state.meter()) {
        state.set_meter(nullptr);
    }
    ~Unmetered() { state_.set_meter(meter_); }
    Unmetered(const Unmetered&) = delete;
    Unmetered& operator=(const Unmetered&) = delete;

private:
    StateView& state_;
    GasMeter* meter_;
};

}  // namespace steelyard::ledger
