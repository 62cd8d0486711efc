#include "ledger/slashing/signing_info.h"

#include "base/check.h"
#include "base/protowire.h"

namespace steelyard::slashing {
namespace {

using chain::Address;
using chain::Height;
using chain::Timestamp;
using ledger::Key;
using ledger::Record;
using ledger::Store;

Key info_key(const Address& consensus_address) {
    return signing_infos_prefix() << ByteView(consensus_address);
}

SigningInfo known(ByteView bytes) {
    const Result<SigningInfo> info = decode_signing_info(bytes);
    CHECK(info.has_value());
    return *info;
}

}  // namespace

Outcome<std::optional<SigningInfo>> signing_info(
    const StateView& state, const Address& consensus_address
) {
    TRY_ASSIGN(const auto bytes, state.get(Store::slashing, info_key(consensus_address)));
    return bytes ? std::optional(known(*bytes)) : std::nullopt;
}

Outcome<void> put_signing_info(
    StateView& state, const Address& consensus_address, const SigningInfo& info
) {
    return state.put(Store::slashing, info_key(consensus_address), encode_signing_info(info));
}

Outcome<void> walk_signing_infos(
    const StateView& state,
    const std::function<Outcome<bool>(const Address&, const SigningInfo&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        return visit(address_in(record.key), known(record.value));
    };
    return state.walk(Store::slashing, signing_infos_prefix(), visit_record);
}

Key signing_infos_prefix() {
    return Key('i');
}

Address address_in(ByteView signing_info_key) {
    ledger::KeyReader reader(signing_info_key);
    const ByteView address = reader.bytes(std::tuple_size_v<Address>);
    return to_array<std::tuple_size_v<Address>>(address.first<std::tuple_size_v<Address>>());
}

Bytes encode_signing_info(const SigningInfo& info) {
    ProtoWriter writer;
    writer.int64(1, info.start_height.value());
    writer.int64(2, info.index);
    writer.message(3, chain::encode_timestamp(info.jailed_until));
    writer.boolean(4, info.tombstoned);
    writer.int64(5, info.missed);
    writer.int64(6, info.window);
    return std::move(writer).take();
}

Result<SigningInfo> decode_signing_info(ByteView bytes) {
    SigningInfo info;
    ProtoReader reader("SigningInfo", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                info.start_height =
                    reader.nested("start_height", Height::parse(reader.int64("start_height")));
                break;
            case 2:
                info.index = reader.int64("index");
                break;
            case 3:
                info.jailed_until = reader.nested(
                    "jailed_until", chain::decode_timestamp(reader.message("jailed_until"))
                );
                break;
            case 4:
                info.tombstoned = reader.boolean("tombstoned");
                break;
            case 5:
                info.missed = reader.int64("missed");
                break;
            case 6:
                info.window = reader.int64("window");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(3, "jailed_until");
    if (info.index < 0 || info.index > info.window || info.missed < 0 ||
        info.missed > info.window) {
        reader.refuse("window", "is less than index or missed blocks, or these are negative");
    }
    TRY(reader.finish());
    return info;
}

}  // namespace steelyard::slashing
