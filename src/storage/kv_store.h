// KvStore: ordered byte keys and values with atomic batches. Everything durable sits on one.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <memory>
#include <optional>
#include <vector>

namespace steelyard::storage {

/// Puts and erases that take effect together. Keys are not empty.
class WriteBatch {
public:
    struct Operation {
        Bytes key;
        std::optional<Bytes> value;  ///< nothing: the key is erased
    };

    void put(ByteView key, ByteView value);
    void erase(ByteView key);
    void clear();

    /// In the order of the calls; a later operation on the same key wins.
    const std::vector<Operation>& operations() const { return operations_; }

private:
    std::vector<Operation> operations_;
};

/// Walks a store in key order, over the state that it had when the iterator was made.
class KvIterator {
public:
    virtual ~KvIterator() = default;

    virtual void seek_to_first() = 0;
    virtual void seek_to_last() = 0;
    virtual void seek(ByteView key) = 0;  ///< to the first key that is not less
    virtual void next() = 0;
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

/// An ordered map of bytes. Thread-safe. Errors: io, no_space, corrupt; after a failed write the
/// store refuses further writes until it is opened again.
class KvStore {
public:
    virtual ~KvStore() = default;

    virtual Result<std::optional<Bytes>> get(ByteView key) const = 0;

    /// All of the batch or nothing, also across a crash.
    virtual Result<void> write(const WriteBatch& batch, Durability durability) = 0;

    virtual std::unique_ptr<KvIterator> iterate() const = 0;
};

}  // namespace steelyard::storage
