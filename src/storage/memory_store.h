// MemoryStore: a KvStore that forgets everything when it is destroyed. For tests and simulation.
#pragma once

#include "storage/kv_store.h"

#include <map>
#include <mutex>

namespace steelyard::storage {

/// Never fails. Durability means nothing to it. The first write after `iterate` copies the whole
/// map, so that the iterator keeps its state.
class MemoryStore final : public KvStore {
public:
    Result<std::optional<Bytes>> get(ByteView key) const override;
    Result<void> write(const WriteBatch& batch, Durability durability) override;
    std::unique_ptr<KvIterator> iterate() const override;

private:
    struct KeyOrder {
        using is_transparent = void;
        bool operator()(ByteView a, ByteView b) const { return compare(a, b) < 0; }
    };
    using Map = std::map<Bytes, Bytes, KeyOrder>;
    class Iterator;

    mutable std::mutex mutex_;
    std::shared_ptr<Map> map_ = std::make_shared<Map>();  ///< owned with the iterators made of it
    mutable bool shared_ = false;                         ///< an iterator has been given `map_`
};

}  // namespace steelyard::storage
