#include "ledger/queries/listing_pages.h"

#include "base/endian.h"

namespace steelyard::queries {

Bytes listing_key(const market::JobId& id) {
    Bytes key;
    append_be(key, static_cast<std::uint64_t>(id.order));
    append_be(key, id.task);
    return key;
}

Answer<market::JobId> read_listing_key(ByteView key) {
    constexpr std::size_t size = sizeof(std::uint64_t) + sizeof(std::uint32_t);
    if (key.size() != size) {
        return invalid_argument("page key has {} bytes, not {}", key.size(), size);
    }
    return market::JobId{
        .order = market::OrderId{load_be<std::uint64_t>(key.data())},
        .task = load_be<std::uint32_t>(key.data() + sizeof(std::uint64_t)),
    };
}

}  // namespace steelyard::queries
