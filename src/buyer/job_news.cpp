#include "buyer/job_news.h"

#include "base/bytes.h"
#include "base/hex.h"
#include "steelyard/market/v1/query.pb.h"

#include <fmt/format.h>

#include <algorithm>

namespace steelyard::buyer {
namespace {

using market::v1::Job;

/// "late (provider)"; empty for none.
std::string reason_of(const Job& job) {
    if (job.reason().empty() || job.reason() == "none") {
        return "";
    }
    const bool has_party = !job.party_at_fault().empty() && job.party_at_fault() != "nobody";
    return job.reason() + (has_party ? fmt::format(" (at fault: {})", job.party_at_fault()) : "");
}

/// "; to start by block 29"
std::string wait_of(const Job& job, std::string_view kind) {
    if (!job.has_wait() || job.wait().kind() != kind) {
        return "";
    }
    return fmt::format("; to {} by block {}", kind, job.wait().height());
}

bool is_same_assignment(const Job* before, const Job& now) {
    return before != nullptr && before->has_assignment() &&
           before->assignment().height() == now.assignment().height() &&
           before->assignment().ask_id() == now.assignment().ask_id();
}

/// Each provider that lost it since.
void add_losses(const Job* before, const Job& now, std::vector<JobNews>& out) {
    const int known = before == nullptr ? 0 : before->had_it_size();
    for (int i = known; i < now.had_it_size(); ++i) {
        const bool is_last = i + 1 == now.had_it_size() && now.ended_height() == 0;
        out.push_back(
            {.state = "reopened",
             .reason = is_last && !now.has_assignment() ? reason_of(now) : "",
             .text = fmt::format("{} lost it", now.had_it(i))}
        );
    }
}

void add_assignment(const Job* before, const Job& now, std::vector<JobNews>& out) {
    if (!now.has_assignment()) {
        return;
    }
    const auto& given = now.assignment();
    const bool is_new = !is_same_assignment(before, now);
    if (is_new) {
        out.push_back(
            {.state = "matched",
             .height = given.height(),
             .text = fmt::format(
                 "{} for {} uyard{}", given.provider(), given.price(), wait_of(now, "start")
             )}
        );
    }
    const std::int64_t started = is_new ? 0 : before->started_height();
    if (now.started_height() > 0 && now.started_height() != started) {
        out.push_back(
            {.state = "started",
             .height = now.started_height(),
             .text = fmt::format("{} has all inputs{}", given.worker(), wait_of(now, "commit"))}
        );
    }
}

std::string result_text(const market::v1::Commitment& commitment) {
    if (commitment.has_fault()) {
        const auto& fault = commitment.fault();
        return fmt::format(
            "the program ran into a fault: {} in step {}, element {}",
            fault.kind() == 1 ? "out_of_bound" : "bad_index",
            fault.step(),
            fault.element()
        );
    }
    const std::string root = to_hex(as_bytes(commitment.output_root()));
    return commitment.results_size() > 0
               ? fmt::format("output root {}, {} blobs", root, commitment.results_size())
               : fmt::format("output root {}, {} bytes", root, commitment.inline_result().size());
}

void add_results(const Job* before, const Job& now, std::vector<JobNews>& out) {
    const std::int64_t known =
        before != nullptr && before->has_commitment() ? before->commitment().height() : 0;
    if (now.has_commitment() && now.commitment().height() != known) {
        out.push_back(
            {.state = "committed",
             .height = now.commitment().height(),
             .text = result_text(now.commitment())}
        );
    }
    const std::int64_t issued = now.has_challenge() ? now.challenge().issued_height() : 0;
    const std::int64_t known_issue =
        before != nullptr && before->has_challenge() ? before->challenge().issued_height() : 0;
    if (issued > 0 && issued != known_issue) {
        out.push_back(
            {.state = "challenged",
             .height = issued,
             .text = fmt::format("{} probes{}", now.challenge().probes(), wait_of(now, "respond"))}
        );
    }
    const auto is_proved = [](const Job& job) {
        return job.state() == "proved" || (job.state() == "settled" && job.has_challenge() &&
                                           job.challenge().issued_height() > 0);
    };
    if (is_proved(now) && (before == nullptr || !is_proved(*before))) {
        out.push_back(
            {.state = "proved",
             .height = now.challenge().last_attempt_height(),
             .text = "every probe was right" + wait_of(now, "settle")}
        );
    }
}

}  // namespace

std::vector<JobNews> news_of(const Job* before, const Job& now) {
    std::vector<JobNews> out;
    if (before == nullptr) {
        out.push_back({.state = "open", .height = now.entered_height(), .text = "waits for an ask"}
        );
    }
    add_losses(before, now, out);
    add_assignment(before, now, out);
    add_results(before, now, out);
    if (now.ended_height() > 0 && (before == nullptr || before->ended_height() == 0)) {
        out.push_back(
            {.state = now.state(),
             .height = now.ended_height(),
             .reason = reason_of(now),
             .text = fmt::format("paid {} uyard", now.paid())}
        );
    }
    return out;
}

Ending ending_of(const Job& job) {
    if (job.ended_height() == 0) {
        return Ending::live;
    }
    if (job.state() != "settled") {
        return Ending::lost;
    }
    return job.reason() == "settled_fault" ? Ending::faulted : Ending::settled;
}

Tally tally_of(const market::v1::Order& order, const market::v1::QueryJobsResponse& jobs) {
    Tally tally;
    for (const Job& job : jobs.jobs()) {
        switch (ending_of(job)) {
            case Ending::live:
                ++tally.live;
                break;
            case Ending::settled:
                ++tally.settled;
                break;
            case Ending::faulted:
                ++tally.faulted;
                break;
            case Ending::lost:
                ++tally.lost;
                break;
        }
    }
    const std::uint32_t tasks = order.is_array() ? order.tasks() : 1;
    const auto entered = static_cast<std::uint32_t>(jobs.jobs_size());
    tally.waiting = tasks - std::min(tasks, entered);
    tally.is_over = order.is_final() || (tally.live == 0 && tally.waiting == 0);
    return tally;
}

}  // namespace steelyard::buyer
