// A known history of batches, so that a test can tell which of its states a store shows.
#pragma once

#include "storage/kv_store.h"

#include <fmt/core.h>

#include <map>

namespace steelyard::storage {

using Content = std::map<std::string, std::string>;

/// Batch `i` (from 1) puts one record of its own, rewrites the shared ones and erases an old one.
/// Values are `value_size` bytes long.
class History {
public:
    explicit History(std::size_t value_size) : value_size_(value_size) {}

    WriteBatch batch(int i) const {
        WriteBatch batch;
        batch.put(as_bytes("height"), as_bytes(std::to_string(i)));
        batch.put(as_bytes(fmt::format("shared/{}", i % shared_count)), as_bytes(value(i)));
        batch.put(as_bytes(fmt::format("own/{}", i)), as_bytes(value(i)));
        if (i > kept_count) {
            batch.erase(as_bytes(fmt::format("own/{}", i - kept_count)));
        }
        return batch;
    }

    /// What a store holds after the first `count` batches.
    Content after(int count) const {
        Content content;
        for (int i = 1; i <= count; ++i) {
            content["height"] = std::to_string(i);
            content[fmt::format("shared/{}", i % shared_count)] = value(i);
            content[fmt::format("own/{}", i)] = value(i);
            content.erase(fmt::format("own/{}", i - kept_count));
        }
        return content;
    }

private:
    static constexpr int shared_count = 3;
    static constexpr int kept_count = 4;

    std::string value(int i) const {
        return std::string(value_size_, static_cast<char>('a' + i % 26));
    }

    std::size_t value_size_;
};

/// Everything that the store shows, or the error that kept it from showing all of it. Each key is
/// read in both ways.
inline Result<Content> read_content(const KvStore& store) {
    Content content;
    const auto iterator = store.iterate();
    for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
        content.emplace(as_text(iterator->key()), as_text(iterator->value()));
    }
    TRY(iterator->status());
    for (const auto& [key, value] : content) {
        TRY_ASSIGN(const auto got, store.get(as_bytes(key)));
        if (!got || as_text(*got) != value) {
            return invalid("get and iterate differ on {}", key);
        }
    }
    return content;
}

/// The number of batches whose state the store shows. An error if it cannot be read, or if it shows
/// a state that was never there.
inline Result<int> read_height(const KvStore& store, const History& history) {
    TRY_ASSIGN(const Content content, read_content(store));
    const auto found = content.find("height");
    const int height = found == content.end() ? 0 : std::stoi(found->second);
    if (content != history.after(height)) {
        return invalid("the store mixes states near height {}", height);
    }
    return height;
}

}  // namespace steelyard::storage
