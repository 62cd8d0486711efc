#include "worker/live_job.h"

#include "base/check.h"
#include "base/log.h"
#include "worker/bad_programs.h"
#include "worker/bell.h"
#include "worker/child.h"
#include "worker/job_folder.h"
#include "worker/journal.h"
#include "worker/node_port.h"
#include "worker/transfer.h"

#include <thread>

namespace steelyard::worker {
namespace {

constexpr std::int64_t keep_interval_ms = 30'000;
constexpr std::int64_t report_interval_ms = 5'000;
/// After a transfer or a child that failed for want of disk, or of a node: it may pass.
constexpr std::int64_t retry_interval_ms = 2'000;

/// The same numbers on a chain that began anew are another job.
bool is_record_of(const JobRecord& record, const ChainJob& job) {
    return record.matched_height == job.matched_height && record.program == job.program &&
           record.inputs == job.inputs;
}

std::int64_t steady_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

const log::Logger& worker_log() {
    static const log::Logger log("worker");
    return log;
}

std::string_view stage_text(Busy busy) {
    switch (busy) {
        case Busy::nothing:
            return "waiting";
        case Busy::fetching:
            return "fetching";
        case Busy::running:
            return "running";
        case Busy::uploading:
            return "uploading";
        case Busy::proving:
            return "proving";
    }
    return "";
}

}  // namespace

/// A thread of its own: a transfer waits for the node, which must hold up no other job.
class LiveJob::Transfer {
public:
    using Outcome = Result<std::optional<Refusal>>;

    Transfer(std::function<Outcome(const StopFlag&)> work, std::shared_ptr<Bell> bell)
        : thread_([this, work = std::move(work), bell = std::move(bell)] {
              outcome_ = work(is_stopped_);
              is_done_ = true;
              bell->ring();
          }) {}

    ~Transfer() {
        is_stopped_ = true;
        thread_.join();
    }

    bool is_done() const { return is_done_; }
    const Outcome& outcome() const { return *outcome_; }

private:
    std::optional<Outcome> outcome_{};
    StopFlag is_stopped_ = false;
    std::atomic<bool> is_done_ = false;
    std::thread thread_;
};

LiveJob::LiveJob(Workshop& shop, ChainJob job, std::optional<JobRecord> record)
    : shop_(shop), chain_(std::move(job)), record_(std::move(record)) {
}

LiveJob::~LiveJob() = default;

Result<void> LiveJob::update(ChainJob job) {
    const bool is_other = record_ && !is_record_of(*record_, job);
    chain_ = std::move(job);
    if (is_other) {
        stop();
        record_.reset();
        refusal_.reset();
        trouble_.reset();
        is_unsaved_ = false;
        next_try_ms_ = 0;
        TRY(shop_.journal.remove(chain_.name));
    }
    return {};
}

void LiveJob::stop() {
    child_.reset();
    transfer_.reset();
    busy_ = Busy::nothing;
}

Result<void> LiveJob::save() {
    const auto written = shop_.journal.write(*record_);
    if (written && is_unsaved_) {
        trouble_.reset();
        next_try_ms_ = 0;
    } else if (!written) {
        take_trouble({.reason = Decline::other, .why = written.error().message()});
    }
    is_unsaved_ = !written;
    return written;
}

Result<void> LiveJob::begin_record() {
    // What another job of that name has left is not an outcome of this one.
    const auto report = shop_.journal.folder_of(chain_.name) / report_file_name;
    std::error_code error;
    std::filesystem::remove(report, error);
    if (error) {
        return fail(ErrorCode::io, "{}: cannot remove: {}", report.native(), error.message());
    }
    record_ = JobRecord{
        .name = chain_.name,
        .matched_height = chain_.matched_height,
        .program = chain_.program,
        .inputs = chain_.inputs,
        .settings = shop_.options.can.settings,
    };
    record_->settings.memory_max = shop_.options.can.memory_max;
    const auto saved = save();
    if (!saved) {
        record_.reset();
        is_unsaved_ = false;
    }
    return saved;
}

Result<void> LiveJob::reap() {
    if (is_unsaved_ && !save()) {
        return {};  // it was told
    }
    if (child_ != nullptr) {
        if (const auto end = child_->end()) {
            const bool was_proof = std::exchange(busy_, Busy::nothing) == Busy::proving;
            child_.reset();
            TRY(take_child_end(*end, was_proof));
        }
    }
    if (transfer_ != nullptr && transfer_->is_done()) {
        TRY(take_transfer());
    }
    return {};
}

/// What may pass: it is told once for each cause, and tried again a while later.
void LiveJob::take_trouble(Refusal trouble) {
    next_try_ms_ = steady_ms() + retry_interval_ms;
    if (!trouble_ || trouble_->why != trouble.why) {
        worker_log().warn(
            "a job is held up",
            {{"job", chain_.name.text()}, {"state", chain_.state_text}, {"why", trouble.why}}
        );
    }
    trouble_ = std::move(trouble);
}

Result<void> LiveJob::take_transfer() {
    const auto outcome = transfer_->outcome();
    const bool was_fetch = busy_ == Busy::fetching;
    transfer_.reset();
    busy_ = Busy::nothing;
    if (!outcome) {
        const bool is_full = outcome.error().code() == ErrorCode::no_space;
        take_trouble(
            {.reason = is_full ? Decline::other : Decline::no_input,
             .why = fmt::format(
                 "{}: {}",
                 was_fetch ? "inputs could not be fetched" : "outputs could not be handed on",
                 outcome.error().message()
             )}
        );
        return {};
    }
    if (*outcome && (chain_.state == JobState::matched || (*outcome)->reason != Decline::other)) {
        refusal_ = **outcome;
        return {};
    }
    if (*outcome) {
        take_trouble(**outcome);  // it was started: what else can be done than to wait for room
        return {};
    }
    trouble_.reset();
    (was_fetch ? record_->is_ready : record_->is_uploaded) = true;
    return save();
}

Standing LiveJob::standing() const {
    Standing out{
        .record = record_ ? &*record_ : nullptr,
        .refusal = refusal_,
        .trouble = trouble_,
        .busy = busy_,
    };
    // What has started must be tried: it cannot be given back.
    if (!out.refusal && chain_.state == JobState::matched) {
        out.refusal = shop_.bad_programs.find(chain_.program, chain_.matched_height);
    }
    return out;
}

/// Whether it is too early for the step, or the journal does not have what the step follows from.
bool LiveJob::is_held_up(Step step) const {
    switch (step) {
        case Step::wait:
        case Step::stop:
        case Step::decline:
        case Step::forget:
            return false;
        case Step::fetch:
        case Step::run:
        case Step::upload:
        case Step::prove:
            return is_unsaved_ || steady_ms() < next_try_ms_;
        case Step::start:
        case Step::commit:
        case Step::retract:
        case Step::submit_proof:
            return is_unsaved_;
    }
    CHECK(false);
}

void LiveJob::note(const Action& action) {
    if (action.why.empty()) {
        return;
    }
    std::string text = fmt::format("{} {}", to_string(action.step), action.why);
    if (text != std::exchange(noted_, text)) {
        worker_log().warn(
            "a job goes badly",
            {{"job", chain_.name.text()},
             {"state", chain_.state_text},
             {"step", to_string(action.step)},
             {"why", action.why}}
        );
    }
}

Result<std::optional<Wish>> LiveJob::act(const Action& action, const Moment& now) {
    note(action);
    if (is_held_up(action.step)) {
        return std::nullopt;
    }
    const std::string& me = shop_.address;
    switch (action.step) {
        case Step::wait:
        case Step::forget:
            return std::nullopt;
        case Step::stop:
            stop();
            return std::nullopt;
        case Step::fetch:
            if (!record_ && !begin_record()) {
                return std::nullopt;  // it was told, and is tried again
            }
            start_transfer(Busy::fetching);
            return std::nullopt;
        case Step::upload:
            start_transfer(Busy::uploading);
            return std::nullopt;
        case Step::run:
            // A worker that ended before it could write down what its child had come to.
            if (!adopt_report() && !record_->outcome) {
                start_child_or_wait(Busy::running, now);
            }
            return std::nullopt;
        case Step::prove:
            start_child_or_wait(Busy::proving, now);
            return std::nullopt;
        case Step::start:
            return wish(action.step, start_message(me, chain_.name));
        case Step::decline:
            return wish(action.step, decline_message(me, chain_.name, action.reason));
        case Step::retract:
            return wish(action.step, retract_message(me, chain_.name));
        case Step::commit:
            return commit();
        case Step::submit_proof:
            return submit_proof();
    }
    return std::nullopt;
}

void LiveJob::start_transfer(Busy what) {
    const auto folder = shop_.journal.folder_of(chain_.name);
    NodePort& node = shop_.node;
    busy_ = what;
    if (what == Busy::uploading) {
        transfer_ = std::make_unique<Transfer>(
            [&node, record = *record_, folder](const StopFlag& stop) -> Transfer::Outcome {
                TRY(upload_outputs(node, record, folder, stop));
                return std::nullopt;
            },
            shop_.bell
        );
        return;
    }
    FetchTask task{
        .record = *record_,
        .folder = folder,
        .can = shop_.options.can,
        .commit_ms = chain_.commit_blocks * chain_.nominal_block_ms,
        .probes = chain_.probes,
    };
    transfer_ = std::make_unique<Transfer>(
        [&node, task = std::move(task)](const StopFlag& stop) {
            return fetch_job(node, task, stop);
        },
        shop_.bell
    );
}

Wish LiveJob::wish(Step step, tx::PackedMessage message) const {
    return {.job = chain_.name, .step = step, .message = std::move(message)};
}

Result<Wish> LiveJob::commit() const {
    const auto folder = shop_.journal.folder_of(chain_.name);
    std::optional<Bytes> all;
    if (!record_->outcome->outputs.empty()) {
        TRY_ASSIGN(const MappedFile file, MappedFile::open(folder / program_file_name));
        TRY_ASSIGN(const auto program, read_program(file.bytes(), record_->program));
        const auto types = output_types(program);
        std::uint64_t size = 0;
        for (const vm::TensorType& type : types) {
            size += type.bytes();
        }
        if (size <= inline_result_size_max && types.size() == record_->outcome->outputs.size()) {
            all.emplace();
            for (std::size_t i = 0; i < types.size(); ++i) {
                TRY_ASSIGN(
                    const MappedTensor output,
                    map_tensor(folder / blob_file_name(record_->outcome->outputs[i]), types[i])
                );
                append(*all, output.view.data);
            }
        }
    }
    return wish(Step::commit, commit_message(shop_.address, chain_.name, *record_->outcome, all));
}

Result<Wish> LiveJob::submit_proof() const {
    TRY_ASSIGN(
        const MappedFile proof,
        MappedFile::open(shop_.journal.folder_of(chain_.name) / proof_file_name)
    );
    return wish(Step::submit_proof, proof_message(shop_.address, chain_.name, proof.bytes()));
}

std::string_view LiveJob::stage() const {
    return stage_text(busy_);
}

ChildProgress LiveJob::progress() const {
    return child_ == nullptr ? ChildProgress() : child_->progress();
}

void LiveJob::tell_node() {
    const std::int64_t now = steady_ms();
    // Both are asked for again soon, so what fails does no harm.
    if (record_) {
        std::vector<Hash256> ids = record_->inputs;
        if (record_->outcome) {
            const auto& outputs = record_->outcome->outputs;
            ids.insert(ids.end(), outputs.begin(), outputs.end());
        }
        if (now >= next_keep_ms_ || ids != kept_) {
            next_keep_ms_ = now + keep_interval_ms;
            static_cast<void>(shop_.node.keep_blobs(chain_.name.order, chain_.name.task, ids));
            kept_ = std::move(ids);
        }
    }
    if (is_busy() && now >= next_report_ms_) {
        next_report_ms_ = now + report_interval_ms;
        const ChildProgress steps = progress();
        static_cast<void>(shop_.node.report(
            {.order_id = chain_.name.order,
             .task = chain_.name.task,
             .stage = std::string(stage()),
             .done = steps.done,
             .of = steps.of}
        ));
    }
}

}  // namespace steelyard::worker
