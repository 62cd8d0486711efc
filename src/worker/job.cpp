#include "worker/job.h"

#include "base/checked.h"
#include "steelyard/market/v1/query.pb.h"
#include "worker/node_port.h"

namespace steelyard::worker {
namespace {

namespace pb = ::steelyard::market::v1;

Result<Hash256> read_hash(std::string_view name, const std::string& bytes) {
    Hash256 hash{};
    if (bytes.size() != hash.size()) {
        return fail(ErrorCode::corrupt, "{} has {} bytes", name, bytes.size());
    }
    std::ranges::copy(as_bytes(bytes), hash.begin());
    return hash;
}

Result<JobState> read_state(const std::string& text) {
    constexpr std::pair<std::string_view, JobState> states[] = {
        {"open", JobState::open},
        {"matched", JobState::matched},
        {"started", JobState::started},
        {"committed", JobState::committed},
        {"challenged", JobState::challenged},
        {"proved", JobState::proved},
        {"settled", JobState::ended},
        {"cancelled", JobState::ended},
        {"expired", JobState::ended},
        {"refunded", JobState::ended},
        {"slashed", JobState::ended},
    };
    for (const auto& [name, state] : states) {
        if (text == name) {
            return state;
        }
    }
    return fail(ErrorCode::corrupt, "a job is in the state \"{}\"", text);
}

Due read_due(const pb::Wait& wait) {
    return {
        .height = wait.height(),
        .unix_ms = wait.time().seconds() * 1'000 + wait.time().nanos() / 1'000'000,
    };
}

Result<Committed> read_commitment(const pb::Commitment& commitment) {
    Committed out{.height = commitment.height()};
    TRY_ASSIGN(out.roots.output, read_hash("the output root", commitment.output_root()));
    TRY_ASSIGN(out.roots.trace, read_hash("the trace root", commitment.trace_root()));
    return out;
}

Result<Challenge> read_challenge(const pb::Challenge& challenge) {
    Challenge out{.probes = challenge.probes(), .attempts = challenge.attempts()};
    TRY_ASSIGN(out.seed, read_hash("the seed", challenge.seed()));
    return out;
}

}  // namespace

std::string JobName::text() const {
    return fmt::format("{}/{}", order, task);
}

bool ChainJob::is_live_of(std::string_view someone) const {
    return worker == someone && state != JobState::open && state != JobState::ended;
}

std::uint64_t ChainJob::earned() const {
    const auto fee = (Uint128{paid} * fee_bps + 9'999) / 10'000;
    return fee > paid ? 0 : paid - static_cast<std::uint64_t>(fee);
}

Result<ChainJob> read_job(const pb::Job& job) {
    ChainJob out{
        .name = {.order = job.order_id(), .task = job.task()},
        .state_text = job.state(),
        .reason = job.reason(),
        .worker = job.assignment().worker(),
        .matched_height = job.assignment().height(),
        .retract_blocks = job.assignment().terms().retract_blocks(),
        .probes = job.assignment().terms().probes(),
        .price = job.assignment().price(),
        .paid = job.paid(),
        .fee_bps = job.assignment().terms().fee_bps(),
    };
    TRY_ASSIGN(out.state, read_state(job.state()));
    TRY_ASSIGN(out.program, read_hash("the program", job.program()));
    if (static_cast<std::size_t>(job.inputs_size()) > inputs_max) {
        return fail(ErrorCode::corrupt, "a job has {} inputs", job.inputs_size());
    }
    for (const std::string& input : job.inputs()) {
        TRY_ASSIGN(out.inputs.emplace_back(), read_hash("an input", input));
    }
    if (job.has_wait()) {
        out.due = read_due(job.wait());
    }
    if (job.has_commitment()) {
        TRY_ASSIGN(out.committed, read_commitment(job.commitment()));
    }
    if (job.challenge().issued_height() > 0) {
        TRY_ASSIGN(out.challenge, read_challenge(job.challenge()));
    }
    if (job.assignment().terms().nominal_block_ms() > 0) {
        out.nominal_block_ms = job.assignment().terms().nominal_block_ms();
    }
    out.commit_blocks = job.assignment().terms().commit_blocks();
    return out;
}

Result<std::optional<ChainJob>> find_job(NodePort& node, const JobName& name) {
    pb::QueryJobRequest request;
    request.set_order_id(name.order);
    request.set_task(name.task);
    pb::QueryJobResponse answer;
    const auto asked = node.query("/steelyard.market.v1.Query/Job", request, answer);
    if (!asked && asked.error().code() == ErrorCode::io) {
        return std::unexpected(asked.error());
    }
    if (!asked) {
        return std::nullopt;
    }
    return read_job(answer.job());
}

}  // namespace steelyard::worker
