// SessionTable: the workers of a node: who is let in, what they are owed, who is gone.
#pragma once

#include "worker/link/curve_keys.h"
#include "worker/link/link_messages.h"
#include "worker/link/liveness.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace steelyard::worker {

/// A session's number, never used again while a node runs.
using SessionId = std::uint64_t;

/// As the socket names a connection.
using Route = std::string;

struct SessionInfo {
    SessionId id = 0;
    CurveKey key{};
    std::string worker{};    ///< what it calls itself
    std::string software{};  ///< likewise
};

/// What a node owes an answer to.
struct QuestionName {
    SessionId session = 0;
    std::uint64_t request = 0;
};

struct LinkStats {
    std::size_t sessions = 0;
    std::uint64_t questions = 0;  ///< that were taken
    std::uint64_t refused = 0;    ///< for want of room or of a session
    std::uint64_t malformed = 0;  ///< messages
    std::uint64_t timeouts = 0;   ///< questions without an answer in time
};

/// L2 to L7, the node's side. Pure: times are arguments, and frames leave through `Outside`.
class SessionTable {
public:
    struct Options {
        std::string chain_id{};
        std::size_t sessions_max = 64;
        LinkTimes times{};
        /// Of questions that wait for answers, of all sessions together.
        std::size_t owed_bytes_max = std::size_t{64} << 20;
    };

    class Outside {
    public:
        virtual ~Outside() = default;

        /// False if the connection is gone, or does not read.
        virtual bool send(const Route& route, const Bytes& frame) = 0;

        /// A question, to be answered by `answer`, later.
        virtual void ask(const QuestionName& name, std::shared_ptr<const v1::ToNode> question) = 0;

        virtual void began(const SessionInfo& session) = 0;
        virtual void ended(const SessionInfo& session, std::string_view why) = 0;
    };

    SessionTable(Options options, Outside& outside);
    ~SessionTable();

    /// A message of one frame, from a connection that has proven its key.
    void receive(const Route& route, const CurveKey& key, ByteView frame, LinkTime now);

    /// Dropped if the session is over or the answer is not owed any more.
    void answer(const QuestionName& name, const Bytes& frame, LinkTime now);

    /// What every session is told now, and a new one at its beginning.
    void tell(const v1::ToWorker& news, LinkTime now);

    /// Heartbeats, and what is too old. To be called when `deadline` is past.
    void tick(LinkTime now);
    std::optional<LinkTime> deadline() const;

    /// The node stops.
    void end_all(std::string_view why);

    LinkStats stats() const;
    std::vector<SessionInfo> sessions() const;

private:
    struct Owed {
        LinkTime asked_at{};
        std::size_t bytes = 0;
    };
    struct Session {
        SessionInfo info{};
        Liveness liveness;
        std::map<std::uint64_t, Owed> owed{};
        std::size_t malformed = 0;
    };
    using Sessions = std::map<Route, Session>;

    void greet(const Route& route, const CurveKey& key, const v1::ToNode& hello, LinkTime now);
    /// Why there is no room for a session of this key.
    struct Obstacle {
        std::string_view code{};
        std::string why{};
    };
    std::optional<Obstacle> find_obstacle(const CurveKey& key, LinkTime now);
    void take_question(
        Sessions::iterator session,
        std::shared_ptr<v1::ToNode> message,
        std::size_t size,
        LinkTime now
    );
    void take_malformed(
        const Route& route, std::uint64_t request, const Error& error, LinkTime now
    );
    void expire_questions(Sessions::iterator session, LinkTime now);
    /// False, and the session is over, if it could not be sent.
    bool send(Sessions::iterator session, const Bytes& frame, LinkTime now);
    void end(Sessions::iterator session, std::string_view why);

    Options options_;
    Outside& outside_;
    Sessions sessions_{};
    SessionId last_id_ = 0;
    std::size_t owed_bytes_ = 0;
    Bytes news_{};  ///< a frame; empty: nothing was told yet
    std::int64_t height_ = 0;
    LinkStats stats_{};
};

}  // namespace steelyard::worker
