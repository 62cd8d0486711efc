// Sealing and opening a SecretConnection frame, against Crypto++'s own ChaCha20Poly1305 class and
// against its two parts alone.
#include "base/random.h"
#include "crypto/aead.h"

#include <benchmark/benchmark.h>
#include <cryptopp/chachapoly.h>

namespace steelyard::crypto {
namespace {

constexpr std::size_t frame_size = 1028;
constexpr ChaCha20Poly1305::Nonce nonce{};

Bytes random_bytes(std::size_t size) {
    Bytes out(size);
    SeededRandom(1).fill(out);
    return out;
}

void report(benchmark::State& state, std::size_t size) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void seal_frame(benchmark::State& state) {
    ChaCha20Poly1305 aead{Secret<32>()};
    Bytes frame = random_bytes(frame_size + aead_tag_size);
    for (auto _ : state) {
        aead.seal(nonce, {}, ByteView(frame).first(frame_size), frame);
        benchmark::DoNotOptimize(frame.data());
    }
    report(state, frame_size);
}
BENCHMARK(seal_frame);

/// The peer, which sets up its parameters on the heap for every message.
void seal_frame_by_cryptopp(benchmark::State& state) {
    CryptoPP::ChaCha20Poly1305::Encryption aead;
    const Secret<32> key;
    aead.SetKeyWithIV(key.view().data(), 32, nonce.data());
    Bytes frame = random_bytes(frame_size + aead_tag_size);
    for (auto _ : state) {
        aead.EncryptAndAuthenticate(
            frame.data(),
            frame.data() + frame_size,
            aead_tag_size,
            nonce.data(),
            static_cast<int>(nonce.size()),
            nullptr,
            0,
            frame.data(),
            frame_size
        );
        benchmark::DoNotOptimize(frame.data());
    }
    report(state, frame_size);
}
BENCHMARK(seal_frame_by_cryptopp);

/// The limit: cipher and code over whole blocks, with nothing set up between frames.
void cipher_and_code_alone(benchmark::State& state) {
    const Bytes key = random_bytes(32);
    CryptoPP::ChaChaTLS::Encryption cipher;
    cipher.SetKeyWithIV(key.data(), key.size(), nonce.data());
    CryptoPP::Poly1305TLS mac;
    mac.SetKey(key.data(), key.size());
    Bytes blocks = random_bytes(1024);
    for (auto _ : state) {
        cipher.ProcessData(blocks.data(), blocks.data(), blocks.size());
        mac.Update(blocks.data(), blocks.size());
        benchmark::DoNotOptimize(blocks.data());
    }
    report(state, blocks.size());
}
BENCHMARK(cipher_and_code_alone);

void open_frame(benchmark::State& state) {
    ChaCha20Poly1305 aead{Secret<32>()};
    const Bytes text = random_bytes(frame_size);
    Bytes sealed(frame_size + aead_tag_size);
    aead.seal(nonce, {}, text, sealed);
    Bytes opened(frame_size);
    for (auto _ : state) {
        if (!aead.open(nonce, {}, sealed, opened)) {
            state.SkipWithError("a frame did not open");
        }
        benchmark::DoNotOptimize(opened.data());
    }
    report(state, frame_size);
}
BENCHMARK(open_frame);

}  // namespace
}  // namespace steelyard::crypto
