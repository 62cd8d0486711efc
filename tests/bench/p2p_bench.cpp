// What a connection costs without sockets: queues, packets and frames, against the bare cipher over
// the same number of bytes. Sending and receiving are timed together.
#include "base/check.h"
#include "base/random.h"
#include "p2p/message_receiver.h"
#include "p2p/secret_connection.h"
#include "p2p/send_queues.h"

#include <benchmark/benchmark.h>

namespace steelyard::p2p {
namespace {

constexpr std::size_t batch_size = 64 * 1024;
constexpr ChannelId channel = 0x30;

void connection_core(benchmark::State& state) {
    const auto message_size = static_cast<std::size_t>(state.range(0));
    const std::vector<ChannelDescriptor> channels = {{.id = channel, .send_queue_capacity = 10'000}
    };
    const ConnectionOptions options;
    const crypto::Secret<32> key;
    SendQueues queues(channels, options, {});
    FrameWriter writer(key);
    FrameReader reader(key);
    MessageReceiver receiver(channels, options);
    const Bytes message(message_size, 7);
    Bytes wire;
    for (auto _ : state) {
        for (std::size_t queued = 0; queued < batch_size; queued += message_size) {
            CHECK(queues.push(channel, message));
        }
        queues.write({}, 10 * batch_size, writer);
        const ByteView sealed = writer.seal();
        wire.assign(sealed.begin(), sealed.end());
        writer.clear();
        Received received;
        for (std::size_t at = 0; at < wire.size(); at += sealed_frame_size) {
            const auto part = reader.open(std::span(wire).subspan(at, sealed_frame_size));
            CHECK(part && receiver.receive(*part, received));
        }
        benchmark::DoNotOptimize(received.messages.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch_size));
}
BENCHMARK(connection_core)->Arg(256)->Arg(4096)->Arg(65'536);

/// The limit: the frames that the stream of 64 KiB messages needs, sealed and opened.
void bare_cipher(benchmark::State& state) {
    crypto::ChaCha20Poly1305 cipher{crypto::Secret<32>()};
    Bytes frame(sealed_frame_size);
    std::uint64_t number = 0;
    for (auto _ : state) {
        for (std::size_t sealed = 0; sealed < batch_size; sealed += frame_data_size_max) {
            crypto::ChaCha20Poly1305::Nonce nonce{};
            std::memcpy(nonce.data() + 4, &number, sizeof number);
            ++number;
            const auto text = std::span(frame).first<frame_size>();
            cipher.seal(nonce, {}, text, frame);
            CHECK(cipher.open(nonce, {}, frame, text));
        }
        benchmark::DoNotOptimize(frame.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch_size));
}
BENCHMARK(bare_cipher);

}  // namespace
}  // namespace steelyard::p2p
