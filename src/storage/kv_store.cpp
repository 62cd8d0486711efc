#include "storage/kv_store.h"

#include "base/check.h"

namespace steelyard::storage {

void WriteBatch::put(ByteView key, ByteView value) {
    CHECK(!key.empty());
    operations_.push_back({to_bytes(key), to_bytes(value)});
    byte_size_ += key.size() + value.size();
}

void WriteBatch::erase(ByteView key) {
    CHECK(!key.empty());
    operations_.push_back({to_bytes(key), std::nullopt});
    byte_size_ += key.size();
}

void WriteBatch::clear() {
    operations_.clear();
    byte_size_ = 0;
}

}  // namespace steelyard::storage
