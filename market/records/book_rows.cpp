#include "market/records/book_rows.h"

#include "market/records/codec.h"
#include "market/records/instrument.h"

namespace steelyard::market {
namespace {

using ledger::Store;

void append_region(ProtoReader& reader, std::vector<std::string>& regions) {
    if (!reader.at_most("regions", regions.size(), filter_regions_max)) {
        return;
    }
    std::string region = reader.repeated_string("regions", region_size_max);
    if (!regions.empty() && region <= regions.back()) {
        reader.refuse("regions", "is not in ascending order");
    }
    regions.push_back(std::move(region));
}

}  // namespace

Outcome<std::optional<Ask>> get_ask(const StateView& state, const AskKey& key) {
    TRY_ASSIGN(const auto bytes, state.get(Store::book, encode_ask_key(key)));
    return codec::known(bytes, decode_ask);
}

Outcome<void> put_ask(StateView& state, const AskKey& key, const Ask& ask) {
    CHECK(key.row.price >= 1 && key.row.price <= price_max);
    return state.put(Store::book, encode_ask_key(key), encode_ask(ask));
}

Outcome<void> erase_ask(StateView& state, const AskKey& key) {
    return state.erase(Store::book, encode_ask_key(key));
}

Outcome<std::optional<Bid>> get_bid(const StateView& state, const BidKey& key) {
    TRY_ASSIGN(const auto bytes, state.get(Store::book, encode_bid_key(key)));
    return codec::known(bytes, decode_bid);
}

Outcome<void> put_bid(StateView& state, const BidKey& key, const Bid& bid) {
    CHECK(key.row.price >= 1 && key.row.price <= price_max);
    return state.put(Store::book, encode_bid_key(key), encode_bid(bid));
}

Outcome<void> erase_bid(StateView& state, const BidKey& key) {
    return state.erase(Store::book, encode_bid_key(key));
}

Bytes encode_ask(const Ask& ask) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(ask.provider));
    writer.bytes(2, ask.owner);
    writer.uint64(3, ask.count);
    writer.uint64(4, ask.work_units);
    writer.int64(5, ask.last.value());
    return std::move(writer).take();
}

Result<Ask> decode_ask(ByteView bytes) {
    Ask ask;
    ProtoReader reader("Ask", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                ask.provider = codec::account(reader, "provider");
                break;
            case 2:
                ask.owner = reader.array<sizeof(chain::Address)>("owner");
                break;
            case 3:
                ask.count = reader.uint64("count");
                break;
            case 4:
                ask.work_units = codec::number(reader, "work_units", ask_work_units_max);
                break;
            case 5:
                ask.last = codec::height(reader, "last");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "owner");
    TRY(reader.finish());
    return ask;
}

Bytes encode_bid(const Bid& bid) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(bid.user));
    writer.bytes(2, bid.owner);
    writer.uint64(3, bid.count);
    writer.uint64(4, bid.work_units);
    writer.int64(5, bid.last.value());
    writer.int64(6, bid.deadline.value());
    writer.uint64(7, bid.blocks_needed);
    codec::write_accounts(writer, 8, bid.had_it);
    writer.message(9, encode_filters(bid.filters));
    return std::move(writer).take();
}

Result<Bid> decode_bid(ByteView bytes) {
    Bid bid;
    ProtoReader reader("Bid", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                bid.user = codec::account(reader, "user");
                break;
            case 2:
                bid.owner = reader.array<sizeof(chain::Address)>("owner");
                break;
            case 3:
                bid.count = reader.uint64("count");
                break;
            case 4:
                bid.work_units = codec::number(reader, "work_units", ask_work_units_max);
                break;
            case 5:
                bid.last = codec::height(reader, "last");
                break;
            case 6:
                bid.deadline = codec::height(reader, "deadline");
                break;
            case 7:
                bid.blocks_needed = reader.uint64("blocks_needed");
                break;
            case 8:
                bid.had_it = codec::accounts(reader, "had_it", had_it_max);
                break;
            case 9:
                bid.filters = reader.nested("filters", decode_filters(reader.message("filters")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "owner");
    reader.require(9, "filters");
    TRY(reader.finish());
    return bid;
}

Bytes encode_filters(const Filters& filters) {
    ProtoWriter writer;
    for (const std::string& region : filters.regions) {
        writer.message(1, as_bytes(region));
    }
    codec::write_attributes(writer, 2, filters.attributes);
    codec::write_accounts(writer, 3, filters.excluded);
    writer.uint64(4, filters.reputation_min);
    return std::move(writer).take();
}

Result<Filters> decode_filters(ByteView bytes) {
    Filters filters;
    ProtoReader reader("Filters", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                append_region(reader, filters.regions);
                break;
            case 2:
                codec::append_attribute(
                    reader, "attributes", filters.attributes, filter_attributes_max
                );
                break;
            case 3:
                filters.excluded = codec::accounts(reader, "excluded", filter_excluded_max);
                break;
            case 4:
                filters.reputation_min = codec::number4(reader, "reputation_min", reputation_scale);
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return filters;
}

}  // namespace steelyard::market
