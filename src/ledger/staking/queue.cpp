#include "ledger/staking/queue.h"

#include "ledger/staking/keys.h"

namespace steelyard::staking {
namespace {

using ledger::KeyReader;
using ledger::Store;

constexpr ByteArray<1> present = {1};

Waiting read_waiting(ByteView key) {
    KeyReader reader(key);
    Waiting waiting;
    waiting.time = reader.time();
    waiting.kind = static_cast<Waits>(reader.bytes(1)[0]);
    waiting.delegator = reader.account();
    waiting.first = reader.validator();
    waiting.second = reader.validator();
    return waiting;
}

}  // namespace

Key queue_key(const Waiting& waiting) {
    return Key('q') << waiting.time << static_cast<std::uint8_t>(waiting.kind) << waiting.delegator
                    << waiting.first << waiting.second;
}

Outcome<void> enqueue(StateView& state, const Waiting& waiting) {
    return state.put(Store::staking, queue_key(waiting), present);
}

Outcome<void> dequeue(StateView& state, const Waiting& waiting) {
    return state.erase(Store::staking, queue_key(waiting));
}

Outcome<std::optional<Waiting>> first_waiting(
    const StateView& state, const std::optional<Waiting>& after
) {
    const Bytes from = after ? ledger::after(queue_key(*after)) : Key('q').bytes();
    TRY_ASSIGN(const auto record, state.first(Store::staking, Key('q'), from));
    return record ? std::optional(read_waiting(record->key)) : std::nullopt;
}

}  // namespace steelyard::staking
