#include "market/records/counters.h"

#include "market/records/codec.h"

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Key account_key(AccountNumber account) {
    return Key('e') << account;
}

Key class_key(ClassId class_id) {
    return Key('t') << static_cast<std::uint32_t>(class_id);
}

Key proposer_key(Height height) {
    return Key('v') << height;
}

Key cancellation_key(OrderId id) {
    return Key('x') << static_cast<std::uint64_t>(id);
}

}  // namespace

Outcome<AccountCounters> get_counters(const StateView& state, AccountNumber account) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, account_key(account)));
    return codec::known(bytes, decode_account_counters).value_or(AccountCounters());
}

Outcome<void> put_counters(
    StateView& state, AccountNumber account, const AccountCounters& counters
) {
    return codec::put_or_erase(
        state, Store::market, account_key(account), encode_account_counters(counters)
    );
}

Outcome<void> walk_counters(
    const StateView& state,
    const std::function<Outcome<bool>(AccountNumber, const AccountCounters&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        const AccountNumber account = KeyReader(record.key).account();
        return visit(account, codec::known(decode_account_counters(record.value)));
    };
    return state.walk(Store::market, Key('e'), visit_record);
}

Outcome<ClassCounters> get_class_counters(const StateView& state, ClassId class_id) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, class_key(class_id)));
    return codec::known(bytes, decode_class_counters).value_or(ClassCounters());
}

Outcome<void> put_class_counters(
    StateView& state, ClassId class_id, const ClassCounters& counters
) {
    return codec::put_or_erase(
        state, Store::market, class_key(class_id), encode_class_counters(counters)
    );
}

Outcome<BlockUse> get_block_use(const StateView& state) {
    TRY_ASSIGN(const auto value, state.get(Store::market, Key('u')));
    if (!value) {
        return BlockUse();
    }
    codec::NumberReader reader(*value);
    BlockUse use;
    use.height = reader.height();
    use.bytes = reader.number(8);
    use.gas = reader.number(8);
    reader.finish();
    return use;
}

Outcome<void> put_block_use(StateView& state, const BlockUse& use) {
    return state.put(
        Store::market, Key('u'), codec::value_of(Key('-') << use.height << use.bytes << use.gas)
    );
}

Outcome<std::optional<Cursor>> get_cursor(const StateView& state) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, Key('l')));
    return codec::known(bytes, decode_cursor);
}

Outcome<void> put_cursor(StateView& state, const std::optional<Cursor>& cursor) {
    return codec::put_or_erase(
        state, Store::market, Key('l'), cursor ? encode_cursor(*cursor) : Bytes()
    );
}

Outcome<Money> verification_pool(const StateView& state) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, Key('p')));
    return bytes ? codec::parse_money(*bytes) : 0;
}

Outcome<void> put_verification_pool(StateView& state, Money amount) {
    return codec::put_or_erase(
        state, Store::market, Key('p'), amount == 0 ? Bytes() : codec::money_bytes(amount)
    );
}

Outcome<std::optional<ProposerRow>> get_proposer(const StateView& state, Height height) {
    TRY_ASSIGN(const auto value, state.get(Store::market, proposer_key(height)));
    if (!value) {
        return std::optional<ProposerRow>();
    }
    codec::NumberReader reader(*value);
    ProposerRow row;
    row.validator = ledger::ValidatorNumber{static_cast<std::uint32_t>(reader.number(4))};
    row.power = reader.number(8);
    row.total_power = reader.number(8);
    reader.finish();
    return row;
}

Outcome<void> put_proposer(StateView& state, Height height, const ProposerRow& row) {
    return state.put(
        Store::market,
        proposer_key(height),
        codec::value_of(Key('-') << row.validator << row.power << row.total_power)
    );
}

Outcome<void> erase_proposer(StateView& state, Height height) {
    return state.erase(Store::market, proposer_key(height));
}

Outcome<std::optional<Height>> oldest_proposer(const StateView& state) {
    const Key prefix('v');
    TRY_ASSIGN(const auto row, state.first(Store::market, prefix, prefix));
    if (!row) {
        return std::nullopt;
    }
    ledger::KeyReader reader(row->key);
    return Height(static_cast<std::int64_t>(reader.number8()));
}

Outcome<void> ask_to_cancel(StateView& state, OrderId id) {
    return state.put(Store::market, cancellation_key(id), codec::present);
}

Outcome<std::vector<OrderId>> take_cancellations(StateView& state) {
    std::vector<OrderId> ids;
    TRY(state.walk(Store::market, Key('x'), [&](const Record& record) -> Outcome<bool> {
        ids.push_back(OrderId{KeyReader(record.key).number8()});
        return true;
    }));
    for (const OrderId id : ids) {
        TRY(state.erase(Store::market, cancellation_key(id)));
    }
    return ids;
}

Bytes encode_account_counters(const AccountCounters& counters) {
    ProtoWriter writer;
    writer.uint64(1, counters.made);
    writer.uint64(2, counters.open);
    return std::move(writer).take();
}

Result<AccountCounters> decode_account_counters(ByteView bytes) {
    AccountCounters counters;
    ProtoReader reader("AccountCounters", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                counters.made = reader.uint64("made");
                break;
            case 2:
                counters.open = reader.uint32("open");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return counters;
}

Bytes encode_cursor(const Cursor& cursor) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(cursor.row.book.class_id));
    writer.uint64(2, static_cast<std::uint64_t>(cursor.row.book.product));
    writer.uint64(3, cursor.row.price);
    writer.int64(4, cursor.row.posted.value());
    writer.bytes(5, cursor.beacon);
    writer.bytes(6, cursor.tie);
    writer.boolean(7, cursor.is_behind);
    return std::move(writer).take();
}

Result<Cursor> decode_cursor(ByteView bytes) {
    Cursor cursor;
    ProtoReader reader("Cursor", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                cursor.row.book.class_id = codec::class_id(reader, "class_id");
                break;
            case 2:
                cursor.row.book.product = codec::product(reader, "product");
                break;
            case 3:
                cursor.row.price = codec::number(reader, "limit", price_max);
                break;
            case 4:
                cursor.row.posted = codec::height(reader, "posted");
                break;
            case 5:
                cursor.beacon = reader.array<sizeof(Hash256)>("beacon");
                break;
            case 6:
                cursor.tie = reader.array<sizeof(Hash256)>("tie");
                break;
            case 7:
                cursor.is_behind = reader.boolean("is_behind");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "product");
    reader.require(5, "beacon");
    reader.require(6, "tie");
    TRY(reader.finish());
    return cursor;
}

namespace {

/// Counters in the order of their numbers: the numbers and names of the fields are here alone.
struct Field {
    std::uint32_t number;
    std::string_view name;
    std::uint64_t ClassCounters::* member;
};

constexpr std::array<Field, 15> first_fields = {{
    {1, "work_units_settled", &ClassCounters::work_units_settled},
    {2, "paid", &ClassCounters::paid},
    {3, "fees", &ClassCounters::fees},
    {4, "burned", &ClassCounters::burned},
    {5, "slashed", &ClassCounters::slashed},
    {6, "damages", &ClassCounters::damages},
    {7, "orders", &ClassCounters::orders},
    {8, "asks", &ClassCounters::asks},
    {9, "jobs", &ClassCounters::jobs},
    {10, "matches", &ClassCounters::matches},
    {11, "commits", &ClassCounters::commits},
    {12, "faults", &ClassCounters::faults},
    {13, "challenged", &ClassCounters::challenged},
    {14, "proved", &ClassCounters::proved},
    {15, "malformed", &ClassCounters::malformed},
}};

constexpr std::uint32_t ended_field = 16;

constexpr std::array<Field, 9> last_fields = {{
    {17, "blocks_to_match", &ClassCounters::blocks_to_match},
    {18, "blocks_to_start", &ClassCounters::blocks_to_start},
    {19, "blocks_to_commit", &ClassCounters::blocks_to_commit},
    {20, "starts", &ClassCounters::starts},
    {21, "providers", &ClassCounters::providers},
    {22, "workers", &ClassCounters::workers},
    {23, "slots", &ClassCounters::slots},
    {24, "busy", &ClassCounters::busy},
    {25, "last_price", &ClassCounters::last_price},
}};

constexpr std::uint32_t last_trade_field = 26;

/// Without the zeros at its end, so that there is one form.
void read_ended(ProtoReader& reader, ClassCounters& counters) {
    const auto ended = codec::numbers(reader, "ended", counters.ended.size());
    if (!ended.empty() && ended.back() == 0) {
        reader.refuse("ended", "ends in a zero");
    }
    std::ranges::copy(ended, counters.ended.begin());
}

}  // namespace

Bytes encode_class_counters(const ClassCounters& counters) {
    ProtoWriter writer;
    for (const Field& field : first_fields) {
        writer.uint64(field.number, counters.*field.member);
    }
    std::span<const std::uint64_t> ended = counters.ended;
    while (!ended.empty() && ended.back() == 0) {
        ended = ended.first(ended.size() - 1);
    }
    codec::write_numbers(writer, ended_field, ended);
    for (const Field& field : last_fields) {
        writer.uint64(field.number, counters.*field.member);
    }
    writer.int64(last_trade_field, counters.last_trade.value());
    return std::move(writer).take();
}

Result<ClassCounters> decode_class_counters(ByteView bytes) {
    ClassCounters counters;
    ProtoReader reader("ClassCounters", bytes);
    while (reader.next()) {
        const std::uint32_t number = reader.field();
        if (number <= first_fields.size()) {
            const Field& field = first_fields[number - 1];
            counters.*field.member = reader.uint64(field.name);
        } else if (number == ended_field) {
            read_ended(reader, counters);
        } else if (number < last_trade_field) {
            const Field& field = last_fields[number - ended_field - 1];
            counters.*field.member = reader.uint64(field.name);
        } else if (number == last_trade_field) {
            counters.last_trade = codec::height(reader, "last_trade");
        } else {
            reader.unknown();
        }
    }
    TRY(reader.finish());
    return counters;
}

}  // namespace steelyard::market
