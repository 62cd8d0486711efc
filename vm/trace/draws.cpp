#include "vm/trace/draws.h"

#include "base/check.h"
#include "base/endian.h"

namespace steelyard::vm {

namespace {

const crypto::Blake3Mode& probe_mode() {
    static const auto mode = crypto::Blake3Mode::derive_key("steelyard 2026 vm probe");
    return mode;
}

}  // namespace

Draws::Draws(const crypto::Hash256& seed, std::uint32_t number) : hash_(probe_mode()) {
    ByteArray<sizeof number> bytes;
    store_le(bytes.data(), number);
    hash_.update(seed).update(bytes);
}

std::uint64_t Draws::word() {
    const std::uint64_t within = next_ % buffered_words;
    if (within == 0) {
        hash_.digest(buffer_, next_ * sizeof(std::uint64_t));
    }
    ++next_;
    return load_le<std::uint64_t>(buffer_.data() + within * sizeof(std::uint64_t));
}

std::uint64_t Draws::below(std::uint64_t limit) {
    CHECK(limit != 0);
    const std::uint64_t left_over = (0 - limit) % limit;  // 2^64 modulo the limit
    std::uint64_t drawn = word();
    while (drawn > ~left_over) {
        drawn = word();
    }
    return drawn % limit;
}

}  // namespace steelyard::vm
