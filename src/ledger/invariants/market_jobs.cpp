// M4: every state of a job has something that ends it.
#include "ledger/invariants/market_rows.h"

namespace steelyard::invariants {
namespace {

using market::DeadlineKind;
using market::JobState;

/// The deadline that a job in its state must have; nothing: none.
std::optional<DeadlineKind> kind_of(const market::Job& job) {
    switch (job.state) {
        case JobState::open:
            return std::nullopt;
        case JobState::matched:
            return DeadlineKind::start;
        case JobState::started:
            return DeadlineKind::commit;
        case JobState::committed:
            return job.challenge ? std::nullopt : std::optional(DeadlineKind::settle);
        case JobState::challenged:
            return DeadlineKind::respond;
        case JobState::proved:
            return DeadlineKind::settle;
        case JobState::settled:
        case JobState::cancelled:
        case JobState::expired:
        case JobState::refunded:
        case JobState::slashed:
            return DeadlineKind::retain;
    }
    CHECK(false);
}

bool awaits_seed(const market::Job& job) {
    return job.state == JobState::committed && !job.is_decided;
}

bool awaits_issue(const market::Job& job) {
    return job.state == JobState::committed && job.challenge.has_value();
}

void check_end(
    const market::JobId& id, const market::Job& job, MarketRows& left, Findings& findings
) {
    const auto kind = kind_of(job);
    const auto text = to_string(id);
    if (kind) {
        const auto place = left.queue.find({*kind, id});
        const bool is_there = place != left.queue.end();
        findings.expect(is_there, "M4", "job {} is {} for ever", text, to_string(job.state));
        findings.expect(
            !is_there || *kind == DeadlineKind::retain || job.deadline == place->second,
            "M4",
            "job {} has another deadline in the queue than in its record",
            text
        );
    }
    findings.expect(
        kind && *kind != DeadlineKind::retain ? job.deadline.has_value() : !job.deadline,
        "M4",
        "job {} is {} and its record has a deadline that it should not, or none",
        text,
        to_string(job.state)
    );
    if (kind) {
        left.queue.erase({*kind, id});
    }
    findings.expect(
        awaits_seed(job) == (left.awaiting_seed.erase(id) > 0),
        "M4",
        "job {} waits for a seed, or does not, and should not",
        text
    );
    findings.expect(
        awaits_issue(job) == (left.awaiting_issue.erase(id) > 0),
        "M4",
        "job {} waits for its challenge, or does not, and should not",
        text
    );
}

void check_bids(const MarketRows& rows, Findings& findings) {
    std::set<market::JobId> offered;
    for (const auto& [key, bid] : rows.bids) {
        const auto job = rows.jobs.find(key.job);
        findings.expect(
            job != rows.jobs.end() && job->second.state == JobState::open,
            "M4",
            "the bid of {} has no open job",
            to_string(key.job)
        );
        findings.expect(
            offered.insert(key.job).second, "M4", "job {} has two bids", to_string(key.job)
        );
    }
    for (const auto& [id, job] : rows.jobs) {
        findings.expect(
            job.state != JobState::open || offered.contains(id),
            "M4",
            "job {} is open and has no bid",
            to_string(id)
        );
    }
}

}  // namespace

void check_market_jobs(const MarketRows& rows, Findings& findings) {
    MarketRows left;
    left.queue = rows.queue;
    left.awaiting_seed = rows.awaiting_seed;
    left.awaiting_issue = rows.awaiting_issue;
    for (const auto& [id, job] : rows.jobs) {
        findings.expect(rows.orders.contains(id.order), "M4", "job {} has no order", to_string(id));
        check_end(id, job, left, findings);
    }
    for (const auto& [id, order] : rows.orders) {
        const bool is_kept =
            left.queue.erase({DeadlineKind::retain, {id, market::whole_order}}) > 0;
        findings.expect(
            is_kept == order.is_final,
            "M4",
            "order {} is {} and {} to be forgotten",
            to_string(id),
            order.is_final ? "final" : "not final",
            is_kept ? "about" : "not about"
        );
    }
    for (const auto& [what, deadline] : left.queue) {
        findings.expect(
            what.first == DeadlineKind::withdraw,
            "M4",
            "a deadline of {} is of nothing",
            to_string(what.second)
        );
    }
    findings.expect(
        left.awaiting_seed.empty() && left.awaiting_issue.empty(),
        "M4",
        "{} and {} wait for seeds and challenges, and are no jobs",
        left.awaiting_seed.size(),
        left.awaiting_issue.size()
    );
    check_bids(rows, findings);
}

}  // namespace steelyard::invariants
