#include "ledger/proposals/genesis_io.h"

#include "ledger/state/key.h"

namespace steelyard::proposals {
namespace {

using ledger::Key;
using ledger::Store;

constexpr ByteArray<1> present = {1};

}  // namespace

Outcome<void> restore_proposal(
    StateView& state, const Proposal& proposal, std::span<const ValidatorNumber> approvals
) {
    TRY(state.put(Store::params, Key('q') << proposal.id, encode_proposal(proposal)));
    for (const ValidatorNumber validator : approvals) {
        TRY(state.put(Store::params, Key('a') << proposal.id << validator, present));
    }
    return {};
}

Outcome<std::uint64_t> next_id(const StateView& state) {
    TRY_ASSIGN(const auto bytes, state.get(Store::params, Key('c')));
    if (!bytes) {
        return 1;
    }
    Bytes key = {'-'};
    append(key, *bytes);
    return ledger::KeyReader(key).number8();
}

Outcome<void> restore_next_id(StateView& state, std::uint64_t id) {
    if (id <= 1) {
        return {};
    }
    const Bytes key = (Key('-') << id).bytes();
    return state.put(Store::params, Key('c'), ByteView(key).subspan(1));
}

}  // namespace steelyard::proposals
