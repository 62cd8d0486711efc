#include "market/records/standing.h"

#include "market/records/codec.h"

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Key standings_prefix(AccountNumber provider) {
    return Key('d') << provider;
}

Key standing_key(AccountNumber provider, ClassId class_id) {
    return standings_prefix(provider) << static_cast<std::uint32_t>(class_id);
}

Key payers_prefix(AccountNumber provider, ClassId class_id) {
    return Key('y') << provider << static_cast<std::uint32_t>(class_id);
}

}  // namespace

Outcome<Standing> get_standing(const StateView& state, AccountNumber provider, ClassId class_id) {
    TRY_ASSIGN(const auto bytes, state.get(Store::provider, standing_key(provider, class_id)));
    return codec::known(bytes, decode_standing).value_or(Standing());
}

Outcome<void> put_standing(
    StateView& state, AccountNumber provider, ClassId class_id, const Standing& standing
) {
    return codec::put_or_erase(
        state, Store::provider, standing_key(provider, class_id), encode_standing(standing)
    );
}

Outcome<void> walk_standings(
    const StateView& state,
    AccountNumber provider,
    const std::function<Outcome<bool>(ClassId, const Standing&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        reader.account();
        const ClassId class_id{reader.number4()};
        return visit(class_id, codec::known(decode_standing(record.value)));
    };
    return state.walk(Store::provider, standings_prefix(provider), visit_record);
}

Outcome<Q32> get_payer(
    const StateView& state, AccountNumber provider, ClassId class_id, AccountNumber payer
) {
    TRY_ASSIGN(
        const auto bytes, state.get(Store::provider, payers_prefix(provider, class_id) << payer)
    );
    return bytes ? codec::parse_number(*bytes) : 0;
}

Outcome<void> put_payer(
    StateView& state, AccountNumber provider, ClassId class_id, const Payer& payer
) {
    const Key key = payers_prefix(provider, class_id) << payer.account;
    if (payer.value == 0) {
        return state.erase(Store::provider, key);
    }
    return state.put(Store::provider, key, codec::number_bytes(payer.value));
}

Outcome<std::vector<Payer>> payers_of(
    const StateView& state, AccountNumber provider, ClassId class_id
) {
    std::vector<Payer> payers;
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        reader.account();
        reader.number4();
        payers.push_back({reader.account(), codec::parse_number(record.value)});
        return true;
    };
    TRY(state.walk(Store::provider, payers_prefix(provider, class_id), visit_record));
    return payers;
}

Bytes encode_standing(const Standing& standing) {
    ProtoWriter writer;
    writer.uint64(1, standing.day);
    writer.uint64(2, standing.s);
    writer.uint64(3, standing.f);
    writer.uint64(4, standing.payers);
    return std::move(writer).take();
}

Result<Standing> decode_standing(ByteView bytes) {
    Standing standing;
    ProtoReader reader("Standing", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                standing.day = reader.uint64("day");
                break;
            case 2:
                standing.s = reader.uint64("s");
                break;
            case 3:
                standing.f = reader.uint64("f");
                break;
            case 4:
                standing.payers = codec::number4(reader, "payers", payers_max);
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return standing;
}

}  // namespace steelyard::market
