#include "storage/memory_store.h"

#include "base/check.h"

namespace steelyard::storage {

class MemoryStore::Iterator final : public KvIterator {
public:
    explicit Iterator(std::shared_ptr<const Map> map) : map_(std::move(map)), at_(map_->end()) {}

    void seek_to_first() override { at_ = map_->begin(); }
    void seek_to_last() override { at_ = map_->empty() ? map_->end() : std::prev(map_->end()); }
    void seek(ByteView key) override { at_ = map_->lower_bound(key); }

    void next() override {
        CHECK(valid());
        ++at_;
    }

    void prev() override {
        CHECK(valid());
        at_ = at_ == map_->begin() ? map_->end() : std::prev(at_);
    }

    bool valid() const override { return at_ != map_->end(); }

    ByteView key() const override {
        CHECK(valid());
        return at_->first;
    }

    ByteView value() const override {
        CHECK(valid());
        return at_->second;
    }

    Result<void> status() const override { return {}; }

private:
    std::shared_ptr<const Map> map_;  ///< owned with the store, until the store writes again
    Map::const_iterator at_;
};

Result<std::optional<Bytes>> MemoryStore::get(ByteView key) const {
    const std::lock_guard lock(mutex_);
    const auto found = map_->find(key);
    return found == map_->end() ? std::nullopt : std::optional(found->second);
}

Result<void> MemoryStore::write(const WriteBatch& batch, Durability) {
    const std::lock_guard lock(mutex_);
    if (shared_) {
        map_ = std::make_shared<Map>(*map_);
        shared_ = false;
    }
    for (const auto& [key, value] : batch.operations()) {
        if (value) {
            map_->insert_or_assign(to_bytes(key), to_bytes(*value));
        } else if (const auto found = map_->find(key); found != map_->end()) {
            map_->erase(found);
        }
    }
    return {};
}

std::unique_ptr<KvIterator> MemoryStore::iterate() const {
    const std::lock_guard lock(mutex_);
    shared_ = true;
    return std::make_unique<Iterator>(map_);
}

}  // namespace steelyard::storage
