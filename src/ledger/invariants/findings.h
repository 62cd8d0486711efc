// Findings: where the parts of this folder say what they found. Private to its .cpp files.
#pragma once

#include "ledger/invariants/invariants.h"

#include "base/check.h"

namespace steelyard::invariants {

using ledger::Outcome;
using ledger::StateView;

class Findings {
public:
    /// Says it, unless enough was said already.
    template <typename... Args>
    void expect(
        bool holds, std::string_view rule, fmt::format_string<Args...> format, Args&&... args
    ) {
        if (!holds && breaches_.size() < breaches_max) {
            breaches_.push_back(
                {std::string(rule), fmt::format(format, std::forward<Args>(args)...)}
            );
        }
    }

    std::size_t count() const { return breaches_.size(); }
    std::vector<Breach> take() && { return std::move(breaches_); }

private:
    std::vector<Breach> breaches_;
};

/// The value of what cannot fail: a view without a meter.
template <typename T>
T sure(Outcome<T> outcome) {
    CHECK(outcome.has_value());
    return *std::move(outcome);
}

inline void sure(const Outcome<void>& outcome) {
    CHECK(outcome.has_value());
}

/// Calls with each record of a store whose key begins with `letter`.
inline void each(
    const StateView& state,
    ledger::Store store,
    char letter,
    const std::function<void(const ledger::Record&)>& visit
) {
    const ByteArray<1> prefix = {static_cast<std::uint8_t>(letter)};
    sure(state.walk(store, prefix, [&](const ledger::Record& record) -> Outcome<bool> {
        visit(record);
        return true;
    }));
}

void check_money(const StateView& state, Findings& findings);     // I1
void check_accounts(const StateView& state, Findings& findings);  // I6

}  // namespace steelyard::invariants
