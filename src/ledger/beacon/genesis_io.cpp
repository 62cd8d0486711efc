#include "ledger/beacon/genesis_io.h"

#include "base/check.h"

namespace steelyard::beacon {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

}  // namespace

Outcome<void> restore_value(StateView& state, const Latest& value) {
    return state.put(Store::beacon, Key('o') << value.height, value.value);
}

Outcome<void> restore_keys(StateView& state, ValidatorNumber validator, const Keys& keys) {
    return state.put(Store::beacon, Key('k') << validator, encode_keys(keys));
}

Outcome<void> restore_used_key(StateView& state, const PublicKey& key, ValidatorNumber validator) {
    const Bytes number = (Key('-') << validator).bytes();
    return state.put(Store::beacon, Key('u') << ByteView(key), ByteView(number).subspan(1));
}

Outcome<void> walk_values(
    const StateView& state, const std::function<Outcome<bool>(const Latest& value)>& visit
) {
    return state.walk(Store::beacon, Key('o'), [&](const Record& record) {
        KeyReader reader(record.key);
        const auto height = chain::Height::parse(static_cast<std::int64_t>(reader.number8()));
        CHECK(height.has_value() && record.value.size() == Value().size());
        return visit({*height, to_array<32>(ByteView(record.value).first<32>())});
    });
}

Outcome<void> walk_used_keys(
    const StateView& state,
    const std::function<Outcome<bool>(const PublicKey& key, ValidatorNumber validator)>& visit
) {
    return state.walk(Store::beacon, Key('u'), [&](const Record& record) {
        KeyReader reader(record.key);
        const ByteView key = reader.rest();
        CHECK(key.size() == PublicKey().size());
        Bytes number = {'-'};
        append(number, record.value);
        return visit(to_array<33>(key.first<33>()), KeyReader(number).validator());
    });
}

}  // namespace steelyard::beacon
