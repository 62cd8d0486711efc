#include "consensus/light/trusted_store.h"

#include "base/check.h"
#include "base/endian.h"
#include "base/hex.h"
#include "crypto/sha256.h"

namespace steelyard::light {

using chain::ChainId;
using chain::Hash256;
using chain::Height;
using chain::LightBlock;
using storage::Durability;
using storage::WriteBatch;

namespace {

/// The first byte of a key. The numbers are stored.
enum class Column : std::uint8_t {
    anchor = 0,
    block = 1,
};

constexpr std::uint8_t format_version = 1;
constexpr std::size_t seal_size = 1 + sizeof(Hash256);
constexpr std::size_t block_key_size = 1 + sizeof(std::uint64_t);

Bytes anchor_key() {
    return {static_cast<std::uint8_t>(Column::anchor)};
}

Bytes block_key(Height height) {
    Bytes key = {static_cast<std::uint8_t>(Column::block)};
    append_be(key, static_cast<std::uint64_t>(height.value()));
    return key;
}

std::unexpected<Error> damaged(ByteView key, std::string_view why) {
    return fail(ErrorCode::corrupt, "light client store, record {}: {}", to_hex(key), why);
}

/// The key is covered too, so that a record counts in its own place only.
Hash256 seal_of(ByteView key, ByteView value) {
    Bytes sealed = to_bytes(key);
    append(sealed, value);
    return crypto::sha256(sealed);
}

Bytes seal(ByteView key, ByteView value) {
    Bytes record = {format_version};
    append(record, seal_of(key, value));
    append(record, value);
    return record;
}

Result<ByteView> open_seal(ByteView key, ByteView record) {
    if (!record.empty() && record[0] != format_version) {
        return fail(
            ErrorCode::unsupported,
            "light client store has format {}, not {}",
            record[0],
            format_version
        );
    }
    if (record.size() < seal_size) {
        return damaged(key, "too short");
    }
    const ByteView value = record.subspan(seal_size);
    if (!equal(record.subspan(1, sizeof(Hash256)), seal_of(key, value))) {
        return damaged(key, "the bytes do not match their hash");
    }
    return value;
}

Bytes encode_anchor(const ChainId& chain_id, const TrustAnchor& anchor) {
    Bytes value;
    append_be(value, static_cast<std::uint64_t>(anchor.height.value()));
    append(value, anchor.hash);
    append(value, as_bytes(chain_id.text()));
    return value;
}

Result<Height> parse_height(ByteView key, const std::uint8_t* bytes) {
    const auto height = Height::parse(static_cast<std::int64_t>(load_be<std::uint64_t>(bytes)));
    if (!height || *height == Height()) {
        return damaged(key, "it is of no height");
    }
    return *height;
}

}  // namespace

Result<TrustedStore> TrustedStore::open(
    storage::KvStore& store, const ChainId& chain_id, std::size_t blocks_max
) {
    if (blocks_max < 1 || blocks_max > blocks_limit) {
        return invalid("{} light blocks to keep is not in 1..{}", blocks_max, blocks_limit);
    }
    TrustedStore opened(store, chain_id, blocks_max);
    TRY(opened.read_keys());
    if (opened.anchor_.has_value() == opened.empty()) {
        return damaged(anchor_key(), "blocks without an anchor, or an anchor without blocks");
    }
    if (!opened.empty()) {
        TRY(opened.load(opened.last()));
    }
    return opened;
}

Result<void> TrustedStore::read_keys() {
    const auto it = store_->iterate();
    for (it->seek_to_first(); it->valid(); it->next()) {
        const ByteView key = it->key();
        if (equal(key, anchor_key())) {
            TRY(read_anchor(key, it->value()));
            continue;
        }
        if (key.size() != block_key_size || key[0] != static_cast<std::uint8_t>(Column::block)) {
            return damaged(key, "not a key of this store");
        }
        TRY_ASSIGN(const Height height, parse_height(key, key.data() + 1));
        heights_.insert(height);
        if (heights_.size() > blocks_limit) {
            return damaged(key, "more blocks than any store keeps");
        }
    }
    return it->status();
}

Result<void> TrustedStore::read_anchor(ByteView key, ByteView record) {
    TRY_ASSIGN(const ByteView value, open_seal(key, record));
    constexpr std::size_t fixed_size = sizeof(std::uint64_t) + sizeof(Hash256);
    if (value.size() < fixed_size) {
        return damaged(key, "too short");
    }
    const std::string_view chain = as_text(value.subspan(fixed_size));
    if (chain != chain_id_.text()) {
        return invalid("light client store is of chain {}, not {}", chain, chain_id_);
    }
    TRY_ASSIGN(const Height height, parse_height(key, value.data()));
    const auto hash = value.subspan<sizeof(std::uint64_t), sizeof(Hash256)>();
    anchor_ = TrustAnchor{height, to_array(hash)};
    return {};
}

Height TrustedStore::first() const {
    CHECK(!empty());
    return *heights_.begin();
}

Height TrustedStore::last() const {
    CHECK(!empty());
    return *heights_.rbegin();
}

std::optional<Height> TrustedStore::below(Height height) const {
    const auto it = heights_.lower_bound(height);
    return it == heights_.begin() ? std::nullopt : std::optional(*std::prev(it));
}

std::optional<Height> TrustedStore::above(Height height) const {
    const auto it = heights_.upper_bound(height);
    return it == heights_.end() ? std::nullopt : std::optional(*it);
}

Result<LightBlock> TrustedStore::load(Height height) const {
    if (!contains(height)) {
        return fail(ErrorCode::not_found, "light block {} is not stored", height);
    }
    const Bytes key = block_key(height);
    TRY_ASSIGN(const auto record, store_->get(key));
    if (!record) {
        return damaged(key, "missing");
    }
    TRY_ASSIGN(const ByteView value, open_seal(key, *record));
    auto block = chain::decode_light_block(value);
    if (!block) {
        return damaged(key, block.error().message());
    }
    if (block->header().height != height || block->header().chain_id != chain_id_) {
        return damaged(key, "it is another block");
    }
    return block;
}

Result<void> TrustedStore::save(const LightBlock& block) {
    CHECK(anchor_ && block.header().chain_id == chain_id_);
    const Bytes key = block_key(block.header().height);
    WriteBatch batch;
    batch.put(key, seal(key, chain::encode_light_block(block)));
    std::set<Height> heights = heights_;
    heights.insert(block.header().height);
    while (heights.size() > blocks_max_) {
        batch.erase(block_key(*heights.begin()));
        heights.erase(heights.begin());
    }
    TRY(store_->write(batch, Durability::synced));
    heights_ = std::move(heights);
    return {};
}

Result<void> TrustedStore::adopt(const TrustAnchor& anchor) {
    CHECK(!empty());
    WriteBatch batch;
    batch.put(anchor_key(), seal(anchor_key(), encode_anchor(chain_id_, anchor)));
    TRY(store_->write(batch, Durability::synced));
    anchor_ = anchor;
    return {};
}

Result<void> TrustedStore::restart(const TrustAnchor& anchor, const LightBlock& block) {
    CHECK(block.header().height == anchor.height && block.signed_header().hash() == anchor.hash);
    const Bytes key = block_key(anchor.height);
    WriteBatch batch;
    for (const Height height : heights_) {
        batch.erase(block_key(height));
    }
    batch.put(key, seal(key, chain::encode_light_block(block)));
    batch.put(anchor_key(), seal(anchor_key(), encode_anchor(chain_id_, anchor)));
    TRY(store_->write(batch, Durability::synced));
    heights_ = {anchor.height};
    anchor_ = anchor;
    return {};
}

}  // namespace steelyard::light
