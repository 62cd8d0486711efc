// Tree nodes by SHA-256 against Crypto++ on the same messages; BLAKE3 by each backend. How BLAKE3
// compares with b3sum: blake3_vs_b3sum.
#include "base/random.h"
#include "crypto/blake3.h"
#include "crypto/sha256.h"
#include "crypto/sha256_batch.h"

#include <benchmark/benchmark.h>
#include <cryptopp/sha.h>

namespace steelyard::crypto {
namespace {

constexpr std::size_t node_size = 73;  // an inner node of the state tree
constexpr std::size_t node_count = 1024;

Bytes random_bytes(std::size_t size) {
    Bytes out(size);
    SeededRandom(1).fill(out);
    return out;
}

void report_nodes(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(node_count));
}

/// The peer.
void nodes_by_cryptopp(benchmark::State& state) {
    const Bytes nodes = random_bytes(node_count * node_size);
    std::vector<Hash256> hashes(node_count);
    CryptoPP::SHA256 hasher;
    for (auto _ : state) {
        for (std::size_t i = 0; i < node_count; ++i) {
            hasher.CalculateDigest(hashes[i].data(), nodes.data() + i * node_size, node_size);
        }
        benchmark::DoNotOptimize(hashes.data());
    }
    report_nodes(state);
}
BENCHMARK(nodes_by_cryptopp);

void nodes_one_by_one(benchmark::State& state) {
    const Bytes nodes = random_bytes(node_count * node_size);
    std::vector<Hash256> hashes(node_count);
    for (auto _ : state) {
        for (std::size_t i = 0; i < node_count; ++i) {
            hashes[i] = sha256(ByteView(nodes).subspan(i * node_size, node_size));
        }
        benchmark::DoNotOptimize(hashes.data());
    }
    report_nodes(state);
}
BENCHMARK(nodes_one_by_one);

void nodes_padded(benchmark::State& state, Sha256Backend backend) {
    if (!is_available(backend)) {
        state.SkipWithError("this machine lacks the instructions");
        return;
    }
    constexpr std::size_t blocks = sha256_padded_blocks(node_size);
    constexpr std::size_t stride = blocks * sha256_block_size;
    Bytes nodes = random_bytes(node_count * stride);
    for (std::size_t i = 0; i < node_count; ++i) {
        sha256_pad(std::span(nodes).subspan(i * stride, stride), node_size);
    }
    std::vector<Hash256> hashes(node_count);
    for (auto _ : state) {
        sha256_padded(nodes, blocks, hashes, backend);
        benchmark::DoNotOptimize(hashes.data());
    }
    report_nodes(state);
}
BENCHMARK_CAPTURE(nodes_padded, portable, Sha256Backend::portable);
BENCHMARK_CAPTURE(nodes_padded, sha_ni, Sha256Backend::sha_ni);
BENCHMARK_CAPTURE(nodes_padded, avx512, Sha256Backend::avx512);

/// The same messages, neither padded nor in a row.
void nodes_batched(benchmark::State& state) {
    const Bytes nodes = random_bytes(node_count * node_size);
    std::vector<ByteView> messages;
    for (std::size_t i = 0; i < node_count; ++i) {
        messages.push_back(ByteView(nodes).subspan(i * node_size, node_size));
    }
    std::vector<Hash256> hashes(node_count);
    for (auto _ : state) {
        sha256_batch(messages, hashes);
        benchmark::DoNotOptimize(hashes.data());
    }
    report_nodes(state);
}
BENCHMARK(nodes_batched);

void blake3_bytes(benchmark::State& state, Blake3Backend backend) {
    if (!is_available(backend)) {
        state.SkipWithError("this machine lacks the instructions");
        return;
    }
    const Bytes message = random_bytes(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        Blake3 hasher(Blake3Mode::plain(), backend);
        benchmark::DoNotOptimize(hasher.update(message).digest());
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(blake3_bytes, portable, Blake3Backend::portable)->Arg(64)->Arg(1 << 20);
BENCHMARK_CAPTURE(blake3_bytes, avx2, Blake3Backend::avx2)->Arg(8 << 10)->Arg(1 << 20);
BENCHMARK_CAPTURE(blake3_bytes, avx512, Blake3Backend::avx512)->Arg(16 << 10)->Arg(1 << 20);

}  // namespace
}  // namespace steelyard::crypto
