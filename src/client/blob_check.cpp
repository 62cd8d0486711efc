#include "client/blob_check.h"

#include "base/endian.h"
#include "base/hex.h"
#include "vm/files/npy.h"

#include <algorithm>

namespace steelyard::client {
namespace {

constexpr std::string_view npy_mark("\x93NUMPY\x01\x00", 8);  ///< of version 1.0
constexpr std::size_t npy_prefix = 10;                        ///< the mark and the header's length

}  // namespace

std::optional<std::uint64_t> BlobCheck::file_bytes() const {
    return has_head_ ? std::optional(head_bytes_ + header_.type.bytes()) : std::nullopt;
}

Result<void> BlobCheck::take(ByteView bytes) {
    while (!has_head_ && !bytes.empty()) {
        TRY_ASSIGN(const std::size_t used, take_head(bytes));
        bytes = bytes.subspan(used);
    }
    if (!has_head_) {
        return {};
    }
    if (bytes.size() > *file_bytes() - size_) {
        return fail(ErrorCode::corrupt, "more bytes came than {} has", header_.type.text());
    }
    take_content(bytes);
    return size_ == *file_bytes() && !is_whole_ ? finish() : Result<void>();
}

/// How many of the bytes are the head's.
Result<std::size_t> BlobCheck::take_head(ByteView bytes) {
    const auto wanted = [this] {
        const std::size_t told =
            held_.size() < npy_prefix ? 0 : load_le<std::uint16_t>(held_.data() + npy_prefix - 2);
        return std::min(npy_prefix + told, vm::npy_head_bytes_max);
    };
    const std::size_t used = std::min(bytes.size(), wanted() - held_.size());
    append(held_, bytes.first(used));
    size_ += used;
    if (!as_text(held_).starts_with(npy_mark.substr(0, held_.size()))) {
        return fail(ErrorCode::corrupt, "these bytes are no .npy file of version 1.0");
    }
    if (held_.size() < npy_prefix || held_.size() < wanted()) {
        return used;
    }
    const auto head = vm::read_npy_head(held_);
    if (!head) {
        return fail(ErrorCode::corrupt, "{}", head.error().message());
    }
    TRY(blob::check_size(head->type));
    header_.type = head->type;
    if (header_.head() != held_) {
        return fail(ErrorCode::corrupt, "the head of {} is not canonical", head->type.text());
    }
    head_bytes_ = held_.size();
    has_head_ = true;
    held_.clear();
    return used;
}

void BlobCheck::take_content(ByteView bytes) {
    size_ += bytes.size();
    while (!bytes.empty()) {
        const auto group = static_cast<std::uint32_t>(groups_.size());
        const auto wanted = static_cast<std::size_t>(blob::group_range(header_.type, group).size);
        if (held_.empty() && bytes.size() >= wanted) {
            groups_.push_back(blob::group_hash(header_.type, group, bytes.first(wanted)));
            bytes = bytes.subspan(wanted);
            continue;
        }
        const std::size_t used = std::min(bytes.size(), wanted - held_.size());
        append(held_, bytes.first(used));
        bytes = bytes.subspan(used);
        if (held_.size() == wanted) {
            groups_.push_back(blob::group_hash(header_.type, group, held_));
            held_.clear();
        }
    }
}

Result<void> BlobCheck::finish() {
    if (groups_.empty()) {
        groups_.push_back(blob::group_hash(header_.type, 0, {}));  // of a tensor of no elements
    }
    header_.root = blob::root_of_groups(header_.type, groups_);
    if (header_.id() != id_) {
        return fail(ErrorCode::corrupt, "these bytes are the blob {}", to_hex(header_.id()));
    }
    is_whole_ = true;
    return {};
}

}  // namespace steelyard::client
