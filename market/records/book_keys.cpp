// Keys of the store `book`.
#include "market/records/book_rows.h"
#include "market/records/codec.h"

namespace steelyard::market {
namespace {

using codec::NumberReader;
using ledger::Key;

constexpr char ask_letter = 'a';
constexpr char bid_letter = 'b';

Key& append_book(Key& key, BookId book) {
    return key << static_cast<std::uint32_t>(book.class_id)
               << static_cast<std::uint8_t>(book.product);
}

std::uint64_t order_number(OrderId id) {
    return static_cast<std::uint64_t>(id);
}

Result<RowKey> read_row(NumberReader& fields, bool is_bid) {
    RowKey row;
    row.book.class_id = ClassId{static_cast<std::uint32_t>(fields.number(4))};
    const std::uint64_t product = fields.number(1);
    if (product != static_cast<std::uint64_t>(Product::work)) {
        return invalid("product {} does not exist", product);
    }
    const std::uint64_t price = fields.number(8);
    row.price = is_bid ? ~price : price;
    if (row.price < 1 || row.price > price_max) {
        return invalid("price {} is not from 1 to {}", row.price, price_max);
    }
    TRY_ASSIGN(row.posted, Height::parse(static_cast<std::int64_t>(fields.number(8))));
    return row;
}

/// Letter, book, price, height, id; of a bid its task.
constexpr std::size_t ask_key_size = 1 + 4 + 1 + 8 + 8 + 8;
constexpr std::size_t bid_key_size = ask_key_size + 4;

Result<NumberReader> open(ByteView key, char letter, std::size_t size) {
    if (key.size() != size) {
        return invalid("key has {} bytes, not {}", key.size(), size);
    }
    if (key[0] != static_cast<std::uint8_t>(letter)) {
        return invalid("key begins with {}, not '{}'", key[0], letter);
    }
    return NumberReader(key.subspan(1));
}

}  // namespace

Bytes encode_ask_key(const AskKey& key) {
    Key out(ask_letter);
    append_book(out, key.row.book) << key.row.price << key.row.posted << order_number(key.id);
    return out.bytes();
}

Bytes encode_bid_key(const BidKey& key) {
    Key out(bid_letter);
    append_book(out, key.row.book)
        << ~key.row.price << key.row.posted << order_number(key.job.order) << key.job.task;
    return out.bytes();
}

Result<AskKey> decode_ask_key(ByteView key) {
    TRY_ASSIGN(NumberReader fields, open(key, ask_letter, ask_key_size));
    AskKey out;
    TRY_ASSIGN(out.row, read_row(fields, false));
    out.id = OrderId{fields.number(8)};
    return out;
}

Result<BidKey> decode_bid_key(ByteView key) {
    TRY_ASSIGN(NumberReader fields, open(key, bid_letter, bid_key_size));
    BidKey out;
    TRY_ASSIGN(out.row, read_row(fields, true));
    out.job.order = OrderId{fields.number(8)};
    out.job.task = static_cast<std::uint32_t>(fields.number(4));
    return out;
}

Key asks_prefix(BookId book) {
    Key key(ask_letter);
    return append_book(key, book);
}

Key bids_prefix(BookId book) {
    Key key(bid_letter);
    return append_book(key, book);
}

}  // namespace steelyard::market
