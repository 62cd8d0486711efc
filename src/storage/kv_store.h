// KvStore: ordered byte keys and values with atomic batches. Everything durable sits on one.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <memory>
#include <optional>
#include <ranges>
#include <vector>

namespace steelyard::storage {

/// Puts and erases that take effect together. Keys are not empty.
class WriteBatch {
public:
    /// Views that hold until the batch changes.
    struct Operation {
        ByteView key;
        std::optional<ByteView> value;  ///< nothing: the key is erased
    };

    void put(ByteView key, ByteView value);
    void erase(ByteView key);
    void clear();

    bool empty() const { return places_.empty(); }
    std::size_t size() const { return places_.size(); }

    /// The sum of all key and value lengths: what a caller bounds a batch by.
    std::size_t byte_size() const { return bytes_.size(); }

    /// From 0 to size() - 1, in the order of the calls; a later operation on the same key wins.
    Operation operation(std::size_t index) const;

    /// All of them, to loop over.
    auto operations() const {
        return std::views::iota(std::size_t{0}, size()) |
               std::views::transform([this](std::size_t index) { return operation(index); });
    }

private:
    /// An operation's key and value lie one after the other in `bytes_`.
    struct Place {
        std::size_t begin;
        std::size_t key_size;
        std::optional<std::size_t> value_size;
    };

    Bytes bytes_;
    std::vector<Place> places_;
};

/// Walks a store in key order, over the state that it had when the iterator was made: an iterator
/// is a snapshot. Used by one thread at a time; destroyed before its store.
class KvIterator {
public:
    virtual ~KvIterator() = default;

    // An iterator starts, and ends its walk in either direction, as not valid.
    virtual void seek_to_first() = 0;
    virtual void seek_to_last() = 0;
    virtual void seek(ByteView key) = 0;  ///< to the first key that is not less
    virtual void next() = 0;              ///< only while valid, as `prev`
    virtual void prev() = 0;
    virtual bool valid() const = 0;

    /// Views that hold until the iterator moves. Only while valid.
    virtual ByteView key() const = 0;
    virtual ByteView value() const = 0;

    /// An I/O or checksum error that ended the walk early; ask when `valid` has become false.
    virtual Result<void> status() const = 0;
};

/// Whether a write returns only when it survives a power cut.
enum class Durability : std::uint8_t { buffered, synced };

/// An ordered map of bytes. Thread-safe. Errors: io, no_space, corrupt.
///
/// What a crash leaves is what the store held after some batch of the sequence of writes, and no
/// batch that was written `synced` is missing from it. So a batch is never half there, and a later
/// batch never survives an earlier one. A write that failed may count as written or not; after
/// one, the store refuses further writes until it is opened again (doc/spec/storage.md).
class KvStore {
public:
    virtual ~KvStore() = default;

    virtual Result<std::optional<Bytes>> get(ByteView key) const = 0;

    virtual Result<void> write(const WriteBatch& batch, Durability durability) = 0;

    virtual std::unique_ptr<KvIterator> iterate() const = 0;
};

}  // namespace steelyard::storage
