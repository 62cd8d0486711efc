// Tensor commitments against plain BLAKE3 of the same bytes, in rows that lie as they are hashed
// and in rows that need padding.
#include "base/random.h"
#include "vm/trace/commitment.h"

#include <benchmark/benchmark.h>

namespace steelyard::vm {
namespace {

constexpr std::uint64_t rows = 16 * 1024;

Bytes random_bytes(std::uint64_t size) {
    Bytes out(size);
    SeededRandom(1).fill(out);
    return out;
}

void report_bytes(benchmark::State& state, std::size_t size) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

/// The peer: the same bytes as one message.
void plain_blake3(benchmark::State& state) {
    const Bytes data = random_bytes(rows * 4096);
    for (auto _ : state) {
        benchmark::DoNotOptimize(crypto::blake3(data));
    }
    report_bytes(state, data.size());
}
BENCHMARK(plain_blake3);

void tensor(benchmark::State& state) {
    const TensorType type{DType::f32, {rows, static_cast<std::uint64_t>(state.range(0))}};
    const Bytes data = random_bytes(type.bytes());
    for (auto _ : state) {
        benchmark::DoNotOptimize(tensor_root(type, data));
    }
    report_bytes(state, data.size());
}
BENCHMARK(tensor)->Arg(1024)->Arg(256)->Arg(128)->Arg(64)->Arg(100)->Arg(200)->Arg(1000)->Arg(1025);

}  // namespace
}  // namespace steelyard::vm
