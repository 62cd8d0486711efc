#include "crypto/sha256_batch.h"

#include "base/check.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "crypto/sha256_kernels.h"

#include <numeric>

namespace steelyard::crypto {
namespace {

constexpr std::size_t lanes_max = 16;
constexpr std::size_t tail_blocks_max = 2;

Sha256Compress kernel_of(Sha256Backend backend) {
    CHECK(is_available(backend));
    switch (backend) {
#ifdef __x86_64__
        case Sha256Backend::sha_ni:
            return sha256_compress_shani;
        case Sha256Backend::avx512:
            return sha256_compress_avx512;
#else
        case Sha256Backend::sha_ni:
        case Sha256Backend::avx512:
#endif
        case Sha256Backend::portable:
            return sha256_compress_portable;
    }
    CHECK(false);
}

void start(Sha256Lane& lane, const std::uint8_t* input) {
    std::ranges::copy(sha256_initial_state, lane.state);
    lane.input = input;
}

/// Writes what follows a message of `message_size` bytes whose last `rest_size` stand in `buffer`.
void pad_rest(std::span<std::uint8_t> buffer, std::size_t rest_size, std::size_t message_size) {
    std::ranges::fill(buffer.subspan(rest_size), std::uint8_t{0});
    buffer[rest_size] = 0x80;
    store_be(buffer.last(8).data(), std::uint64_t{message_size} * 8);
}

void finish(const Sha256Lane& lane, Hash256& out) {
    for (std::size_t i = 0; i < 8; ++i) {
        store_be(out.data() + 4 * i, lane.state[i]);
    }
}

/// Hashes the messages that `picked` names, at most lanes_max, which all take `blocks` padded
/// blocks. All blocks but the last two are read where they stand; the rest is padded in a buffer.
void hash_alike(
    Sha256Compress compress,
    std::span<const ByteView> messages,
    std::span<const std::size_t> picked,
    std::size_t blocks,
    std::span<Hash256> out
) {
    const std::size_t tail_blocks = std::min(blocks, tail_blocks_max);
    const std::size_t head_size = (blocks - tail_blocks) * sha256_block_size;
    std::array<Sha256Lane, lanes_max> lanes;
    for (std::size_t i = 0; i < picked.size(); ++i) {
        start(lanes[i], messages[picked[i]].data());
    }
    if (blocks != tail_blocks) {
        compress(lanes.data(), picked.size(), blocks - tail_blocks);
    }

    std::array<ByteArray<tail_blocks_max * sha256_block_size>, lanes_max> tails;
    for (std::size_t i = 0; i < picked.size(); ++i) {
        const ByteView rest = messages[picked[i]].subspan(head_size);
        // Not std::ranges::copy: g++ 12 makes it a loop over bytes.
        std::copy(rest.begin(), rest.end(), tails[i].begin());
        pad_rest(
            std::span(tails[i]).first(tail_blocks * sha256_block_size),
            rest.size(),
            messages[picked[i]].size()
        );
        lanes[i].input = tails[i].data();
    }
    compress(lanes.data(), picked.size(), tail_blocks);
    for (std::size_t i = 0; i < picked.size(); ++i) {
        finish(lanes[i], out[picked[i]]);
    }
}

/// The numbers of the messages, those of fewer blocks first.
std::vector<std::size_t> order_by_blocks(std::span<const ByteView> messages) {
    const auto blocks_of = [&](std::size_t i) { return sha256_padded_blocks(messages[i].size()); };
    std::vector<std::size_t> order(messages.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!std::ranges::is_sorted(order, {}, blocks_of)) {
        std::ranges::sort(order, {}, blocks_of);
    }
    return order;
}

}  // namespace

bool is_available(Sha256Backend backend) {
    switch (backend) {
        case Sha256Backend::portable:
            return true;
        case Sha256Backend::sha_ni:
            return cpu_features().sha_ni;
        case Sha256Backend::avx512:
            return cpu_features().sha_ni && cpu_features().avx512;
    }
    CHECK(false);
}

Sha256Backend best_sha256_backend() {
    if (!cpu_features().sha_ni) {
        return Sha256Backend::portable;
    }
    // Measured per tree node: 30 ns against 42 ns on Zen 4, 66 ns against 35 ns on Sapphire Rapids.
    const bool vectors_are_faster = cpu_features().avx512 && !cpu_features().amd;
    return vectors_are_faster ? Sha256Backend::avx512 : Sha256Backend::sha_ni;
}

Sha256Compress sha256_best_kernel() {
    return kernel_of(best_sha256_backend());
}

void sha256_pad(std::span<std::uint8_t> buffer, std::size_t size) {
    CHECK(buffer.size() == sha256_padded_blocks(size) * sha256_block_size);
    pad_rest(buffer, size, size);
}

void sha256_padded(
    ByteView padded, std::size_t blocks, std::span<Hash256> out, Sha256Backend backend
) {
    const Sha256Compress compress = kernel_of(backend);
    const std::size_t stride = blocks * sha256_block_size;
    CHECK(blocks != 0 && padded.size() == out.size() * stride);
    std::array<Sha256Lane, lanes_max> lanes;
    while (!out.empty()) {
        const std::size_t count = std::min(out.size(), lanes_max);
        for (std::size_t i = 0; i < count; ++i) {
            start(lanes[i], padded.data() + i * stride);
        }
        compress(lanes.data(), count, blocks);
        for (std::size_t i = 0; i < count; ++i) {
            finish(lanes[i], out[i]);
        }
        padded = padded.subspan(count * stride);
        out = out.subspan(count);
    }
}

void sha256_batch(
    std::span<const ByteView> messages, std::span<Hash256> out, Sha256Backend backend
) {
    const Sha256Compress compress = kernel_of(backend);
    CHECK(messages.size() == out.size());
    const std::vector<std::size_t> order = order_by_blocks(messages);
    std::span<const std::size_t> rest = order;
    while (!rest.empty()) {
        const std::size_t blocks = sha256_padded_blocks(messages[rest.front()].size());
        std::size_t count = 1;
        while (count < std::min(rest.size(), lanes_max) &&
               sha256_padded_blocks(messages[rest[count]].size()) == blocks) {
            ++count;
        }
        hash_alike(compress, messages, rest.first(count), blocks, out);
        rest = rest.subspan(count);
    }
}

}  // namespace steelyard::crypto
