// A stream of packets: it means the same in whatever pieces it comes, and keeps its limits.
#include "base/check.h"
#include "p2p/message_receiver.h"

using namespace steelyard;
using namespace steelyard::p2p;

namespace {

constexpr std::size_t message_size_max = 3000;

struct Outcome {
    bool good = true;
    std::vector<std::pair<ChannelId, Bytes>> messages{};

    bool operator==(const Outcome&) const = default;
};

Outcome run(ByteView stream, std::size_t piece) {
    const std::vector<ChannelDescriptor> channels = {
        {.id = 0x00, .receive_size_max = message_size_max},
        {.id = 0x22, .receive_size_max = message_size_max},
    };
    MessageReceiver receiver(channels, {});
    Outcome outcome;
    while (outcome.good && !stream.empty()) {
        const std::size_t size = std::min(piece, stream.size());
        Received received;
        outcome.good = receiver.receive(stream.first(size), received).has_value();
        for (ReceivedMessage& message : received.messages) {
            CHECK(!message.bytes.empty() && message.bytes.size() <= message_size_max);
            outcome.messages.emplace_back(message.channel, std::move(message.bytes));
        }
        CHECK(receiver.partial_size() <= channels.size() * message_size_max);
        stream = stream.subspan(size);
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView stream(data, size);
    const Outcome whole = run(stream, size + 1);
    CHECK(run(stream, 1) == whole);
    CHECK(run(stream, 7) == whole);
    return 0;
}
