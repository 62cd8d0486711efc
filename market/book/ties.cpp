#include "market/book/ties.h"

#include "base/endian.h"
#include "crypto/sha256.h"
#include "crypto/sha256_batch.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace steelyard::market {
namespace {

constexpr std::uint8_t tie_domain = 0x0a;

/// Domain, beacon, address, count, task.
constexpr std::size_t message_size = 1 + sizeof(Hash256) + sizeof(chain::Address) + 8 + 4;
constexpr std::size_t padded_blocks = crypto::sha256_padded_blocks(message_size);
constexpr std::size_t padded_size = padded_blocks * crypto::sha256_block_size;

/// Hashed at once.
constexpr std::size_t batch_rows = 64;

/// What of a row is hashed.
struct Source {
    const chain::Address& owner;
    std::uint64_t count;
    std::uint32_t task;
};

Source source_of(const AskRow& row) {
    return {row.ask.owner, row.ask.count, 0};
}

Source source_of(const BidRow& row) {
    return {row.bid.owner, row.bid.count, row.key.job.task};
}

void write_message(std::uint8_t* out, const Hash256& beacon, const Source& source) {
    *out++ = tie_domain;
    out = std::ranges::copy(beacon, out).out;
    out = std::ranges::copy(source.owner, out).out;
    store_be(out, source.count);
    store_be(out + 8, source.task);
}

Hash256 hash(const Hash256& beacon, const Source& source) {
    ByteArray<message_size> message;
    write_message(message.data(), beacon, source);
    return crypto::sha256(message);
}

template <typename Row>
void set_ties(std::span<Tied> rows, const RowPool<Row>& pool, const Hash256& beacon) {
    ByteArray<batch_rows * padded_size> padded{};
    std::array<Hash256, batch_rows> ties;
    for (std::size_t i = 0; i < std::min(rows.size(), batch_rows); ++i) {
        // Padding depends on the size alone, so what is written over it later leaves it right.
        crypto::sha256_pad(std::span(padded).subspan(i * padded_size, padded_size), message_size);
    }
    while (!rows.empty()) {
        const std::size_t count = std::min(rows.size(), batch_rows);
        for (std::size_t i = 0; i < count; ++i) {
            write_message(padded.data() + i * padded_size, beacon, source_of(pool[rows[i].row]));
        }
        crypto::sha256_padded(
            ByteView(padded).first(count * padded_size), padded_blocks, std::span(ties).first(count)
        );
        for (std::size_t i = 0; i < count; ++i) {
            rows[i].tie = ties[i];
        }
        rows = rows.subspan(count);
    }
}

std::uint64_t beginning_of(const Tied& row) {
    return load_be<std::uint64_t>(row.tie.data());
}

/// The first bytes nearly always decide.
bool is_less(const Tied& a, const Tied& b) {
    const std::uint64_t a_begin = beginning_of(a);
    const std::uint64_t b_begin = beginning_of(b);
    return a_begin != b_begin ? a_begin < b_begin : a.tie < b.tie;
}

/// Hashes are spread evenly: their first bits bring each beside its place, and a sort of the few
/// that share them does the rest.
void sort_hashes(std::vector<Tied>& rows) {
    const int bits = std::clamp(static_cast<int>(std::bit_width(rows.size())), 1, 16);
    const auto slot_of = [bits](const Tied& row) { return beginning_of(row) >> (64 - bits); };
    std::vector<std::uint32_t> ends(std::size_t{1} << bits);
    for (const Tied& row : rows) {
        ++ends[slot_of(row)];
    }
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    std::vector<std::uint32_t> begins = ends;
    std::vector<Tied> sorted(rows.size());
    for (const Tied& row : rows) {
        sorted[--begins[slot_of(row)]] = row;
    }
    for (std::size_t slot = 0; slot < ends.size(); ++slot) {
        std::ranges::sort(
            std::span(sorted).subspan(begins[slot], ends[slot] - begins[slot]), is_less
        );
    }
    rows = std::move(sorted);
}

template <typename Row>
void sort(std::vector<Tied>& rows, const RowPool<Row>& pool, const Hash256& beacon) {
    if (rows.size() < 2) {
        return;
    }
    set_ties(std::span(rows), pool, beacon);
    sort_hashes(rows);
}

}  // namespace

Hash256 tie_of(const AskRow& row, const Hash256& beacon) {
    return hash(beacon, source_of(row));
}

Hash256 tie_of(const BidRow& row, const Hash256& beacon) {
    return hash(beacon, source_of(row));
}

void sort_by_ties(std::vector<Tied>& rows, const RowPool<AskRow>& asks, const Hash256& beacon) {
    sort(rows, asks, beacon);
}

void sort_by_ties(std::vector<Tied>& rows, const RowPool<BidRow>& bids, const Hash256& beacon) {
    sort(rows, bids, beacon);
}

}  // namespace steelyard::market
