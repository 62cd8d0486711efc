#include "worker/link/open_questions.h"

#include <algorithm>

namespace steelyard::worker {

OpenQuestions::Number OpenQuestions::ask(LinkTime now) {
    waiting_.emplace(next_, now);
    return next_++;
}

std::vector<OpenQuestions::Number> OpenQuestions::take_due(LinkTime now) {
    std::vector<Number> due;
    while (!waiting_.empty() && sent_.size() < unanswered_max) {
        const auto first = waiting_.begin();
        sent_.emplace(first->first, Sent{.asked_at = first->second, .sent_at = now});
        due.push_back(first->first);
        waiting_.erase(first);
    }
    return due;
}

bool OpenQuestions::answer(Number number) {
    const auto found = sent_.find(number);
    if (found == sent_.end()) {
        return false;
    }
    const bool is_awaited = !found->second.is_given_up;
    sent_.erase(found);
    return is_awaited;
}

std::vector<OpenQuestions::Number> OpenQuestions::expire(LinkTime now) {
    std::vector<Number> late;
    for (auto at = sent_.begin(); at != sent_.end();) {
        Sent& sent = at->second;
        if (!sent.is_given_up && now - sent.asked_at >= answer_time_) {
            late.push_back(at->first);
            sent.is_given_up = true;
        }
        at = now - sent.sent_at >= answer_time_ ? sent_.erase(at) : std::next(at);
    }
    while (!waiting_.empty() && now - waiting_.begin()->second >= answer_time_) {
        late.push_back(waiting_.begin()->first);
        waiting_.erase(waiting_.begin());
    }
    return late;
}

std::vector<OpenQuestions::Number> OpenQuestions::clear() {
    std::vector<Number> all;
    for (const auto& [number, sent] : sent_) {
        if (!sent.is_given_up) {
            all.push_back(number);
        }
    }
    for (const auto& [number, asked_at] : waiting_) {
        all.push_back(number);
    }
    sent_.clear();
    waiting_.clear();
    return all;
}

std::optional<LinkTime> OpenQuestions::deadline() const {
    std::optional<LinkTime> first;
    const auto take = [&first](LinkTime time) { first = first ? std::min(*first, time) : time; };
    for (const auto& [number, sent] : sent_) {
        take((sent.is_given_up ? sent.sent_at : sent.asked_at) + answer_time_);
    }
    if (!waiting_.empty()) {
        take(waiting_.begin()->second + answer_time_);
    }
    return first;
}

}  // namespace steelyard::worker
