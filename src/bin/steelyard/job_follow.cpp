#include "bin/steelyard/job_follow.h"

#include "steelyard/market/v1/query.pb.h"

#include <boost/json.hpp>

#include <poll.h>

#include <csignal>
#include <map>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds poll_interval(500);
constexpr std::chrono::seconds away_max(60);  ///< a node that restarts is waited for
constexpr std::chrono::seconds explain_after(6);
constexpr std::chrono::seconds explain_interval(60);
constexpr std::chrono::seconds progress_interval(2);
constexpr std::size_t times_max = 4'096;  ///< of blocks that are remembered

volatile std::sig_atomic_t is_interrupted = 0;

/// While it lives Ctrl-C only leaves a mark.
class InterruptMark {
public:
    InterruptMark() {
        is_interrupted = 0;
        struct sigaction action{};
        action.sa_handler = [](int) { is_interrupted = 1; };
        ::sigemptyset(&action.sa_mask);
        ::sigaction(SIGINT, &action, &before_);
    }
    ~InterruptMark() { ::sigaction(SIGINT, &before_, nullptr); }
    InterruptMark(const InterruptMark&) = delete;
    InterruptMark& operator=(const InterruptMark&) = delete;

    bool is_set() const { return is_interrupted != 0; }

private:
    struct sigaction before_{};
};

/// When blocks were made: "2026-11-23T14:03:22Z", or empty.
class BlockTimes {
public:
    explicit BlockTimes(const client::NodeClient& node) : node_(node) {}

    std::string of(std::int64_t height) {
        if (height <= 0) {
            return "";
        }
        if (const auto found = times_.find(height); found != times_.end()) {
            return found->second;
        }
        if (times_.size() >= times_max) {
            times_.clear();
        }
        return times_[height] = ask(height);
    }

private:
    std::string ask(std::int64_t height) const {
        const auto answer = node_.call("header", fmt::format(R"({{"height":"{}"}})", height));
        json::error_code error;
        const json::value value = answer ? json::parse(*answer, error) : json::value();
        const auto* const time =
            answer && !error ? value.find_pointer("/header/time", error) : nullptr;
        if (time == nullptr || !time->is_string()) {
            return "";
        }
        const std::string text(time->get_string());
        const std::size_t fraction = text.find('.');
        return fraction == std::string::npos ? text : text.substr(0, fraction) + "Z";
    }

    const client::NodeClient& node_;
    std::map<std::int64_t, std::string> times_{};
};

std::string line_of(
    const market::Job& job, const buyer::JobNews& news, const std::string& time, bool is_json
) {
    if (is_json) {
        JsonObject out;
        out.number("order", job.order_id());
        out.number("task", job.task());
        out.text("state", news.state);
        out.raw("height", std::to_string(news.height));
        out.text("time", time);
        out.text("reason", news.reason);
        out.text("text", news.text);
        return out.value() + "\n";
    }
    std::string text = news.reason;
    text += (text.empty() || news.text.empty() ? "" : "; ") + news.text;
    return fmt::format(
        "{:<20}  {:>8}  {}/{}  {:<10}  {}\n",
        time.empty() ? "-" : time,
        height_text(news.height),
        job.order_id(),
        job.task(),
        news.state,
        text
    );
}

/// What keeps an open job waiting: nothing if the node does not say.
std::string explanation(const client::NodeClient& node, const market::Job& job) {
    market::QueryExplainRequest request;
    request.set_order_id(job.order_id());
    request.set_task(job.task());
    market::QueryExplainResponse answer;
    if (!ask(node, "/steelyard.market.v1.Query/Explain", request, answer)) {
        return "";
    }
    std::string text;
    for (const market::MismatchCount& one : answer.mismatches()) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", one.asks(), one.mismatch());
    }
    return fmt::format(
        "{}/{} waits: {} asks{}\n",
        job.order_id(),
        job.task(),
        answer.asks(),
        text.empty() ? "" : ", which do not fit by " + text
    );
}

/// A member that is a text or a number, as text.
std::string text_at(const json::value& value, const char* pointer) {
    json::error_code error;
    const auto* const found = value.find_pointer(pointer, error);
    if (found == nullptr || found->is_null()) {
        return "";
    }
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

/// What the job's worker last said to this node, where it is this node's: nobody has checked it.
class Progress {
public:
    explicit Progress(const client::NodeClient& node) : node_(node) {}

    /// A line if there is something new.
    std::string news(const market::Job& job) {
        const auto now = Clock::now();
        if (!is_told_ || now < next_) {
            return "";
        }
        const auto answer = node_.call(
            "market_jobProgress",
            fmt::format(R"({{"order_id":{},"task":{}}})", job.order_id(), job.task())
        );
        if (!answer) {
            is_told_ = answer.error().code() == ErrorCode::not_found ||
                       answer.error().code() == ErrorCode::io;
            return "";
        }
        next_ = now + progress_interval;
        json::error_code error;
        const json::value value = json::parse(*answer, error);
        const std::string stage = error ? "" : text_at(value, "/stage");
        std::string line = fmt::format(
            "{}/{} {}: {} of {} {}",
            job.order_id(),
            job.task(),
            stage,
            text_at(value, "/done"),
            text_at(value, "/of"),
            text_at(value, "/line")
        );
        std::ranges::replace_if(line, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
        if (stage.empty() || line == last_) {
            return "";
        }
        last_ = line;
        return line + "\n";
    }

private:
    const client::NodeClient& node_;
    bool is_told_ = true;  ///< nodes without workers have no such method
    Clock::time_point next_{};
    std::string last_{};
};

/// What was said already, job by job.
class Teller {
public:
    Teller(const Context& context, const client::NodeClient& node, const Say& say)
        : context_(context), node_(node), say_(say), times_(node), progress_(node) {}

    void tell_steps(const OrderView& view) {
        for (const market::Job& job : view.jobs->jobs()) {
            const auto known = known_.find(job.task());
            const auto news = buyer::news_of(known == known_.end() ? nullptr : &known->second, job);
            for (const buyer::JobNews& one : news) {
                say_(line_of(job, one, times_.of(one.height), context_.json()));
            }
            if (known == known_.end() || !news.empty()) {
                known_.insert_or_assign(job.task(), job);
            }
        }
    }

    /// Now and then, of the first job that waits.
    void tell_why(const OrderView& view) {
        const auto waits = std::ranges::find(view.jobs->jobs(), "open", &market::Job::state);
        const auto now = Clock::now();
        if (waits == view.jobs->jobs().end()) {
            next_why_ = now + explain_after;
        } else if (now >= next_why_) {
            next_why_ = now + explain_interval;
            tell(explanation(node_, *waits));
        }
    }

    /// Of the first job that somebody works on.
    void tell_progress(const OrderView& view) {
        const auto works = std::ranges::find_if(view.jobs->jobs(), [](const market::Job& job) {
            return job.ended_height() == 0 && job.has_assignment();
        });
        if (works != view.jobs->jobs().end()) {
            tell(progress_.news(*works));
        }
    }

private:
    const Context& context_;
    const client::NodeClient& node_;
    const Say& say_;
    BlockTimes times_;
    Progress progress_;
    std::map<std::uint32_t, market::Job> known_{};
    Clock::time_point next_why_ = Clock::now() + explain_after;
};

bool is_over(const OrderView& view, const FollowChoices& choices) {
    return choices.task ? buyer::ending_of(view.jobs->jobs(0)) != buyer::Ending::live
                        : view.tally().is_over;
}

/// A node that does not answer: it is told once, and waited for.
class Absence {
public:
    Absence(const FollowChoices& choices, Clock::time_point now)
        : is_quiet_(choices.is_quiet), has_answered_(choices.has_answered), last_answer_(now) {}

    void answered(Clock::time_point now) {
        if (std::exchange(is_told_, false)) {
            tell("the node answers again\n");
        }
        has_answered_ = true;
        last_answer_ = now;
    }

    /// Whether it is asked again after this.
    bool may_pass(const Complaint& complaint, Clock::time_point now) {
        if (complaint.exit != Exit::timeout || !has_answered_ || now - last_answer_ > away_max) {
            return false;
        }
        if (!is_quiet_ && !std::exchange(is_told_, true)) {
            tell(fmt::format(
                "{}: it is waited for, {} s at most\n", complaint.message, away_max.count()
            ));
        }
        return true;
    }

private:
    bool is_quiet_;
    bool has_answered_;
    bool is_told_ = false;
    Clock::time_point last_answer_;
};

}  // namespace

Outcome<OrderView> view_order(
    const client::NodeClient& node, std::uint64_t order, std::optional<std::uint32_t> task
) {
    market::QueryOrderRequest request;
    request.set_order_id(order);
    market::QueryOrderResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Order", request, answer));
    market::QueryJobsResponse jobs;
    if (task) {
        market::QueryJobRequest of_job;
        of_job.set_order_id(order);
        of_job.set_task(*task);
        market::QueryJobResponse job;
        TRY(ask(node, "/steelyard.market.v1.Query/Job", of_job, job));
        *jobs.add_jobs() = std::move(*job.mutable_job());
    } else {
        market::QueryJobsRequest of_jobs;
        of_jobs.set_order_id(order);
        TRY_ASSIGN(
            jobs,
            (ask_all<market::QueryJobsRequest, market::QueryJobsResponse>(
                node, "/steelyard.market.v1.Query/Jobs", of_jobs
            ))
        );
        std::ranges::sort(*jobs.mutable_jobs(), {}, &market::Job::task);
    }
    return OrderView{
        .order = std::make_shared<market::Order>(std::move(*answer.mutable_order())),
        .jobs = std::make_shared<market::QueryJobsResponse>(std::move(jobs))
    };
}

Outcome<Followed> follow_order(
    const Context& context,
    const client::NodeClient& node,
    std::uint64_t order,
    const FollowChoices& choices,
    const Say& say
) {
    const InterruptMark interrupt;
    Teller teller(context, node, say);
    const auto start = Clock::now();
    Absence absence(choices, start);
    Followed out{.is_one_job = choices.task.has_value()};
    while (true) {
        auto view = view_order(node, order, choices.task);
        const auto now = Clock::now();
        if (view) {
            absence.answered(now);
            out.view = *std::move(view);
            if (!choices.is_quiet) {
                teller.tell_steps(out.view);
                teller.tell_why(out.view);
                teller.tell_progress(out.view);
            }
            if (is_over(out.view, choices)) {
                return out;
            }
        } else if (!absence.may_pass(view.error(), now)) {
            return std::unexpected(std::move(view).error());
        }
        if (interrupt.is_set()) {
            out.end = FollowEnd::interrupted;
            return out;
        }
        if (choices.patience.count() > 0 && now - start >= choices.patience) {
            out.end = FollowEnd::timeout;
            return out;
        }
        // A signal ends the wait.
        (void)::poll(nullptr, 0, static_cast<int>(poll_interval.count()));
    }
}

Outcome<void> say_steps(
    const Context& context, const client::NodeClient& node, const OrderView& view, const Say& say
) {
    Teller(context, node, say).tell_steps(view);
    return {};
}

Exit exit_of(const Followed& followed) {
    switch (followed.end) {
        case FollowEnd::interrupted:
            return Exit::interrupted;
        case FollowEnd::timeout:
            return Exit::timeout;
        case FollowEnd::over:
            break;
    }
    const bool is_good = followed.is_one_job ? buyer::ending_of(followed.view.jobs->jobs(0)) ==
                                                   buyer::Ending::settled
                                             : buyer::is_success(followed.view.tally());
    return is_good ? Exit::ok : Exit::fault;
}

std::string tally_text(const buyer::Tally& tally) {
    std::string text;
    for (const auto& [count, what] :
         {std::pair(tally.settled, "settled"),
          {tally.faulted, "ended in a fault"},
          {tally.lost, "lost"},
          {tally.live, "live"},
          {tally.waiting, "not entered"}}) {
        if (count > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
        }
    }
    return text.empty() ? "no jobs" : text;
}

}  // namespace steelyard::wallet
