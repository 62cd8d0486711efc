#include "ledger/slashing/missed_blocks.h"

#include "base/check.h"
#include "ledger/state/key.h"

namespace steelyard::slashing {
namespace {

using chain::Address;
using ledger::Key;
using ledger::Record;
using ledger::Store;

constexpr std::size_t row_size = 128;
constexpr std::int64_t places_of_row = 8 * row_size;

Key rows_prefix(const Address& consensus_address) {
    return Key('b') << ByteView(consensus_address);
}

/// A place in its row.
struct Bit {
    std::size_t byte;
    std::uint8_t mask;
};

Bit bit_of(std::int64_t place) {
    const std::int64_t in_row = place % places_of_row;
    return {static_cast<std::size_t>(in_row / 8), static_cast<std::uint8_t>(1U << (in_row % 8))};
}

}  // namespace

Outcome<bool> exchange_missed(
    StateView& state, const Address& consensus_address, std::int64_t place, bool missed
) {
    CHECK(place >= 0);
    const Key key = rows_prefix(consensus_address)
                    << static_cast<std::uint32_t>(place / places_of_row);
    TRY_ASSIGN(const std::optional<Bytes> stored, state.get(Store::slashing, key));
    Bytes row = stored.value_or(Bytes(row_size));
    CHECK(row.size() == row_size);
    const Bit bit = bit_of(place);
    const bool before = (row[bit.byte] & bit.mask) != 0;
    if (before == missed) {
        return before;
    }
    row[bit.byte] ^= bit.mask;
    if (row == Bytes(row_size)) {
        TRY(state.erase(Store::slashing, key));
    } else {
        TRY(state.put(Store::slashing, key, row));
    }
    return before;
}

Outcome<std::vector<std::int64_t>> missed_places(
    const StateView& state, const Address& consensus_address
) {
    std::vector<std::int64_t> places;
    const Key prefix = rows_prefix(consensus_address);
    TRY(state.walk(Store::slashing, prefix, [&](const Record& record) -> Outcome<bool> {
        CHECK(record.value.size() == row_size);
        ledger::KeyReader reader(record.key);
        reader.bytes(consensus_address.size());
        const std::int64_t first = std::int64_t{reader.number4()} * places_of_row;
        for (std::int64_t place = first; place < first + places_of_row; ++place) {
            const Bit bit = bit_of(place);
            if ((record.value[bit.byte] & bit.mask) != 0) {
                places.push_back(place);
            }
        }
        return true;
    }));
    return places;
}

Outcome<void> forget_missed(StateView& state, const Address& consensus_address) {
    const Key prefix = rows_prefix(consensus_address);
    return state.walk(Store::slashing, prefix, [&](const Record& record) -> Outcome<bool> {
        TRY(state.erase(Store::slashing, record.key));
        return true;
    });
}

}  // namespace steelyard::slashing
