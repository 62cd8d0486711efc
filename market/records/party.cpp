#include "market/records/party.h"

#include "market/records/codec.h"
#include "market/records/instrument.h"

#include <algorithm>

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Key provider_key(AccountNumber account) {
    return Key('p') << account;
}

Key worker_key(AccountNumber account) {
    return Key('w') << account;
}

Key workers_prefix(AccountNumber provider) {
    return Key('x') << provider;
}

Key withdrawal_key(AccountNumber provider, std::uint32_t number) {
    return Key('u') << provider << number;
}

}  // namespace

void Provider::count_in(const Worker& worker) {
    const auto place =
        std::ranges::lower_bound(classes, worker.class_id, {}, &WorkersOfClass::class_id);
    const bool is_known = place != classes.end() && place->class_id == worker.class_id;
    WorkersOfClass& of_class =
        is_known ? *place : *classes.insert(place, WorkersOfClass{.class_id = worker.class_id});
    ++workers;
    ++of_class.workers;
    of_class.free_slots += worker.free_slots();
}

void Provider::count_out(const Worker& worker) {
    const auto place = std::ranges::find(classes, worker.class_id, &WorkersOfClass::class_id);
    CHECK(place != classes.end() && place->free_slots >= worker.free_slots() && workers > 0);
    --workers;
    --place->workers;
    place->free_slots -= worker.free_slots();
    if (place->workers == 0) {
        classes.erase(place);
    }
}

Outcome<std::optional<Provider>> get_provider(const StateView& state, AccountNumber account) {
    TRY_ASSIGN(const auto bytes, state.get(Store::provider, provider_key(account)));
    return codec::known(bytes, decode_provider);
}

Outcome<void> put_provider(StateView& state, AccountNumber account, const Provider& provider) {
    return state.put(Store::provider, provider_key(account), encode_provider(provider));
}

Outcome<void> walk_providers(
    const StateView& state,
    AccountNumber from,
    const std::function<Outcome<bool>(AccountNumber, const Provider&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        const AccountNumber account = KeyReader(record.key).account();
        return visit(account, codec::known(decode_provider(record.value)));
    };
    return state.walk_from(Store::provider, Key('p'), provider_key(from), visit_record);
}

Outcome<std::optional<Worker>> get_worker(const StateView& state, AccountNumber account) {
    TRY_ASSIGN(const auto bytes, state.get(Store::provider, worker_key(account)));
    return codec::known(bytes, decode_worker);
}

Outcome<void> put_worker(StateView& state, AccountNumber account, const Worker& worker) {
    const Key by_provider = workers_prefix(worker.provider) << account;
    TRY_ASSIGN(const bool is_known, state.contains(Store::provider, by_provider));
    if (!is_known) {
        TRY(state.put(Store::provider, by_provider, codec::present));
    }
    return state.put(Store::provider, worker_key(account), encode_worker(worker));
}

Outcome<void> erase_worker(StateView& state, AccountNumber account, const Worker& worker) {
    TRY(state.erase(Store::provider, workers_prefix(worker.provider) << account));
    return state.erase(Store::provider, worker_key(account));
}

Outcome<void> walk_workers(
    const StateView& state,
    AccountNumber provider,
    const std::function<Outcome<bool>(AccountNumber, const Worker&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        reader.account();
        const AccountNumber account = reader.account();
        TRY_ASSIGN(const std::optional<Worker> worker, get_worker(state, account));
        CHECK(worker.has_value() && worker->provider == provider);
        return visit(account, *worker);
    };
    return state.walk(Store::provider, workers_prefix(provider), visit_record);
}

Outcome<std::optional<Money>> get_withdrawal(
    const StateView& state, AccountNumber provider, std::uint32_t number
) {
    TRY_ASSIGN(const auto bytes, state.get(Store::provider, withdrawal_key(provider, number)));
    return bytes ? std::optional(codec::parse_money(*bytes)) : std::nullopt;
}

Outcome<void> put_withdrawal(
    StateView& state, AccountNumber provider, std::uint32_t number, Money amount
) {
    return state.put(Store::provider, withdrawal_key(provider, number), codec::money_bytes(amount));
}

Outcome<void> erase_withdrawal(StateView& state, AccountNumber provider, std::uint32_t number) {
    return state.erase(Store::provider, withdrawal_key(provider, number));
}

Outcome<void> walk_withdrawals(
    const StateView& state,
    AccountNumber provider,
    const std::function<Outcome<bool>(std::uint32_t, Money)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        reader.account();
        const std::uint32_t number = reader.number4();
        return visit(number, codec::parse_money(record.value));
    };
    return state.walk(Store::provider, Key('u') << provider, visit_record);
}

Bytes encode_provider(const Provider& provider) {
    ProtoWriter writer;
    writer.string(1, provider.moniker);
    writer.string(2, provider.region);
    writer.string(3, provider.contact);
    codec::write_attributes(writer, 4, provider.attributes);
    writer.uint64(5, provider.bond);
    writer.uint64(6, provider.reserved);
    writer.uint64(7, provider.withdrawing);
    writer.uint64(8, provider.next_withdrawal);
    writer.uint64(9, provider.slashes);
    writer.boolean(10, provider.is_jailed);
    writer.uint64(11, provider.settled);
    writer.uint64(12, static_cast<std::uint64_t>(provider.asks_valid_from));
    codec::write_heights(writer, 13, provider.declines);
    writer.int64(14, provider.registered.value());
    writer.uint64(15, provider.withdrawals);
    writer.uint64(16, provider.workers);
    for (const WorkersOfClass& of_class : provider.classes) {
        ProtoWriter inner;
        inner.uint64(1, static_cast<std::uint64_t>(of_class.class_id));
        inner.uint64(2, of_class.workers);
        inner.uint64(3, of_class.free_slots);
        writer.message(17, std::move(inner).take());
    }
    return std::move(writer).take();
}

namespace {

Result<WorkersOfClass> decode_workers_of_class(ByteView bytes) {
    WorkersOfClass of_class;
    ProtoReader reader("WorkersOfClass", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                of_class.class_id = codec::class_id(reader, "class_id");
                break;
            case 2:
                of_class.workers = codec::number4(reader, "workers", workers_max);
                break;
            case 3:
                of_class.free_slots = codec::number4(reader, "free_slots", workers_max * slots_max);
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "workers");
    TRY(reader.finish());
    return of_class;
}

void append_workers_of_class(ProtoReader& reader, std::vector<WorkersOfClass>& classes) {
    if (!reader.at_most("classes", classes.size(), worker_classes_max)) {
        return;
    }
    const WorkersOfClass of_class =
        reader.nested("classes", decode_workers_of_class(reader.repeated_message("classes")));
    if (!classes.empty() && of_class.class_id <= classes.back().class_id) {
        reader.refuse("classes", "is not in ascending order");
    }
    classes.push_back(of_class);
}

/// What a provider says of itself.
void read_profile(ProtoReader& reader, Provider& provider) {
    switch (reader.field()) {
        case 1:
            provider.moniker = reader.string("moniker", moniker_size_max);
            break;
        case 2:
            provider.region = reader.string("region", region_size_max);
            break;
        case 3:
            provider.contact = reader.string("contact", contact_size_max);
            break;
        case 4:
            codec::append_attribute(reader, "attributes", provider.attributes, attributes_max);
            break;
        default:
            reader.unknown();
    }
}

}  // namespace

Result<Provider> decode_provider(ByteView bytes) {
    Provider provider;
    ProtoReader reader("Provider", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 5:
                provider.bond = codec::money(reader, "bond");
                break;
            case 6:
                provider.reserved = codec::money(reader, "reserved");
                break;
            case 7:
                provider.withdrawing = codec::money(reader, "withdrawing");
                break;
            case 8:
                provider.next_withdrawal = reader.uint32("next_withdrawal");
                break;
            case 9:
                provider.slashes = codec::number4(reader, "slashes", slashes_max);
                break;
            case 10:
                provider.is_jailed = reader.boolean("is_jailed");
                break;
            case 11:
                provider.settled = reader.uint64("settled");
                break;
            case 12:
                provider.asks_valid_from = codec::order_id(reader, "asks_valid_from");
                break;
            case 13:
                provider.declines = codec::heights(reader, "declines", declines_kept);
                break;
            case 14:
                provider.registered = codec::height(reader, "registered");
                break;
            case 15:
                provider.withdrawals = codec::number4(reader, "withdrawals", withdrawals_max);
                break;
            case 16:
                provider.workers = codec::number4(reader, "workers", workers_max);
                break;
            case 17:
                append_workers_of_class(reader, provider.classes);
                break;
            default:
                read_profile(reader, provider);
        }
    }
    TRY(reader.finish());
    return provider;
}

Bytes encode_worker(const Worker& worker) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(worker.provider));
    writer.uint64(2, static_cast<std::uint64_t>(worker.class_id));
    writer.uint64(3, worker.slots);
    writer.uint64(4, worker.busy);
    writer.boolean(5, worker.is_retired);
    return std::move(writer).take();
}

Result<Worker> decode_worker(ByteView bytes) {
    Worker worker;
    ProtoReader reader("Worker", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                worker.provider = codec::account(reader, "provider");
                break;
            case 2:
                worker.class_id = codec::class_id(reader, "class_id");
                break;
            case 3:
                worker.slots = codec::number4(reader, "slots", slots_max);
                break;
            case 4:
                worker.busy = codec::number4(reader, "busy", slots_max);
                break;
            case 5:
                worker.is_retired = reader.boolean("is_retired");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(3, "slots");
    TRY(reader.finish());
    return worker;
}

}  // namespace steelyard::market
