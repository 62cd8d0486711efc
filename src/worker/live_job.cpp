#include "worker/live_job.h"

#include "base/log.h"
#include "worker/bell.h"
#include "worker/child.h"
#include "worker/job_folder.h"
#include "worker/journal.h"
#include "worker/needs.h"
#include "worker/node_port.h"
#include "worker/transfer.h"

#include <algorithm>
#include <thread>

namespace steelyard::worker {
namespace {

constexpr std::int64_t keep_interval_ms = 30'000;
constexpr std::int64_t report_interval_ms = 5'000;

/// A child's wall clock beyond what the chain gives the job at its nominal pace.
constexpr auto wall_time_more = std::chrono::minutes(1);

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
    return shop_.journal.write(*record_);
}

Result<void> LiveJob::begin_record() {
    record_ = JobRecord{
        .name = chain_.name,
        .matched_height = chain_.matched_height,
        .program = chain_.program,
        .inputs = chain_.inputs,
        .settings = shop_.options.can.settings,
    };
    record_->settings.memory_max = shop_.options.can.memory_max;
    return save();
}

Result<void> LiveJob::reap() {
    if (child_ != nullptr) {
        if (const auto end = child_->end()) {
            child_.reset();
            TRY(take_child_end(*end));
            busy_ = Busy::nothing;
        }
    }
    if (transfer_ != nullptr && transfer_->is_done()) {
        TRY(take_transfer());
    }
    return {};
}

Result<void> LiveJob::take_child_end(const ChildEnd& end) {
    const bool was_proof = busy_ == Busy::proving;
    if (end.is(ChildExit::ok) && was_proof) {
        record_->is_proven = true;
        return save();
    }
    if (end.is(ChildExit::ok)) {
        if (const auto adopted = adopt_report(); adopted || record_->outcome) {
            return adopted;
        }
    }
    record_->last_failure = end.text();
    if (end.is(ChildExit::bad_inputs) || end.is(ChildExit::bad_folder)) {
        forget_files(was_proof);
    }
    (was_proof ? record_->failed_proofs : record_->failed_runs) += 1;
    worker_log().warn(
        "a child failed",
        {{"job", chain_.name.text()},
         {"verb", was_proof ? "prove" : "job"},
         {"why", record_->last_failure},
         {"log", (shop_.journal.folder_of(chain_.name) / child_log_name).native()}}
    );
    return save();
}

/// Files that a child cannot use are fetched anew; after a proof the run's are made anew too.
void LiveJob::forget_files(bool was_proof) {
    record_->is_ready = false;
    if (was_proof) {
        std::error_code ignored;
        std::filesystem::remove(shop_.journal.folder_of(chain_.name) / report_file_name, ignored);
        record_->outcome.reset();
    }
}

/// The outcome that a child has left. Errors: there is none.
Result<void> LiveJob::adopt_report() {
    TRY_ASSIGN(record_->outcome, read_report_file(shop_.journal.folder_of(chain_.name)));
    record_->failed_runs = 0;
    worker_log().info(
        "the run is over",
        {{"job", chain_.name.text()},
         {"output_root", ByteView(record_->outcome->outcome.output_root)},
         {"fault", record_->outcome->outcome.fault.has_value()},
         {"ms", record_->outcome->milliseconds}}
    );
    return save();
}

Result<void> LiveJob::take_transfer() {
    const auto outcome = transfer_->outcome();
    const bool was_fetch = busy_ == Busy::fetching;
    transfer_.reset();
    busy_ = Busy::nothing;
    if (!outcome) {
        worker_log().warn(
            was_fetch ? "inputs could not be fetched" : "outputs could not be handed on",
            {{"job", chain_.name.text()}, {"error", outcome.error()}}
        );
        return {};
    }
    if (*outcome) {
        refusal_ = **outcome;
        return {};
    }
    (was_fetch ? record_->is_ready : record_->is_uploaded) = true;
    return save();
}

Standing LiveJob::standing() const {
    return {
        .record = record_ ? &*record_ : nullptr,
        .refusal = refusal_,
        .busy = busy_,
    };
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
    const std::string& me = shop_.address;
    switch (action.step) {
        case Step::wait:
        case Step::forget:
            return std::nullopt;
        case Step::stop:
            stop();
            return std::nullopt;
        case Step::fetch:
            if (!record_) {
                TRY(begin_record());
            }
            start_transfer(Busy::fetching);
            return std::nullopt;
        case Step::upload:
            start_transfer(Busy::uploading);
            return std::nullopt;
        case Step::run:
            // A worker that ended before it could write down what its child had come to.
            if (!adopt_report()) {
                TRY(start_child(Busy::running, now));
            }
            return std::nullopt;
        case Step::prove:
            TRY(start_child(Busy::proving, now));
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

Result<void> LiveJob::start_child(Busy what, const Moment& now) {
    const auto folder = shop_.journal.folder_of(chain_.name);
    if (what == Busy::proving) {
        const ProofTask task{.seed = chain_.challenge->seed, .probes = chain_.challenge->probes};
        if (record_->proof != task) {
            record_->proof = task;
            record_->is_proven = false;
            record_->failed_proofs = 0;
            TRY(save());
        }
    }
    TRY_ASSIGN(const MappedFile file, MappedFile::open(folder / program_file_name));
    TRY_ASSIGN(const auto program, read_program(file.bytes(), record_->program));
    const RunNeeds needs = needs_of(program, chain_.probes);
    const std::uint32_t threads = record_->settings.threads;
    const auto given = std::chrono::milliseconds(
        chain_.due ? std::max<std::int64_t>(0, chain_.due->unix_ms - now.unix_ms) : 0
    );
    const std::chrono::milliseconds wall = 2 * given + wall_time_more;
    const bool is_proof = what == Busy::proving;
    TRY_ASSIGN(
        child_,
        Child::start(
            shop_.options.child,
            {.verb = is_proof ? "prove" : "job",
             .folder = folder,
             .limits =
                 {.memory_bytes =
                      address_space(is_proof ? needs.proof_bytes : needs.run_bytes, threads),
                  .processor_time =
                      std::chrono::duration_cast<std::chrono::seconds>(wall) * threads,
                  .wall_time = wall},
             .on_end = [bell = shop_.bell] { bell->ring(); }}
        )
    );
    busy_ = what;
    worker_log().info(
        "a child runs",
        {{"job", chain_.name.text()},
         {"verb", is_proof ? "prove" : "job"},
         {"process", child_->process()}}
    );
    return {};
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
