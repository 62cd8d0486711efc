// What came of a step, as short texts, for tests of the market.
#pragma once

#include "chain/exec_result.h"
#include "ledger/state/context.h"
#include "ledger/state/values.h"

namespace steelyard::market {

/// "" where it was done, else "market/18".
template <typename T>
std::string code_of(const ledger::Outcome<T>& outcome) {
    return outcome
               ? ""
               : fmt::format("{}/{}", outcome.error().kind.codespace, outcome.error().kind.code);
}

/// "" where it was done, else the log.
template <typename T>
std::string log_of(const ledger::Outcome<T>& outcome) {
    return outcome ? "" : outcome.error().log;
}

/// "action=posted id=1 ..." of the last event of a type; "" where there is none.
inline std::string last_event(const ledger::Events& events, std::string_view type) {
    std::string text;
    for (const chain::Event& event : events) {
        if (event.type == type) {
            text.clear();
            for (const auto& attribute : event.attributes) {
                text += (text.empty() ? "" : " ") + attribute.key + "=" + attribute.value;
            }
        }
    }
    return text;
}

}  // namespace steelyard::market
