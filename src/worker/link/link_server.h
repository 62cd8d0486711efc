// LinkServer: the node's end of the link to its workers.
#pragma once

#include "base/clock.h"
#include "worker/link/session_table.h"

#include <functional>

namespace steelyard::worker {

/// How a question is answered, once, from any thread; it may outlive the server. Copies are the
/// same answer.
class LinkAnswer {
public:
    /// `answer` needs no number. A second answer, one that comes too late and one to a session that
    /// is over are dropped.
    void give(v1::ToWorker answer) const;
    void refuse(std::string_view code, std::string_view reason) const;
    void refuse(const Error& error) const;

private:
    friend class LinkServer;
    class Outbox;
    LinkAnswer(std::shared_ptr<Outbox> outbox, const QuestionName& name)
        : outbox_(std::move(outbox)), name_(name) {}

    std::shared_ptr<Outbox> outbox_;
    QuestionName name_;
};

/// A ROUTER socket with CURVE and its own thread.
class LinkServer {
public:
    struct Options {
        std::string address{};  ///< "tcp://127.0.0.1:26670"; port *: any free one
        std::vector<CurveKey> authorized{};
        SessionTable::Options sessions{};
    };

    /// Called by the server's thread; must not block.
    using Handler = std::function<void(std::shared_ptr<const v1::ToNode> question, LinkAnswer)>;

    /// `key` is the node's own; `clock` outlives the server.
    static Result<std::unique_ptr<LinkServer>> start(
        Options options, const CurveKeyPair& key, const Clock& clock, Handler handler
    );
    ~LinkServer();

    // Thread-safe.

    /// What all sessions are told; of several that come at once the last one is.
    void tell(v1::ToWorker news);
    std::string address() const;  ///< as bound
    LinkStats stats() const;
    std::vector<SessionInfo> sessions() const;

    /// Closes the connections and ends the thread: the handler is not called from
    /// then on. Once is enough.
    void stop();

private:
    class Impl;
    explicit LinkServer(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::worker
