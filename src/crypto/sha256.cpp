#include "crypto/sha256.h"

#include "base/endian.h"
#include "crypto/sha256_batch.h"
#include "crypto/sha256_kernels.h"

namespace steelyard::crypto {
namespace {

void compress(std::array<std::uint32_t, 8>& state, ByteView blocks) {
    if (blocks.empty()) {
        return;
    }
    static const Sha256Compress kernel = sha256_best_kernel();
    Sha256Lane lane;
    std::ranges::copy(state, lane.state);
    lane.input = blocks.data();
    kernel(&lane, 1, blocks.size() / sha256_block_size);
    std::ranges::copy(lane.state, state.begin());
}

}  // namespace

Hash256 sha256(ByteView message) {
    return Sha256().update(message).digest();
}

Hash256 sha256(std::initializer_list<ByteView> parts) {
    Sha256 hasher;
    for (const ByteView part : parts) {
        hasher.update(part);
    }
    return hasher.digest();
}

Sha256::Sha256() : state_(std::to_array(sha256_initial_state)) {
}

Sha256& Sha256::update(ByteView bytes) {
    const std::size_t held = size_ % sha256_block_size;
    size_ += bytes.size();
    if (held != 0) {
        const std::size_t taken = std::min(bytes.size(), sha256_block_size - held);
        std::copy_n(bytes.begin(), taken, pending_.begin() + held);
        bytes = bytes.subspan(taken);
        if (held + taken < sha256_block_size) {
            return *this;
        }
        compress(state_, pending_);
    }
    const ByteView rest = bytes.last(bytes.size() % sha256_block_size);
    compress(state_, bytes.first(bytes.size() - rest.size()));
    std::copy(rest.begin(), rest.end(), pending_.begin());
    return *this;
}

Hash256 Sha256::digest() const {
    const std::size_t held = size_ % sha256_block_size;
    ByteArray<2 * sha256_block_size> tail{};
    std::copy_n(pending_.begin(), held, tail.begin());
    tail[held] = 0x80;
    const auto last = std::span(tail).first(sha256_padded_blocks(held) * sha256_block_size);
    store_be(last.last(8).data(), size_ * 8);

    std::array<std::uint32_t, 8> state = state_;
    compress(state, last);
    Hash256 out;
    for (std::size_t i = 0; i < state.size(); ++i) {
        store_be(out.data() + 4 * i, state[i]);
    }
    return out;
}

}  // namespace steelyard::crypto
