#include "market/records/deadline.h"

#include "market/records/codec.h"

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Key& append_subject(Key& key, const Subject& subject) {
    return key << static_cast<std::uint64_t>(subject.order) << subject.task;
}

Subject read_subject(KeyReader& reader) {
    const OrderId order{reader.number8()};
    return {order, reader.number4()};
}

Height read_height(KeyReader& reader) {
    return Height(static_cast<std::int64_t>(reader.number8()));
}

Key queue_key(const Deadline& deadline, const Subject& subject) {
    Key key = Key('q') << deadline.due.height << static_cast<std::uint8_t>(deadline.kind);
    return append_subject(key, subject);
}

Timestamp read_time(ByteView value) {
    constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;
    codec::NumberReader reader(value);
    const auto seconds = static_cast<std::int64_t>(reader.number(8) ^ top_bit);
    const auto nanoseconds = static_cast<std::int64_t>(reader.number(4));
    reader.finish();
    return codec::known(Timestamp::from_unix(seconds, nanoseconds));
}

Queued read_queued(const Record& record) {
    KeyReader reader(record.key);
    Queued queued;
    queued.deadline.due.height = read_height(reader);
    queued.deadline.kind = DeadlineKind{reader.bytes(1)[0]};
    queued.deadline.due.time = read_time(record.value);
    queued.subject = read_subject(reader);
    return queued;
}

Key waiting_prefix(WaitingFor what) {
    return Key(what == WaitingFor::seed ? 'w' : 's');
}

Key waiter_key(WaitingFor what, const Waiter& waiter) {
    Key key = waiting_prefix(what) << waiter.since;
    return append_subject(key, waiter.job);
}

}  // namespace

Due due_after(
    const ledger::BlockInfo& block, std::uint64_t blocks, std::uint32_t nominal_block_ms
) {
    CHECK(blocks < 2 * blocks_max);
    const auto milliseconds = static_cast<Int128>(blocks) * nominal_block_ms;
    const auto seconds = block.time.seconds() + milliseconds / 1'000;
    const auto nanoseconds = block.time.nanoseconds() + milliseconds % 1'000 * 1'000'000;
    const Int128 carried = nanoseconds / 1'000'000'000;
    const Result<Timestamp> time = seconds + carried > Timestamp::seconds_max
                                       ? Timestamp::from_unix(Timestamp::seconds_max)
                                       : Timestamp::from_unix(
                                             static_cast<std::int64_t>(seconds + carried),
                                             static_cast<std::int64_t>(nanoseconds % 1'000'000'000)
                                         );
    CHECK(time.has_value());
    return {Height(block.height.value() + static_cast<std::int64_t>(blocks)), *time};
}

std::uint64_t blocks_of_seconds(std::uint64_t seconds, std::uint32_t nominal_block_ms) {
    CHECK(nominal_block_ms > 0);
    const auto blocks =
        (static_cast<Uint128>(seconds) * 1'000 + nominal_block_ms - 1) / nominal_block_ms;
    return static_cast<std::uint64_t>(std::min(blocks, static_cast<Uint128>(blocks_max)));
}

Outcome<void> enqueue(StateView& state, const Deadline& deadline, const Subject& subject) {
    return state.put(
        Store::market, queue_key(deadline, subject), codec::value_of(Key('-') << deadline.due.time)
    );
}

Outcome<void> dequeue(StateView& state, const Deadline& deadline, const Subject& subject) {
    const Key key = queue_key(deadline, subject);
    CHECK(state.peek_unmetered(Store::market, key).has_value());
    return state.erase(Store::market, key);
}

Outcome<std::optional<Queued>> first_queued(
    const StateView& state, const std::optional<Queued>& behind
) {
    const Bytes from =
        behind ? ledger::after(queue_key(behind->deadline, behind->subject)) : Key('q').bytes();
    TRY_ASSIGN(const auto record, state.first(Store::market, Key('q'), from));
    return record ? std::optional(read_queued(*record)) : std::nullopt;
}

Outcome<void> begin_waiting(StateView& state, WaitingFor what, const Waiter& waiter) {
    return state.put(Store::market, waiter_key(what, waiter), codec::present);
}

Outcome<void> end_waiting(StateView& state, WaitingFor what, const Waiter& waiter) {
    return state.erase(Store::market, waiter_key(what, waiter));
}

Outcome<void> walk_waiting(
    const StateView& state,
    WaitingFor what,
    const std::function<Outcome<bool>(const Waiter&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        const Height since = read_height(reader);
        return visit({since, read_subject(reader)});
    };
    return state.walk(Store::market, waiting_prefix(what), visit_record);
}

Bytes encode_due(const Due& due) {
    ProtoWriter writer;
    writer.int64(1, due.height.value());
    writer.message(2, chain::encode_timestamp(due.time));
    return std::move(writer).take();
}

Result<Due> decode_due(ByteView bytes) {
    Due due;
    ProtoReader reader("Due", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                due.height = codec::height(reader, "height");
                break;
            case 2:
                due.time = reader.nested("time", chain::decode_timestamp(reader.message("time")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "time");
    TRY(reader.finish());
    return due;
}

Bytes encode_deadline(const Deadline& deadline) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(deadline.kind));
    writer.message(2, encode_due(deadline.due));
    return std::move(writer).take();
}

Result<Deadline> decode_deadline(ByteView bytes) {
    Deadline deadline;
    ProtoReader reader("Deadline", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                deadline.kind = codec::choice(reader, "kind", DeadlineKind::retain);
                break;
            case 2:
                deadline.due = reader.nested("due", decode_due(reader.message("due")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "kind");
    reader.require(2, "due");
    TRY(reader.finish());
    return deadline;
}

}  // namespace steelyard::market
