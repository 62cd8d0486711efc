// A state without a disk, with what a message needs around it.
#pragma once

#include "ledger/params/params.h"
#include "ledger/state/context.h"

namespace steelyard::ledger {

/// Nothing lies below the view.
class EmptyState final : public StateReader {
public:
    std::optional<ByteView> get(Store, ByteView) const override { return std::nullopt; }
    std::optional<RecordView> at_or_after(Store, ByteView) const override { return std::nullopt; }
};

/// Everything that a Context borrows.
struct Bench {
    EmptyState below{};
    StateView state{below};
    Events events{};
    BlockInfo block{.height = chain::Height(1)};
    Params params{};
    Context context{state, events, block, params};
};

inline std::string type_names(const Events& events) {
    std::string names;
    for (const chain::Event& event : events) {
        names += (names.empty() ? "" : " ") + event.type;
    }
    return names;
}

}  // namespace steelyard::ledger
