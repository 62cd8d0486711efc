#include "worker/worker.h"

#include "base/log.h"
#include "client/money.h"
#include "cosmos/bank/v1beta1/query.pb.h"
#include "steelyard/market/v1/query.pb.h"
#include "worker/bad_programs.h"
#include "worker/bell.h"
#include "worker/journal.h"
#include "worker/live_job.h"
#include "worker/node_port.h"
#include "worker/sender.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

namespace steelyard::worker {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto look_interval = std::chrono::seconds(1);
constexpr auto stop_patience = std::chrono::seconds(15);
constexpr auto balance_interval = std::chrono::seconds(10);
/// Of its jobs that a worker reads at a time, and altogether.
constexpr std::uint64_t page_size = 100;
constexpr std::size_t live_jobs_max = 4'096;

const log::Logger& worker_log() {
    static const log::Logger log("worker");
    return log;
}

/// Whether the node does not know yet what it knew when the job was matched: nothing that it lacks
/// is gone.
bool is_behind(const ChainMoment& now, std::int64_t matched_height) {
    return now.catching_up || now.height < matched_height;
}

bool is_computed(JobState state) {
    return state == JobState::matched || state == JobState::started;
}

}  // namespace

class Worker::Impl {
public:
    Impl(WorkerOptions options, NodePort& node, crypto::PrivateKey key)
        : options_(std::move(options)),
          node_(node),
          journal_(options_.folder),
          bad_programs_(options_.folder / bad_programs_file_name),
          sender_(node, std::move(key)),
          shop_{
              .node = node,
              .journal = journal_,
              .bad_programs = bad_programs_,
              .options = options_,
              .address = sender_.address(),
              .bell = bell_,
          } {}

    ~Impl() {
        node_.on_news([] {});
        jobs_.clear();
    }

    Result<void> open();
    void run();
    void look();
    void stop() {
        is_stopping_ = true;
        bell_->ring();
    }
    void drain() {
        is_draining_ = true;
        bell_->ring();
    }
    WorkerStatus status() const {
        const std::lock_guard lock(status_mutex_);
        return status_;
    }
    bool is_busy() const {
        return std::ranges::any_of(jobs_, [](const auto& job) { return job.second->is_busy(); });
    }
    const std::string& address() const { return shop_.address; }

private:
    using Jobs = std::map<JobName, std::unique_ptr<LiveJob>>;

    bool is_done() const;
    void end();
    Result<void> follow(const ChainMoment& now);
    Result<std::vector<ChainJob>> read_jobs();
    Result<void> take_jobs(std::vector<ChainJob> jobs, const ChainMoment& now);
    Result<void> take_up(ChainJob job);
    Result<void> find_out(Jobs::iterator place, const ChainMoment& now);
    Result<void> forget_found(const ChainMoment& now);
    Result<void> forget(const JobName& name);
    std::set<JobName> with_slots() const;
    void decide_all(const Moment& now, std::vector<Wish>& wishes);
    void tell_events();
    void count_end(const ChainJob& job, const ChainMoment& now);
    void read_balance();
    void set_status(const std::optional<ChainMoment>& now);

    WorkerOptions options_;
    NodePort& node_;
    std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
    Journal journal_;
    BadPrograms bad_programs_;
    Sender sender_;
    Workshop shop_;
    std::map<JobName, JobRecord> found_{};  ///< of the journal, until the chain was asked
    Jobs jobs_{};
    std::atomic<bool> is_stopping_ = false;
    std::atomic<bool> is_draining_ = false;
    bool has_followed_ = false;  ///< the chain was asked once
    SteadyClock::time_point next_balance_{};
    mutable std::mutex status_mutex_{};
    WorkerStatus status_{};
};

Result<void> Worker::Impl::open() {
    if (options_.slots == 0 || options_.slots > slots_max) {
        return invalid("{} slots; from 1 to {}", options_.slots, slots_max);
    }
    TRY_ASSIGN(Journal::Opened opened, journal_.open());
    for (const Error& error : opened.broken) {
        worker_log().error("a record is broken and was set aside", {{"error", error}});
    }
    if (const auto read = bad_programs_.open(); !read) {
        worker_log().error("which programs are bad is forgotten", {{"error", read.error()}});
    }
    found_ = std::move(opened.records);
    status_.address = shop_.address;
    status_.slots = options_.slots;
    node_.on_news([bell = bell_] { bell->ring(); });
    worker_log().info(
        "ready", {{"address", shop_.address}, {"slots", options_.slots}, {"jobs", found_.size()}}
    );
    return {};
}

void Worker::Impl::run() {
    while (!is_stopping_ && !is_done()) {
        look();
        bell_->wait(look_interval);
    }
    end();
}

bool Worker::Impl::is_done() const {
    return is_draining_ && has_followed_ && jobs_.empty() && found_.empty() &&
           !sender_.is_waiting();
}

/// Whatever is computed ends; what is under way to the chain may still come there.
void Worker::Impl::end() {
    for (auto& [name, job] : jobs_) {
        job->stop();
    }
    const auto until = SteadyClock::now() + stop_patience;
    look();
    while (sender_.is_waiting() && node_.moment() && SteadyClock::now() < until) {
        bell_->wait(look_interval);
        look();
    }
    worker_log().info("ended", {{"jobs", jobs_.size()}});
}

void Worker::Impl::look() {
    for (auto& [name, job] : jobs_) {
        if (const auto reaped = job->reap(); !reaped) {
            worker_log().error(
                "the journal fails", {{"job", name.text()}, {"error", reaped.error()}}
            );
        }
    }
    const auto now = node_.moment();
    if (now && now->unix_ms > 0) {
        if (const auto followed = follow(*now); !followed) {
            worker_log().warn("the node was not followed", {{"error", followed.error()}});
        }
        read_balance();
    }
    set_status(now);
}

Result<void> Worker::Impl::follow(const ChainMoment& now) {
    TRY(sender_.look(now));
    TRY_ASSIGN(auto jobs, read_jobs());
    TRY(take_jobs(std::move(jobs), now));
    has_followed_ = true;
    std::vector<Wish> wishes;
    decide_all(
        {.height = now.height, .unix_ms = now.unix_ms, .is_catching_up = now.catching_up}, wishes
    );
    const auto sent = sender_.send(wishes, now);
    tell_events();
    for (auto& [name, job] : jobs_) {
        job->tell_node();
    }
    return sent;
}

Result<std::vector<ChainJob>> Worker::Impl::read_jobs() {
    market::v1::QueryJobsRequest request;
    request.set_worker(shop_.address);
    request.set_only_live(true);
    request.mutable_pagination()->set_limit(page_size);
    std::vector<ChainJob> out;
    while (true) {
        market::v1::QueryJobsResponse answer;
        TRY(node_.query("/steelyard.market.v1.Query/Jobs", request, answer));
        for (const auto& job : answer.jobs()) {
            TRY_ASSIGN(out.emplace_back(), read_job(job));
        }
        const std::string& next = answer.pagination().next_key();
        if (next.empty() || out.size() >= live_jobs_max) {
            return out;
        }
        request.mutable_pagination()->set_key(next);
    }
}

Result<void> Worker::Impl::take_jobs(std::vector<ChainJob> jobs, const ChainMoment& now) {
    std::set<JobName> live;
    for (ChainJob& job : jobs) {
        live.insert(job.name);
        TRY(take_up(std::move(job)));
    }
    for (auto place = jobs_.begin(); place != jobs_.end();) {
        const auto next = std::next(place);
        if (!live.contains(place->first) &&
            !is_behind(now, place->second->chain().matched_height)) {
            TRY(find_out(place, now));
        }
        place = next;
    }
    return forget_found(now);
}

/// What the chain says of a job of ours, perhaps for the first time.
Result<void> Worker::Impl::take_up(ChainJob job) {
    const JobName name = job.name;
    const auto place = jobs_.find(name);
    if (place != jobs_.end()) {
        return place->second->update(std::move(job));
    }
    std::optional<JobRecord> record;
    if (auto found = found_.extract(name)) {
        record = std::move(found.mapped());
    }
    worker_log().info(
        "a job",
        {{"job", name.text()},
         {"state", job.state_text},
         {"price", job.price},
         {"known", record.has_value()}}
    );
    ChainJob copy = job;
    auto& added = jobs_[name];
    added = std::make_unique<LiveJob>(shop_, std::move(job), std::move(record));
    return added->update(std::move(copy));
}

/// A job that the list of ours does not have: how it ended. The list is read in pages, and has an
/// end: what is ours still goes on.
Result<void> Worker::Impl::find_out(Jobs::iterator place, const ChainMoment& now) {
    const JobName name = place->first;
    TRY_ASSIGN(auto job, find_job(node_, name));
    if (job && job->is_live_of(shop_.address)) {
        return take_up(*std::move(job));
    }
    if (job) {
        count_end(*job, now);
    }
    jobs_.erase(place);
    return forget(name);
}

/// Records of jobs that are not ours any more.
Result<void> Worker::Impl::forget_found(const ChainMoment& now) {
    for (auto left = found_.begin(); left != found_.end();) {
        const auto record = left++;
        if (is_behind(now, record->second.matched_height)) {
            continue;
        }
        TRY_ASSIGN(auto job, find_job(node_, record->first));
        if (job && job->is_live_of(shop_.address)) {
            TRY(take_up(*std::move(job)));
            continue;
        }
        TRY(forget(record->first));
        found_.erase(record);
    }
    return {};
}

Result<void> Worker::Impl::forget(const JobName& name) {
    static_cast<void>(node_.keep_blobs(name.order, name.task, {}));
    return journal_.remove(name);
}

void Worker::Impl::count_end(const ChainJob& job, const ChainMoment& now) {
    const bool is_settled = job.state_text == "settled" && job.worker == shop_.address;
    EndedJob ended{
        .name = job.name,
        .state = job.state_text,
        .reason = job.reason,
        .earned = is_settled ? job.earned() : 0,
        .height = now.height,
    };
    worker_log().info(
        "a job is over",
        {{"job", job.name.text()},
         {"state", ended.state},
         {"reason", ended.reason},
         {"earned", ended.earned}}
    );
    const std::lock_guard lock(status_mutex_);
    status_.earned += ended.earned;
    (is_settled ? status_.settled : status_.lost) += 1;
    status_.ended.insert(status_.ended.begin(), std::move(ended));
    if (status_.ended.size() > ended_jobs_max) {
        status_.ended.pop_back();
    }
}

/// The jobs that are computed now: those that have started, then the oldest.
std::set<JobName> Worker::Impl::with_slots() const {
    std::vector<const ChainJob*> waiting;
    for (const auto& [name, job] : jobs_) {
        if (is_computed(job->chain().state)) {
            waiting.push_back(&job->chain());
        }
    }
    std::ranges::sort(waiting, {}, [](const ChainJob* job) {
        return std::tuple(job->state != JobState::started, job->matched_height, job->name);
    });
    std::set<JobName> out;
    for (const ChainJob* job : waiting) {
        if (out.size() < options_.slots || job->state == JobState::started) {
            out.insert(job->name);
        }
    }
    return out;
}

void Worker::Impl::decide_all(const Moment& now, std::vector<Wish>& wishes) {
    const std::set<JobName> slots = with_slots();
    for (auto& [name, job] : jobs_) {
        Standing standing = job->standing();
        standing.has_slot = !is_computed(job->chain().state) || slots.contains(name);
        standing.is_draining = is_draining_ || is_stopping_;
        const Action action = decide(job->chain(), shop_.address, standing, now);
        const bool computes = action.step == Step::fetch || action.step == Step::run ||
                              action.step == Step::prove || action.step == Step::upload;
        if (computes && is_stopping_) {
            continue;
        }
        auto wish = job->act(action, now);
        if (!wish) {
            worker_log().error(
                "a step failed",
                {{"job", name.text()}, {"step", to_string(action.step)}, {"error", wish.error()}}
            );
        } else if (*wish) {
            wishes.push_back(std::move(**wish));
        }
    }
}

void Worker::Impl::tell_events() {
    for (const SendEvent& event : sender_.take_events()) {
        const std::string job = event.job.text();
        const log::Fields fields = {
            {"job", job}, {"step", to_string(event.step)}, {"text", event.text}
        };
        switch (event.kind) {
            case SendEvent::Kind::sent:
                worker_log().info("a transaction is sent", fields);
                break;
            case SendEvent::Kind::included:
                worker_log().info("a transaction is in a block", fields);
                break;
            case SendEvent::Kind::failed:
                worker_log().error("a transaction had no effect", fields);
                break;
            case SendEvent::Kind::refused:
                worker_log().error("a transaction is refused", fields);
                break;
            case SendEvent::Kind::trouble:
                worker_log().error("nothing can be sent", {{"why", event.text}});
                break;
        }
        const std::lock_guard lock(status_mutex_);
        status_.fees += event.fee;
    }
}

void Worker::Impl::read_balance() {
    if (SteadyClock::now() < next_balance_) {
        return;
    }
    next_balance_ = SteadyClock::now() + balance_interval;
    cosmos::bank::v1beta1::QueryBalanceRequest request;
    request.set_address(shop_.address);
    request.set_denom(std::string(client::base_denom));
    cosmos::bank::v1beta1::QueryBalanceResponse answer;
    if (node_.query("/cosmos.bank.v1beta1.Query/Balance", request, answer)) {
        const auto amount = chain::Amount::parse(answer.balance().amount());
        const std::lock_guard lock(status_mutex_);
        status_.balance = amount ? static_cast<std::uint64_t>(amount->value()) : 0;
    }
}

void Worker::Impl::set_status(const std::optional<ChainMoment>& now) {
    const std::lock_guard lock(status_mutex_);
    status_.is_linked = now.has_value();
    status_.is_draining = is_draining_ || is_stopping_;
    if (now) {
        status_.is_catching_up = now->catching_up;
        status_.chain_id = now->chain_id;
        status_.height = now->height;
    }
    status_.jobs.clear();
    for (const auto& [name, job] : jobs_) {
        const ChainJob& chain = job->chain();
        status_.jobs.push_back({
            .name = name,
            .state = chain.state_text,
            .stage = std::string(job->stage()),
            .due_height = chain.due ? chain.due->height : 0,
            .blocks_left =
                chain.due ? std::max<std::int64_t>(0, chain.due->height - status_.height) : 0,
            .steps = job->progress(),
        });
    }
}

Result<std::unique_ptr<Worker>> Worker::open(
    WorkerOptions options, NodePort& node, crypto::PrivateKey key
) {
    auto impl = std::make_unique<Impl>(std::move(options), node, std::move(key));
    TRY(impl->open());
    return std::unique_ptr<Worker>(new Worker(std::move(impl)));
}

std::string address_of(const crypto::PrivateKey& key) {
    return client::address_text(client::account_prefix, key.public_key().address());
}

Worker::Worker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}
Worker::~Worker() = default;

void Worker::run() {
    impl_->run();
}

void Worker::stop() {
    impl_->stop();
}

void Worker::drain() {
    impl_->drain();
}

void Worker::look() {
    impl_->look();
}

bool Worker::is_busy() const {
    return impl_->is_busy();
}

WorkerStatus Worker::status() const {
    return impl_->status();
}

const std::string& Worker::address() const {
    return impl_->address();
}

}  // namespace steelyard::worker
