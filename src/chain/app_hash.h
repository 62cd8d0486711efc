// AppHash: what an application calls its state by.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <compare>

namespace steelyard::chain {

/// Up to 32 bytes, of a length that the application chooses: Steelyard's is a SHA-256 root, that of
/// CometBFT's kvstore a counter of 8 bytes. Empty before the application has said one.
class AppHash {
public:
    static constexpr std::size_t size_max = 32;

    AppHash() = default;
    AppHash(const crypto::Hash256& root) : bytes_(root), size_(root.size()) {}

    static Result<AppHash> parse(ByteView bytes) {
        if (bytes.size() > size_max) {
            return fail(ErrorCode::too_large, "has {} bytes, limit {}", bytes.size(), size_max);
        }
        AppHash hash;
        std::copy(bytes.begin(), bytes.end(), hash.bytes_.begin());
        hash.size_ = bytes.size();
        return hash;
    }

    ByteView view() const { return ByteView(bytes_).first(size_); }
    bool empty() const { return size_ == 0; }

    auto operator<=>(const AppHash&) const = default;

private:
    ByteArray<size_max> bytes_{};  ///< zeros after `size_`
    std::size_t size_ = 0;
};

}  // namespace steelyard::chain
