#include "market/records/order.h"

#include "market/records/codec.h"

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Key order_key(OrderId id) {
    return Key('o') << static_cast<std::uint64_t>(id);
}

Key next_id_key() {
    return Key('i');
}

Key task_inputs_key(const JobId& job) {
    return Key('t') << static_cast<std::uint64_t>(job.order) << job.task;
}

constexpr std::size_t hash_size = sizeof(Hash256);

}  // namespace

Outcome<std::optional<Order>> get_order(const StateView& state, OrderId id) {
    TRY_ASSIGN(const auto bytes, state.get(Store::job, order_key(id)));
    return codec::known(bytes, decode_order);
}

Outcome<void> put_order(StateView& state, OrderId id, const Order& order) {
    return state.put(Store::job, order_key(id), encode_order(order));
}

Outcome<void> erase_order(StateView& state, OrderId id) {
    return state.erase(Store::job, order_key(id));
}

Outcome<void> walk_orders(
    const StateView& state,
    OrderId from,
    const std::function<Outcome<bool>(OrderId, const Order&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        const OrderId id{KeyReader(record.key).number8()};
        return visit(id, codec::known(decode_order(record.value)));
    };
    return state.walk_from(Store::job, Key('o'), order_key(from), visit_record);
}

Outcome<OrderId> take_order_id(StateView& state) {
    TRY_ASSIGN(const OrderId id, next_order_id(state));
    TRY(put_next_order_id(state, OrderId{static_cast<std::uint64_t>(id) + 1}));
    return id;
}

Outcome<OrderId> next_order_id(const StateView& state) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, next_id_key()));
    return OrderId{bytes ? codec::parse_number(*bytes) : 1};
}

Outcome<void> put_next_order_id(StateView& state, OrderId id) {
    CHECK(id != OrderId{});
    return state.put(
        Store::market, next_id_key(), codec::number_bytes(static_cast<std::uint64_t>(id))
    );
}

Outcome<std::vector<Hash256>> get_task_inputs(const StateView& state, const JobId& job) {
    TRY_ASSIGN(const auto bytes, state.get(Store::job, task_inputs_key(job)));
    std::vector<Hash256> inputs;
    ByteView left = bytes ? ByteView(*bytes) : ByteView();
    CHECK(left.size() % hash_size == 0);
    for (; !left.empty(); left = left.subspan(hash_size)) {
        inputs.push_back(to_array(left.first<hash_size>()));
    }
    return inputs;
}

Outcome<void> put_task_inputs(StateView& state, const JobId& job, std::span<const Hash256> inputs) {
    CHECK(inputs.size() <= order_inputs_max);
    Bytes bytes;
    bytes.reserve(inputs.size() * hash_size);
    for (const Hash256& input : inputs) {
        append(bytes, input);
    }
    return codec::put_or_erase(state, Store::job, task_inputs_key(job), bytes);
}

Outcome<void> erase_task_inputs(StateView& state, const JobId& job) {
    return state.erase(Store::job, task_inputs_key(job));
}

Outcome<std::vector<Hash256>> inputs_of(
    const StateView& state, const Order& order, const JobId& job
) {
    const auto own_count =
        std::ranges::count(order.inputs, false, &std::optional<Hash256>::has_value);
    std::vector<Hash256> own;
    if (own_count > 0) {
        TRY_ASSIGN(own, get_task_inputs(state, job));
    }
    CHECK(std::cmp_equal(own.size(), own_count));
    std::vector<Hash256> all;
    auto next = own.begin();
    for (const std::optional<Hash256>& input : order.inputs) {
        all.push_back(input ? *input : *next++);
    }
    return all;
}

Bytes encode_order(const Order& order) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(order.user));
    writer.uint64(2, order.count);
    writer.uint64(3, static_cast<std::uint64_t>(order.book.class_id));
    writer.uint64(4, static_cast<std::uint64_t>(order.book.product));
    writer.bytes(5, order.program);
    writer.uint64(6, order.work_units);
    writer.uint64(7, order.limit);
    writer.int64(8, order.posted.value());
    writer.int64(9, order.last.value());
    writer.int64(10, order.deadline.value());
    writer.uint64(11, order.retries);
    writer.message(12, encode_filters(order.filters));
    for (const std::optional<Hash256>& input : order.inputs) {
        writer.message(13, input ? ByteView(*input) : ByteView());
    }
    writer.uint64(14, order.job_escrow);
    writer.uint64(15, order.proof_escrow);
    writer.boolean(16, order.is_array);
    writer.uint64(17, order.tasks);
    writer.uint64(18, order.max_parallel);
    writer.uint64(19, order.next_task);
    writer.uint64(20, order.live);
    writer.uint64(21, order.settled);
    writer.uint64(22, order.budget);
    writer.uint64(23, static_cast<std::uint64_t>(order.halt));
    writer.boolean(24, order.is_final);
    writer.uint64(25, order.blocks_needed);
    return std::move(writer).take();
}

namespace {

void append_input(ProtoReader& reader, std::vector<std::optional<Hash256>>& inputs) {
    if (!reader.at_most("inputs", inputs.size(), order_inputs_max)) {
        return;
    }
    const ByteView bytes = reader.repeated_bytes("inputs", hash_size);
    if (bytes.empty()) {
        inputs.emplace_back();
    } else if (bytes.size() == hash_size) {
        inputs.emplace_back(to_array(bytes.first<hash_size>()));
    } else {
        reader.refuse("inputs", fmt::format("has {} bytes, not 0 or {}", bytes.size(), hash_size));
    }
}

/// Fields from 14 on: how far it got.
void read_progress(ProtoReader& reader, Order& order) {
    switch (reader.field()) {
        case 14:
            order.job_escrow = codec::money(reader, "job_escrow");
            break;
        case 15:
            order.proof_escrow = codec::money(reader, "proof_escrow");
            break;
        case 16:
            order.is_array = reader.boolean("is_array");
            break;
        case 17:
            order.tasks = codec::number4(reader, "tasks", tasks_max);
            break;
        case 18:
            order.max_parallel = codec::number4(reader, "max_parallel", max_parallel_max);
            break;
        case 19:
            order.next_task = codec::number4(reader, "next_task", tasks_max);
            break;
        case 20:
            order.live = codec::number4(reader, "live", tasks_max);
            break;
        case 21:
            order.settled = codec::number4(reader, "settled", tasks_max);
            break;
        case 22:
            order.budget = codec::money(reader, "budget");
            break;
        case 23:
            order.halt = codec::choice(reader, "halt", Halt::displaced);
            break;
        case 24:
            order.is_final = reader.boolean("is_final");
            break;
        case 25:
            order.blocks_needed = reader.uint64("blocks_needed");
            break;
        default:
            reader.unknown();
    }
}

/// Fields 1 to 13: what the user asked for.
void read_terms(ProtoReader& reader, Order& order) {
    switch (reader.field()) {
        case 1:
            order.user = codec::account(reader, "user");
            break;
        case 2:
            order.count = reader.uint64("count");
            break;
        case 3:
            order.book.class_id = codec::class_id(reader, "class_id");
            break;
        case 4:
            order.book.product = codec::product(reader, "product");
            break;
        case 5:
            order.program = reader.array<hash_size>("program");
            break;
        case 6:
            order.work_units = codec::number(reader, "work_units", ask_work_units_max);
            break;
        case 7:
            order.limit = codec::number(reader, "limit", price_max);
            break;
        case 8:
            order.posted = codec::height(reader, "posted");
            break;
        case 9:
            order.last = codec::height(reader, "last");
            break;
        case 10:
            order.deadline = codec::height(reader, "deadline");
            break;
        case 11:
            order.retries = codec::number4(reader, "retries", retries_max);
            break;
        case 12:
            order.filters = reader.nested("filters", decode_filters(reader.message("filters")));
            break;
        case 13:
            append_input(reader, order.inputs);
            break;
        default:
            read_progress(reader, order);
    }
}

}  // namespace

Result<Order> decode_order(ByteView bytes) {
    Order order;
    ProtoReader reader("Order", bytes);
    while (reader.next()) {
        read_terms(reader, order);
    }
    reader.require(4, "product");
    reader.require(5, "program");
    reader.require(12, "filters");
    reader.require(17, "tasks");
    reader.require(18, "max_parallel");
    TRY(reader.finish());
    return order;
}

}  // namespace steelyard::market
