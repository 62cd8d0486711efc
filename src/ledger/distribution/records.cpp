#include "ledger/distribution/records.h"

#include "base/check.h"
#include "base/protowire.h"
#include "ledger/state/values.h"

namespace steelyard::distribution {
namespace {

using chain::Dec;
using chain::Height;
using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

constexpr Store store = Store::distribution;

Key key_of(char letter, ValidatorNumber validator) {
    return Key(letter) << validator;
}

Key historical_key(ValidatorNumber validator, std::uint64_t period) {
    return key_of('h', validator) << period;
}

Key starting_info_key(ValidatorNumber validator, AccountNumber delegator) {
    return key_of('d', validator) << delegator;
}

Key withdraw_key(AccountNumber delegator) {
    return Key('w') << delegator;
}

Bytes number_bytes(AccountNumber number) {
    const Key key = Key('-') << number;
    return to_bytes(ByteView(key).subspan(1));
}

AccountNumber read_number(ByteView bytes) {
    Bytes key = {'-'};
    append(key, bytes);
    return KeyReader(key).account();
}

/// What we wrote ourselves.
template <typename T>
T known(Result<T> result) {
    CHECK(result.has_value());
    return *std::move(result);
}

Outcome<Bytes> get_known(const StateView& state, const Key& key) {
    TRY_ASSIGN(std::optional<Bytes> value, state.get(store, key));
    CHECK(value.has_value());
    return *std::move(value);
}

Outcome<Dec> get_dec(const StateView& state, const Key& key) {
    TRY_ASSIGN(const std::optional<Bytes> value, state.get(store, key));
    return value ? known(ledger::parse_dec(*value)) : Dec();
}

Outcome<void> put_dec(StateView& state, const Key& key, Dec dec) {
    return state.put(store, key, ledger::dec_bytes(dec));
}

Dec read_dec(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, ledger::parse_dec(reader.bytes(name, ledger::number_size)));
}

Bytes encode_slash_event(const SlashEvent& event) {
    ProtoWriter writer;
    writer.uint64(1, event.period);
    writer.bytes(2, ledger::dec_bytes(event.fraction));
    return std::move(writer).take();
}

/// Without the height, which is in the key.
Result<SlashEvent> decode_slash_event(ByteView bytes) {
    SlashEvent event;
    ProtoReader reader("SlashEvent", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                event.period = reader.uint64("period");
                break;
            case 2:
                event.fraction = read_dec(reader, "fraction");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "period");
    reader.require(2, "fraction");
    TRY(reader.finish());
    return event;
}

/// Erases all rows with a prefix. Their number is that of the validator's slashes, and one.
Outcome<void> erase_all(StateView& state, const Key& prefix) {
    return state.walk(store, prefix, [&](const Record& record) -> Outcome<bool> {
        TRY(state.erase(store, record.key));
        return true;
    });
}

}  // namespace

Outcome<std::optional<CurrentRewards>> find_current(
    const StateView& state, ValidatorNumber validator
) {
    TRY_ASSIGN(const std::optional<Bytes> value, state.get(store, key_of('c', validator)));
    return value ? std::optional(known(decode_current(*value))) : std::nullopt;
}

Outcome<CurrentRewards> get_current(const StateView& state, ValidatorNumber validator) {
    TRY_ASSIGN(const std::optional<CurrentRewards> current, find_current(state, validator));
    CHECK(current.has_value());
    return *current;
}

Outcome<void> put_current(
    StateView& state, ValidatorNumber validator, const CurrentRewards& current
) {
    return state.put(store, key_of('c', validator), encode_current(current));
}

Outcome<HistoricalRewards> get_historical(
    const StateView& state, ValidatorNumber validator, std::uint64_t period
) {
    TRY_ASSIGN(const Bytes value, get_known(state, historical_key(validator, period)));
    return known(decode_historical(value));
}

Outcome<void> put_historical(
    StateView& state,
    ValidatorNumber validator,
    std::uint64_t period,
    const HistoricalRewards& historical
) {
    const Key key = historical_key(validator, period);
    return historical.references == 0 ? state.erase(store, key)
                                      : state.put(store, key, encode_historical(historical));
}

Outcome<StartingInfo> get_starting_info(
    const StateView& state, ValidatorNumber validator, AccountNumber delegator
) {
    TRY_ASSIGN(const Bytes value, get_known(state, starting_info_key(validator, delegator)));
    return known(decode_starting_info(value));
}

Outcome<void> put_starting_info(
    StateView& state, ValidatorNumber validator, AccountNumber delegator, const StartingInfo& info
) {
    return state.put(store, starting_info_key(validator, delegator), encode_starting_info(info));
}

Outcome<void> erase_starting_info(
    StateView& state, ValidatorNumber validator, AccountNumber delegator
) {
    return state.erase(store, starting_info_key(validator, delegator));
}

Outcome<void> put_slash_event(
    StateView& state, ValidatorNumber validator, const SlashEvent& event
) {
    const Key key = key_of('s', validator) << event.height << event.period;
    return state.put(store, key, encode_slash_event(event));
}

Outcome<Dec> community_pool(const StateView& state) {
    return get_dec(state, Key('f'));
}

Outcome<void> put_community_pool(StateView& state, Dec pool) {
    return put_dec(state, Key('f'), pool);
}

Outcome<Dec> commission(const StateView& state, ValidatorNumber validator) {
    return get_dec(state, key_of('a', validator));
}

Outcome<void> put_commission(StateView& state, ValidatorNumber validator, Dec commission) {
    return put_dec(state, key_of('a', validator), commission);
}

Outcome<Dec> outstanding(const StateView& state, ValidatorNumber validator) {
    return get_dec(state, key_of('o', validator));
}

Outcome<void> put_outstanding(StateView& state, ValidatorNumber validator, Dec outstanding) {
    return put_dec(state, key_of('o', validator), outstanding);
}

Outcome<AccountNumber> withdraw_address(const StateView& state, AccountNumber delegator) {
    TRY_ASSIGN(const std::optional<Bytes> value, state.get(store, withdraw_key(delegator)));
    return value ? read_number(*value) : delegator;
}

Outcome<void> put_withdraw_address(
    StateView& state, AccountNumber delegator, AccountNumber withdraw_to
) {
    const Key key = withdraw_key(delegator);
    return withdraw_to == delegator ? state.erase(store, key)
                                    : state.put(store, key, number_bytes(withdraw_to));
}

Outcome<void> erase_validator(StateView& state, ValidatorNumber validator) {
    for (const char letter : {'a', 'c', 'o'}) {
        TRY(state.erase(store, key_of(letter, validator)));
    }
    TRY(erase_all(state, key_of('h', validator)));
    return erase_all(state, key_of('s', validator));
}

Key slash_events_prefix(ValidatorNumber validator) {
    return key_of('s', validator);
}

SlashEvent read_slash_event(const Record& record) {
    SlashEvent event = known(decode_slash_event(record.value));
    KeyReader reader(record.key);
    reader.validator();
    event.height = known(Height::parse(static_cast<std::int64_t>(reader.number8())));
    reader.number8();
    return event;
}

Outcome<void> walk_slash_events(
    const StateView& state, ValidatorNumber validator, Height from, const VisitSlashEvent& visit
) {
    const Key prefix = slash_events_prefix(validator);
    Bytes next = (slash_events_prefix(validator) << from).bytes();
    while (true) {
        TRY_ASSIGN(const std::optional<Record> record, state.first(store, prefix, next));
        if (!record) {
            return {};
        }
        TRY_ASSIGN(const bool goes_on, visit(read_slash_event(*record)));
        if (!goes_on) {
            return {};
        }
        next = ledger::after(record->key);
    }
}

Outcome<void> walk_historical(
    const StateView& state,
    ValidatorNumber validator,
    const std::function<Outcome<bool>(std::uint64_t, const HistoricalRewards&)>& visit
) {
    const Key prefix = key_of('h', validator);
    return state.walk(store, prefix, [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        reader.validator();
        const std::uint64_t period = reader.number8();
        return visit(period, known(decode_historical(record.value)));
    });
}

Outcome<void> walk_starting_infos(
    const StateView& state,
    ValidatorNumber validator,
    const std::function<Outcome<bool>(AccountNumber, const StartingInfo&)>& visit
) {
    const Key prefix = key_of('d', validator);
    return state.walk(store, prefix, [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        reader.validator();
        const AccountNumber delegator = reader.account();
        return visit(delegator, known(decode_starting_info(record.value)));
    });
}

Outcome<void> walk_withdraw_addresses(
    const StateView& state, const std::function<Outcome<bool>(AccountNumber, AccountNumber)>& visit
) {
    return state.walk(store, Key('w'), [&](const Record& record) -> Outcome<bool> {
        return visit(KeyReader(record.key).account(), read_number(record.value));
    });
}

Bytes encode_current(const CurrentRewards& current) {
    ProtoWriter writer;
    writer.bytes(1, ledger::dec_bytes(current.rewards));
    writer.uint64(2, current.period);
    return std::move(writer).take();
}

Result<CurrentRewards> decode_current(ByteView bytes) {
    CurrentRewards current;
    ProtoReader reader("CurrentRewards", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                current.rewards = read_dec(reader, "rewards");
                break;
            case 2:
                current.period = reader.uint64("period");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "rewards");
    reader.require(2, "period");
    TRY(reader.finish());
    return current;
}

Bytes encode_historical(const HistoricalRewards& historical) {
    ProtoWriter writer;
    writer.bytes(1, ledger::dec_bytes(historical.ratio));
    writer.uint64(2, historical.references);
    return std::move(writer).take();
}

Result<HistoricalRewards> decode_historical(ByteView bytes) {
    HistoricalRewards historical;
    ProtoReader reader("HistoricalRewards", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                historical.ratio = read_dec(reader, "ratio");
                break;
            case 2:
                historical.references = reader.uint32("references");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "ratio");
    reader.require(2, "references");
    TRY(reader.finish());
    return historical;
}

Bytes encode_starting_info(const StartingInfo& info) {
    ProtoWriter writer;
    writer.uint64(1, info.period);
    writer.bytes(2, ledger::dec_bytes(info.stake));
    writer.int64(3, info.height.value());
    return std::move(writer).take();
}

Result<StartingInfo> decode_starting_info(ByteView bytes) {
    StartingInfo info;
    ProtoReader reader("StartingInfo", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                info.period = reader.uint64("period");
                break;
            case 2:
                info.stake = read_dec(reader, "stake");
                break;
            case 3:
                info.height = reader.nested("height", chain::Height::parse(reader.int64("height")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "stake");
    TRY(reader.finish());
    return info;
}

}  // namespace steelyard::distribution
