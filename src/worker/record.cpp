#include "worker/record.h"

#include "proto/codec.h"
#include "steelyard/worker/v1/job.pb.h"
#include "vm/trace/probes.h"

namespace steelyard::worker {
namespace {

namespace pb = ::steelyard::worker::v1;

constexpr std::uint32_t record_version = 1;

template <std::size_t size>
std::string text_of(const std::array<std::uint8_t, size>& bytes) {
    return std::string(as_text(bytes));
}

Result<Hash256> read_hash(std::string_view name, const std::string& bytes) {
    Hash256 hash{};
    if (bytes.size() != hash.size()) {
        return fail(ErrorCode::corrupt, "{} has {} bytes", name, bytes.size());
    }
    std::ranges::copy(as_bytes(bytes), hash.begin());
    return hash;
}

template <typename Message>
Result<Message> parse(ByteView bytes) {
    constexpr std::size_t elements_max = 512;
    Message message;
    TRY(proto::strict_parse(
        message, bytes, {.bytes_max = record_size_max, .elements_max = elements_max}
    ));
    return message;
}

Result<std::vector<Hash256>> read_hashes(
    std::string_view name,
    const google::protobuf::RepeatedPtrField<std::string>& list,
    std::size_t count_max
) {
    if (static_cast<std::size_t>(list.size()) > count_max) {
        return fail(ErrorCode::corrupt, "{} of {}, limit {}", list.size(), name, count_max);
    }
    std::vector<Hash256> out;
    for (const std::string& bytes : list) {
        TRY_ASSIGN(out.emplace_back(), read_hash(name, bytes));
    }
    return out;
}

void write_report(const RunReport& report, pb::RunReport& out) {
    out.set_output_root(text_of(report.outcome.output_root));
    out.set_trace_root(text_of(report.outcome.trace_root));
    out.set_steps(report.outcome.steps);
    if (report.outcome.fault) {
        out.set_fault_kind(static_cast<std::uint32_t>(report.outcome.fault->kind));
        out.set_fault_step(report.outcome.fault->step);
        out.set_fault_element(report.outcome.fault->element);
    }
    for (const Hash256& id : report.outputs) {
        out.add_outputs(text_of(id));
    }
    out.set_milliseconds(report.milliseconds);
}

Result<RunReport> read_report(const pb::RunReport& in) {
    RunReport out{.milliseconds = in.milliseconds()};
    TRY_ASSIGN(out.outcome.output_root, read_hash("the output root", in.output_root()));
    TRY_ASSIGN(out.outcome.trace_root, read_hash("the trace root", in.trace_root()));
    out.outcome.steps = in.steps();
    if (in.fault_kind() > static_cast<std::uint32_t>(vm::Fault::Kind::bad_index)) {
        return fail(ErrorCode::corrupt, "a fault of kind {}", in.fault_kind());
    }
    if (in.fault_kind() != 0) {
        out.outcome.fault = vm::Fault{
            .kind = static_cast<vm::Fault::Kind>(in.fault_kind()),
            .step = in.fault_step(),
            .element = in.fault_element(),
        };
    }
    TRY_ASSIGN(out.outputs, read_hashes("outputs", in.outputs(), outputs_max));
    if (out.outcome.fault && !out.outputs.empty()) {
        return fail(ErrorCode::corrupt, "{} outputs after a fault", out.outputs.size());
    }
    return out;
}

Result<ChildSettings> read_settings(const pb::ChildSettings& in) {
    if (in.threads() == 0 || in.threads() > threads_max) {
        return fail(ErrorCode::corrupt, "{} threads", in.threads());
    }
    if (in.backend().size() > backend_name_size_max) {
        return fail(ErrorCode::corrupt, "a backend's name of {} bytes", in.backend().size());
    }
    return ChildSettings{
        .threads = in.threads(), .backend = in.backend(), .memory_max = in.memory_max()
    };
}

Result<ProofTask> read_proof_task(const pb::ProofTask& in) {
    ProofTask out{.probes = in.probes()};
    if (in.probes() > vm::probe_count_max) {
        return fail(ErrorCode::corrupt, "{} probes", in.probes());
    }
    TRY_ASSIGN(out.seed, read_hash("the seed", in.seed()));
    return out;
}

}  // namespace

Bytes encode_record(const JobRecord& record) {
    pb::JobRecord out;
    out.set_version(record_version);
    out.set_order_id(record.name.order);
    out.set_task(record.name.task);
    out.set_matched_height(record.matched_height);
    out.set_program(text_of(record.program));
    for (const Hash256& id : record.inputs) {
        out.add_inputs(text_of(id));
    }
    out.mutable_settings()->set_threads(record.settings.threads);
    out.mutable_settings()->set_backend(record.settings.backend);
    out.mutable_settings()->set_memory_max(record.settings.memory_max);
    out.set_is_ready(record.is_ready);
    out.set_failed_runs(record.failed_runs);
    out.set_failed_proofs(record.failed_proofs);
    // Its reader takes UTF-8 alone, and what a child said may be anything.
    std::string failure = record.last_failure.substr(0, failure_size_max);
    std::ranges::replace_if(failure, [](char c) { return c < ' ' || c > '~'; }, '?');
    out.set_last_failure(failure);
    if (record.outcome) {
        write_report(*record.outcome, *out.mutable_outcome());
    }
    out.set_is_uploaded(record.is_uploaded);
    if (record.proof) {
        out.mutable_proof_task()->set_seed(text_of(record.proof->seed));
        out.mutable_proof_task()->set_probes(record.proof->probes);
    }
    out.set_is_proven(record.is_proven);
    return proto::serialize(out);
}

Result<JobRecord> decode_record(ByteView bytes) {
    TRY_ASSIGN(const auto in, parse<pb::JobRecord>(bytes));
    if (in.version() != record_version) {
        return fail(ErrorCode::unsupported, "a record of version {}", in.version());
    }
    if (in.last_failure().size() > failure_size_max) {
        return fail(ErrorCode::corrupt, "a failure of {} bytes", in.last_failure().size());
    }
    JobRecord out{
        .name = {.order = in.order_id(), .task = in.task()},
        .matched_height = in.matched_height(),
        .is_ready = in.is_ready(),
        .failed_runs = in.failed_runs(),
        .failed_proofs = in.failed_proofs(),
        .last_failure = in.last_failure(),
        .is_uploaded = in.is_uploaded(),
        .is_proven = in.is_proven(),
    };
    TRY_ASSIGN(out.program, read_hash("the program", in.program()));
    TRY_ASSIGN(out.inputs, read_hashes("inputs", in.inputs(), inputs_max));
    TRY_ASSIGN(out.settings, read_settings(in.settings()));
    if (in.has_outcome()) {
        TRY_ASSIGN(out.outcome, read_report(in.outcome()));
    }
    if (in.has_proof_task()) {
        TRY_ASSIGN(out.proof, read_proof_task(in.proof_task()));
    }
    return out;
}

Bytes encode_report(const RunReport& report) {
    pb::RunReport out;
    write_report(report, out);
    return proto::serialize(out);
}

Result<RunReport> decode_report(ByteView bytes) {
    TRY_ASSIGN(const auto in, parse<pb::RunReport>(bytes));
    return read_report(in);
}

}  // namespace steelyard::worker
