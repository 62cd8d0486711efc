// Context: what a message or a phase of a block works with.
#pragma once

#include "chain/exec_result.h"
#include "chain/timestamp.h"
#include "ledger/state/state_view.h"

namespace steelyard::market {
class ProofVerifier;
}

namespace steelyard::ledger {

struct Params;

/// The one coin of fees, stake and jobs; 10^6 of it are one YARD.
inline constexpr std::string_view base_denom = "uyard";

// What addresses begin with, as texts.
inline constexpr std::string_view account_prefix = "yard";
inline constexpr std::string_view operator_prefix = "yardvaloper";
inline constexpr std::string_view consensus_prefix = "yardvalcons";

struct BlockInfo {
    chain::ChainId chain_id{};
    chain::Height height{};
    chain::Timestamp time{};
};

/// What happened, for clients. Goes back with the state.
using Events = std::vector<chain::Event>;

/// Borrows all that it names.
struct Context {
    StateView& state;
    Events& events;
    const BlockInfo& block;
    const Params& params;
    bool is_told = true;  ///< false: nobody looks at the events of fees, which are left out

    /// Judges programs and proofs; nullptr: whoever asks for it fails (market::kinds::no_verifier).
    const market::ProofVerifier* verifier = nullptr;
};

/// An event whose attributes can all be searched for.
inline chain::Event make_event(
    std::string_view type,
    std::initializer_list<std::pair<std::string_view, std::string_view>> attributes
) {
    chain::Event event{.type = std::string(type)};
    event.attributes.reserve(attributes.size() + 1);  // the number of the message comes behind
    for (const auto& [key, value] : attributes) {
        event.attributes.push_back({std::string(key), std::string(value), true});
    }
    return event;
}

}  // namespace steelyard::ledger
