// Must: a phase of a block cannot fail. For .cpp files of this folder.
#pragma once

#include "base/check.h"
#include "ledger/state/failure.h"

namespace steelyard::market {

/// The value: the rules bound what a phase computes with, and no gas is counted.
template <typename T>
T must(ledger::Outcome<T> outcome) {
    CHECK(outcome.has_value());
    if constexpr (!std::is_void_v<T>) {
        return *std::move(outcome);
    }
}

}  // namespace steelyard::market
