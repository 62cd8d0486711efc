#include "storage/kv_store.h"

#include "base/check.h"

namespace steelyard::storage {

void WriteBatch::put(ByteView key, ByteView value) {
    CHECK(!key.empty());
    places_.push_back({bytes_.size(), key.size(), value.size()});
    append(bytes_, key);
    append(bytes_, value);
}

void WriteBatch::erase(ByteView key) {
    CHECK(!key.empty());
    places_.push_back({bytes_.size(), key.size(), std::nullopt});
    append(bytes_, key);
}

void WriteBatch::clear() {
    bytes_.clear();
    places_.clear();
}

WriteBatch::Operation WriteBatch::operation(std::size_t index) const {
    CHECK(index < size());
    const auto& [begin, key_size, value_size] = places_[index];
    const ByteView rest = ByteView(bytes_).subspan(begin);
    Operation operation{rest.first(key_size), std::nullopt};
    if (value_size) {
        operation.value = rest.subspan(key_size, *value_size);
    }
    return operation;
}

}  // namespace steelyard::storage
