// The active set as it was drawn last, and as it was at earlier heights.
#include "base/check.h"
#include "base/protowire.h"
#include "ledger/params/params.h"
#include "ledger/staking/end_block.h"
#include "ledger/staking/keys.h"
#include "ledger/staking/records.h"

namespace steelyard::staking {
namespace {

using chain::Height;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Bytes power_bytes(std::int64_t power) {
    const Bytes key = (Key('-') << static_cast<std::uint64_t>(power)).bytes();
    return to_bytes(ByteView(key).subspan(1));
}

std::int64_t read_power(ByteView bytes) {
    Bytes key = {'-'};
    append(key, bytes);
    return static_cast<std::int64_t>(KeyReader(key).number8());
}

Bytes encode_power(const Power& power) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(power.first));
    writer.int64(2, power.second);
    return std::move(writer).take();
}

Result<Power> decode_power(ByteView bytes) {
    Power power;
    ProtoReader reader("Power", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                power.first = ValidatorNumber{reader.uint32("validator")};
                break;
            case 2:
                power.second = reader.int64("power");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return power;
}

Bytes encode_info(const HistoricalInfo& info) {
    ProtoWriter writer;
    writer.message(1, chain::encode_header(info.header));
    for (const Power& power : info.powers) {
        writer.message(2, encode_power(power));
    }
    return std::move(writer).take();
}

Result<HistoricalInfo> decode_info(ByteView bytes) {
    HistoricalInfo info;
    ProtoReader reader("HistoricalInfo", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                info.header =
                    reader.nested("header", chain::decode_header(reader.message("header")));
                break;
            case 2:
                if (reader.at_most("powers", info.powers.size(), chain::validators_max)) {
                    info.powers.push_back(
                        reader.nested("powers", decode_power(reader.repeated_message("powers")))
                    );
                }
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return info;
}

/// Forgets what is older than the last `kept` heights.
Outcome<void> forget(Context& context, std::int64_t kept) {
    for (std::size_t i = 0; i < forgets_max; ++i) {
        TRY_ASSIGN(const auto oldest, context.state.first(Store::staking, Key('h'), Key('h')));
        if (!oldest) {
            return {};
        }
        const auto height = static_cast<std::int64_t>(KeyReader(oldest->key).number8());
        if (height > context.block.height.value() - kept) {
            return {};
        }
        TRY(context.state.erase(Store::staking, oldest->key));
    }
    return {};
}

}  // namespace

Outcome<std::vector<Power>> active_set(const StateView& state) {
    std::vector<Power> powers;
    TRY(state.walk(Store::staking, Key('l'), [&](const Record& record) -> Outcome<bool> {
        powers.emplace_back(KeyReader(record.key).validator(), read_power(record.value));
        return true;
    }));
    return powers;
}

Outcome<std::int64_t> active_power(const StateView& state, ValidatorNumber validator) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, active_key(validator)));
    return bytes ? read_power(*bytes) : 0;
}

Outcome<void> put_active_power(StateView& state, ValidatorNumber validator, std::int64_t power) {
    CHECK(power >= 0);
    const Key key = active_key(validator);
    return power == 0 ? state.erase(Store::staking, key)
                      : state.put(Store::staking, key, power_bytes(power));
}

Outcome<void> keep_historical_info(Context& context, const chain::Header& header) {
    const std::int64_t kept = context.params.staking.historical_entries;
    TRY(forget(context, kept));
    if (kept == 0) {
        return {};
    }
    TRY_ASSIGN(auto powers, active_set(context.state));
    return context.state.put(
        Store::staking, history_key(context.block.height), encode_info({header, std::move(powers)})
    );
}

Outcome<std::optional<HistoricalInfo>> historical_info(const StateView& state, Height height) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, history_key(height)));
    if (!bytes) {
        return std::optional<HistoricalInfo>();
    }
    Result<HistoricalInfo> info = decode_info(*bytes);
    CHECK(info.has_value());
    return *std::move(info);
}

}  // namespace steelyard::staking
