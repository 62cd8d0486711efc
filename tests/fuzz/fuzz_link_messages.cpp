// Messages of the link: every frame that is accepted is the encoding of what it is read as, and
// within the limits. A session table takes all of them, and whatever they are it stays bounded.
#include "base/check.h"
#include "steelyard/worker/v1/link.pb.h"
#include "worker/link/session_table.h"

using namespace steelyard;
using namespace steelyard::worker;

namespace {

class Outside final : public SessionTable::Outside {
public:
    bool send(const Route&, const Bytes& frame) override {
        v1::ToWorker message;
        CHECK(read_message(message, frame));
        return true;
    }
    void ask(const QuestionName& name, std::shared_ptr<const v1::ToNode> question) override {
        CHECK(question->request() == name.request);
    }
    void began(const SessionInfo&) override {}
    void ended(const SessionInfo&, std::string_view) override {}
};

template <typename Message>
void read_whole(ByteView frame) {
    Message message;
    if (read_message(message, frame)) {
        CHECK(frame.size() <= message_size_max);
        CHECK(equal(write_message(message), frame));
    }
}

/// The input as frames of one byte for the length each, from a worker with a session.
void feed_table(ByteView input) {
    Outside outside;
    SessionTable table({.chain_id = "fuzz", .owed_bytes_max = 4096}, outside);
    v1::ToNode hello;
    hello.set_request(1);
    hello.mutable_hello()->set_version(link_version);
    table.receive("a", {}, write_message(hello), LinkTime(0));
    LinkTime now{0};
    while (!input.empty()) {
        const std::size_t size = std::min<std::size_t>(input[0], input.size() - 1);
        table.receive("a", {}, input.subspan(1, size), now);
        table.tick(now += std::chrono::milliseconds(300));
        input = input.subspan(1 + size);
        CHECK(table.stats().sessions <= 1);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    read_whole<v1::ToNode>(input);
    read_whole<v1::ToWorker>(input);
    feed_table(input);
    return 0;
}
