#include "ledger/app/tree_reader.h"

#include "base/check.h"

namespace steelyard::ledger {

std::optional<ByteView> TreeReader::get(Store store, ByteView key) const {
    const auto value = tree_.get(static_cast<storage::StoreId>(store), key);
    CHECK(value.has_value());
    return *value;
}

std::optional<RecordView> TreeReader::at_or_after(Store store, ByteView key) const {
    const auto cursor = tree_.lower_bound(static_cast<storage::StoreId>(store), key);
    return cursor.valid() ? std::optional(RecordView{cursor.key(), cursor.value()}) : std::nullopt;
}

}  // namespace steelyard::ledger
