// ClientWire: a worker's socket and the thread that has it: questions out, answers back. For
// LinkClient, which knows what they mean.
#pragma once

#include "worker/link/link_client.h"
#include "worker/link/link_messages.h"

namespace steelyard::worker {

/// Thread-safe.
class ClientWire {
public:
    static Result<std::unique_ptr<ClientWire>> start(
        LinkClient::Options options, const CurveKeyPair& key, const Clock& clock
    );
    ~ClientWire();

    /// Blocks until the answer is there. A refusal is an error, and so is an answer to something
    /// else. `question` gets its number here.
    Result<void> ask(v1::ToNode& question, v1::ToWorker& answer);

    std::optional<ChainMoment> moment() const;
    void on_news(std::function<void()> listener);

private:
    class Impl;
    explicit ClientWire(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::worker
