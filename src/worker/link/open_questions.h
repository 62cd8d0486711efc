// OpenQuestions: which questions of a worker are under way, wait for their turn, or are too old.
#pragma once

#include "worker/link/rules.h"

#include <map>
#include <optional>
#include <vector>

namespace steelyard::worker {

/// L5 and L7, the worker's side. Pure: times are arguments. At most unanswered_max are under way,
/// the others wait in line, in the order of their numbers. A number is never used again.
class OpenQuestions {
public:
    using Number = std::uint64_t;

    /// `answer_time` for each question, its wait included.
    OpenQuestions(LinkTime answer_time, Number first) : answer_time_(answer_time), next_(first) {}

    Number ask(LinkTime now);

    /// Those whose turn it is: they are to be sent, in this order.
    std::vector<Number> take_due(LinkTime now);

    /// An answer came. False if nobody waits for it any more, or ever did.
    bool answer(Number number);

    /// Those that were not answered in time: who asked is to be told. The node still owes an answer
    /// to one that was sent, so its place is free when the node has given it up as well.
    std::vector<Number> expire(LinkTime now);

    /// The session is over: all that wait for an answer.
    std::vector<Number> clear();

    /// When `expire` has something to do, if ever.
    std::optional<LinkTime> deadline() const;

    std::size_t unanswered() const { return sent_.size(); }

private:
    struct Sent {
        LinkTime asked_at{};
        LinkTime sent_at{};
        bool is_given_up = false;
    };

    LinkTime answer_time_;
    Number next_;
    std::map<Number, LinkTime> waiting_{};  ///< when they were asked
    std::map<Number, Sent> sent_{};
};

}  // namespace steelyard::worker
