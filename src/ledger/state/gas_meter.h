// GasMeter: what a transaction may use, and has used.
#pragma once

#include "base/checked.h"
#include "ledger/state/failure.h"

namespace steelyard::ledger {

/// The prices of touching the state (doc/spec/ledger.md, "Gas").
struct GasCosts {
    std::uint64_t read = 500;
    std::uint64_t read_byte = 2;
    std::uint64_t write = 1'000;
    std::uint64_t write_byte = 15;
    std::uint64_t erase = 500;
    std::uint64_t walk = 100;  ///< a record that a walk visits, beside its bytes read
};

/// Counts gas up to a limit. What goes over the limit is still counted, so that a client learns
/// what would have been enough.
class GasMeter {
public:
    explicit GasMeter(std::uint64_t limit) : limit_(limit) {}

    /// Fails (out_of_gas) where more than the limit is used, now or before. `what` names the use.
    Outcome<void> use(std::uint64_t gas, std::string_view what) {
        used_ = clipped_add(used_, gas);
        if (used_ > limit_) {
            return refuse(
                kinds::out_of_gas,
                "out of gas in location: {}; gasWanted: {}, gasUsed: {}",
                what,
                limit_,
                used_
            );
        }
        return {};
    }

    std::uint64_t limit() const { return limit_; }
    std::uint64_t used() const { return used_; }

private:
    std::uint64_t limit_;
    std::uint64_t used_ = 0;
};

}  // namespace steelyard::ledger
