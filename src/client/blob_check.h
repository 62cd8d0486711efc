// BlobCheck: whether bytes that come one after the other are the file of a blob.
#pragma once

#include "blob/blob.h"

#include <optional>

namespace steelyard::client {

/// Holds a group of the content at most; what is wrong is told as soon as it can be, and that the
/// blob is the one of the id at the end.
class BlobCheck {
public:
    explicit BlobCheck(const blob::Hash256& id) : id_(id) {}

    /// The next bytes of the file. Errors (corrupt): a head that is not canonical, bytes behind the
    /// end, a whole that is not that blob; too_large for a blob.
    Result<void> take(ByteView bytes);

    /// How many bytes were taken.
    std::uint64_t size() const { return size_; }

    /// Of the whole; not known before the head is.
    std::optional<std::uint64_t> file_bytes() const;

    /// Whether all is there, and right.
    bool is_whole() const { return is_whole_; }

    const vm::TensorType& type() const { return header_.type; }

private:
    Result<std::size_t> take_head(ByteView bytes);
    void take_content(ByteView bytes);
    Result<void> finish();

    blob::Hash256 id_;
    std::uint64_t size_ = 0;
    bool has_head_ = false;
    bool is_whole_ = false;
    blob::BlobHeader header_{};
    std::uint64_t head_bytes_ = 0;
    Bytes held_{};  ///< the head, then the group, as far as it came
    std::vector<blob::Hash256> groups_{};
};

}  // namespace steelyard::client
