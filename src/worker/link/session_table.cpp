#include "worker/link/session_table.h"

#include "steelyard/worker/v1/link.pb.h"

namespace steelyard::worker {
namespace {

Bytes no_session(std::uint64_t request, std::string_view why) {
    return write_message(refusal(request, refused_no_session, why));
}

}  // namespace

SessionTable::SessionTable(Options options, Outside& outside)
    : options_(std::move(options)), outside_(outside) {
}

SessionTable::~SessionTable() = default;

void SessionTable::receive(const Route& route, const CurveKey& key, ByteView frame, LinkTime now) {
    auto message = std::make_shared<v1::ToNode>();
    const auto read = read_message(*message, frame);
    const auto session = sessions_.find(route);
    if (session != sessions_.end()) {
        session->second.liveness.heard(now);
    }
    if (!read) {
        take_malformed(route, message->request(), read.error(), now);
        return;
    }
    if (message->has_hello()) {
        greet(route, key, *message, now);
        return;
    }
    if (session == sessions_.end()) {
        ++stats_.refused;
        outside_.send(route, no_session(message->request(), "there is no session: say hello"));
        return;
    }
    if (!message->has_heartbeat()) {
        take_question(session, std::move(message), frame.size(), now);
    }
}

void SessionTable::take_malformed(
    const Route& route, std::uint64_t request, const Error& error, LinkTime now
) {
    ++stats_.malformed;
    const auto session = sessions_.find(route);
    const Bytes answer = write_message(refusal(request, error));
    if (session == sessions_.end()) {
        outside_.send(route, answer);
        return;
    }
    if (send(session, answer, now) && ++session->second.malformed >= malformed_max) {
        const std::string why = fmt::format("{} malformed messages", malformed_max);
        outside_.send(route, no_session(0, why));
        end(session, why);
    }
}

void SessionTable::greet(
    const Route& route, const CurveKey& key, const v1::ToNode& hello, LinkTime now
) {
    const auto refuse = [&](std::string_view code, std::string_view reason) {
        ++stats_.refused;
        outside_.send(route, write_message(refusal(hello.request(), code, reason)));
    };
    if (sessions_.contains(route)) {
        take_malformed(
            route, hello.request(), Error(ErrorCode::invalid, "the session has begun"), now
        );
        return;
    }
    if (const std::uint32_t version = hello.hello().version(); version != link_version) {
        refuse(
            to_string(ErrorCode::unsupported),
            fmt::format("the worker speaks version {}, the node {}", version, link_version)
        );
        return;
    }
    if (const auto obstacle = find_obstacle(key, now)) {
        refuse(obstacle->code, obstacle->why);
        return;
    }
    const SessionInfo info{
        .id = ++last_id_,
        .key = key,
        .worker = hello.hello().worker(),
        .software = hello.hello().software(),
    };
    v1::ToWorker answer;
    answer.set_request(hello.request());
    v1::Welcome& welcome = *answer.mutable_welcome();
    welcome.set_version(link_version);
    welcome.set_chain_id(options_.chain_id);
    welcome.set_session(info.id);
    welcome.set_height(height_);
    const auto session =
        sessions_.emplace(route, Session{.info = info, .liveness = {options_.times, now}}).first;
    outside_.began(info);
    if (send(session, write_message(answer), now) && !news_.empty()) {
        send(session, news_, now);
    }
}

/// A connection that was closed cannot be sent to: whoever comes again need not wait until the
/// session before is taken for gone.
std::optional<SessionTable::Obstacle> SessionTable::find_obstacle(
    const CurveKey& key, LinkTime now
) {
    v1::ToWorker heartbeat;
    heartbeat.mutable_heartbeat();
    const Bytes frame = write_message(heartbeat);
    for (auto at = sessions_.begin(); at != sessions_.end();) {
        const auto session = at++;
        if (session->second.info.key == key && send(session, frame, now)) {
            const SessionInfo& info = session->second.info;
            return Obstacle{
                .code = refused_in_use,
                .why = fmt::format("session {} of this key is alive, of {}", info.id, info.worker),
            };
        }
    }
    if (sessions_.size() >= options_.sessions_max) {
        return Obstacle{
            .code = refused_busy,
            .why = fmt::format("there are {} sessions already", sessions_.size()),
        };
    }
    return std::nullopt;
}

void SessionTable::take_question(
    Sessions::iterator session, std::shared_ptr<v1::ToNode> message, std::size_t size, LinkTime now
) {
    const std::uint64_t request = message->request();
    auto& owed = session->second.owed;
    if (owed.contains(request)) {
        const Error error(
            ErrorCode::invalid, fmt::format("request {} is not answered yet", request)
        );
        take_malformed(session->first, 0, error, now);
        return;
    }
    if (owed.size() >= unanswered_max || owed_bytes_ + size > options_.owed_bytes_max) {
        ++stats_.refused;
        const std::string_view why = owed.size() >= unanswered_max
                                         ? "too many unanswered questions"
                                         : "the node has too many questions to answer";
        send(session, write_message(refusal(request, refused_busy, why)), now);
        return;
    }
    owed.emplace(request, Owed{.asked_at = now, .bytes = size});
    owed_bytes_ += size;
    ++stats_.questions;
    outside_.ask({.session = session->second.info.id, .request = request}, std::move(message));
}

void SessionTable::answer(const QuestionName& name, const Bytes& frame, LinkTime now) {
    const auto session = std::ranges::find_if(sessions_, [&](const auto& entry) {
        return entry.second.info.id == name.session;
    });
    if (session == sessions_.end()) {
        return;
    }
    auto& owed = session->second.owed;
    const auto found = owed.find(name.request);
    if (found == owed.end()) {
        return;
    }
    owed_bytes_ -= found->second.bytes;
    owed.erase(found);
    send(session, frame, now);
}

void SessionTable::tell(const v1::ToWorker& news, LinkTime now) {
    news_ = write_message(news);
    height_ = news.block().height();
    for (auto at = sessions_.begin(); at != sessions_.end();) {
        send(at++, news_, now);
    }
}

void SessionTable::tick(LinkTime now) {
    v1::ToWorker heartbeat;
    heartbeat.mutable_heartbeat();
    const Bytes frame = write_message(heartbeat);
    for (auto at = sessions_.begin(); at != sessions_.end();) {
        const auto session = at++;
        if (session->second.liveness.is_gone(now)) {
            end(session, "nothing is heard of it");
            continue;
        }
        if (session->second.liveness.must_send(now) && !send(session, frame, now)) {
            continue;
        }
        expire_questions(session, now);
    }
}

void SessionTable::expire_questions(Sessions::iterator session, LinkTime now) {
    auto& owed = session->second.owed;
    std::vector<std::uint64_t> late;
    for (const auto& [request, question] : owed) {
        if (now - question.asked_at >= options_.times.answer) {
            late.push_back(request);
        }
    }
    for (const std::uint64_t request : late) {
        const auto found = owed.find(request);
        owed_bytes_ -= found->second.bytes;
        owed.erase(found);
        ++stats_.timeouts;
        const auto frame = write_message(refusal(request, refused_timeout, "no answer in time"));
        if (!send(session, frame, now)) {
            return;
        }
    }
}

std::optional<LinkTime> SessionTable::deadline() const {
    std::optional<LinkTime> first;
    for (const auto& [route, session] : sessions_) {
        LinkTime time = session.liveness.deadline();
        for (const auto& [request, question] : session.owed) {
            time = std::min(time, question.asked_at + options_.times.answer);
        }
        first = first ? std::min(*first, time) : time;
    }
    return first;
}

void SessionTable::end_all(std::string_view why) {
    while (!sessions_.empty()) {
        end(sessions_.begin(), why);
    }
}

LinkStats SessionTable::stats() const {
    LinkStats stats = stats_;
    stats.sessions = sessions_.size();
    return stats;
}

std::vector<SessionInfo> SessionTable::sessions() const {
    std::vector<SessionInfo> out;
    for (const auto& [route, session] : sessions_) {
        out.push_back(session.info);
    }
    return out;
}

bool SessionTable::send(Sessions::iterator session, const Bytes& frame, LinkTime now) {
    if (!outside_.send(session->first, frame)) {
        end(session, "its connection is gone, or not read from");
        return false;
    }
    session->second.liveness.sent(now);
    return true;
}

void SessionTable::end(Sessions::iterator session, std::string_view why) {
    for (const auto& [request, question] : session->second.owed) {
        owed_bytes_ -= question.bytes;
    }
    const SessionInfo info = std::move(session->second.info);
    sessions_.erase(session);
    outside_.ended(info, why);
}

}  // namespace steelyard::worker
