// What workers say of their jobs.
#include "ledger/messages/market_fields.h"
#include "ledger/messages/typed_message.h"
#include "market/challenges/challenges.h"
#include "market/jobs/jobs.h"
#include "market/records/kinds.h"
#include "steelyard/market/v1/tx.pb.h"

#include <array>

namespace steelyard::messages {
namespace {

using namespace ::steelyard::market::v1;
using crypto::Hash256;
using ledger::refuse;

template <typename M>
market::JobId job_of(const M& message) {
    return {.order = market::OrderId{message.order_id()}, .task = message.task()};
}

template <typename M>
Outcome<void> check_signer(const M& message) {
    TRY(read_account("signer", message.signer()));
    return {};
}

Outcome<MsgStartJobResponse> start_job(Context& context, const MsgStartJob& message) {
    TRY_ASSIGN(const auto signer, signer_of(context, message.signer()));
    TRY(market::start_job(context, signer, job_of(message)));
    return MsgStartJobResponse();
}

Outcome<void> check_decline_job(const MsgDeclineJob& message) {
    TRY(check_signer(message));
    const auto last = static_cast<std::uint32_t>(market::Decline::other);
    if (message.reason() == 0 || message.reason() > last) {
        return refuse(
            market::kinds::bad_order, "reason is {}, must be from 1 to {}", message.reason(), last
        );
    }
    return {};
}

Outcome<MsgDeclineJobResponse> decline_job(Context& context, const MsgDeclineJob& message) {
    TRY_ASSIGN(const auto signer, signer_of(context, message.signer()));
    const auto reason = static_cast<market::Decline>(message.reason());
    TRY(market::decline_job(context, signer, job_of(message), reason));
    return MsgDeclineJobResponse();
}

Outcome<std::optional<market::FaultPlace>> read_fault(const MsgCommitResult& message) {
    constexpr std::uint32_t last_kind = 2;
    if (message.fault_kind() > last_kind) {
        return refuse(
            market::kinds::bad_commit,
            "fault_kind is {}, must be at most {}",
            message.fault_kind(),
            last_kind
        );
    }
    if (message.fault_kind() == 0) {
        if (message.fault_step() != 0 || message.fault_element() != 0) {
            return refuse(market::kinds::bad_commit, "a step or element of no fault");
        }
        return std::optional<market::FaultPlace>();
    }
    return std::optional(market::FaultPlace{
        .kind = static_cast<std::uint8_t>(message.fault_kind()),
        .step = message.fault_step(),
        .element = message.fault_element(),
    });
}

Outcome<market::CommittedResult> read_result(const MsgCommitResult& message) {
    TRY_ASSIGN(const auto output_root, read_hash("output_root", message.output_root()));
    TRY_ASSIGN(const auto trace_root, read_hash("trace_root", message.trace_root()));
    TRY_ASSIGN(const auto fault, read_fault(message));
    market::CommittedResult result{
        .commit =
            {
                .output_root = output_root,
                .trace_root = trace_root,
                .steps = message.steps(),
                .fault = fault,
            },
        .inline_result = to_bytes(as_bytes(message.inline_result())),
    };
    if (static_cast<std::size_t>(message.results_size()) > market::results_max ||
        result.inline_result.size() > market::inline_result_size_max) {
        return refuse(
            market::kinds::bad_commit,
            "{} results and {} bytes, must be at most {} and {}",
            message.results_size(),
            result.inline_result.size(),
            market::results_max,
            market::inline_result_size_max
        );
    }
    for (const std::string& id : message.results()) {
        TRY_ASSIGN(const Hash256 hash, read_hash("result", id));
        result.commit.results.push_back(hash);
    }
    return result;
}

Outcome<void> check_commit_result(const MsgCommitResult& message) {
    TRY(check_signer(message));
    TRY(read_result(message));
    return {};
}

Outcome<MsgCommitResultResponse> commit_result(Context& context, const MsgCommitResult& message) {
    TRY_ASSIGN(const auto signer, signer_of(context, message.signer()));
    TRY(market::commit_result(context, signer, job_of(message), read_result(message).value()));
    return MsgCommitResultResponse();
}

Outcome<MsgRetractResultResponse> retract_result(
    Context& context, const MsgRetractResult& message
) {
    TRY_ASSIGN(const auto signer, signer_of(context, message.signer()));
    TRY(market::retract_result(context, signer, job_of(message)));
    return MsgRetractResultResponse();
}

std::string_view name_of(market::ProofVerdict verdict) {
    switch (verdict) {
        case market::ProofVerdict::right:
            return "right";
        case market::ProofVerdict::wrong:
            return "wrong";
        case market::ProofVerdict::malformed:
            return "malformed";
    }
    return "";
}

Outcome<MsgSpotCheckResponse> spot_check(Context& context, const MsgSpotCheck& message) {
    TRY_ASSIGN(const auto signer, signer_of(context, message.signer()));
    TRY_ASSIGN(
        const market::Judgement judgement,
        market::spot_check(context, signer, job_of(message), as_bytes(message.proof()))
    );
    MsgSpotCheckResponse response;
    response.set_verdict(std::string(name_of(judgement.verdict)));
    response.set_reason(judgement.reason);
    response.set_gas(judgement.gas);
    return response;
}

constexpr std::string_view module = "market";

}  // namespace

std::span<const MessageType> market_job_messages() {
    static const std::array types = {
        message_type<MsgStartJob, check_signer<MsgStartJob>, start_job>(
            "/steelyard.market.v1.MsgStartJob", module, Lane::worker
        ),
        message_type<MsgDeclineJob, check_decline_job, decline_job>(
            "/steelyard.market.v1.MsgDeclineJob", module, Lane::worker
        ),
        message_type<MsgCommitResult, check_commit_result, commit_result>(
            "/steelyard.market.v1.MsgCommitResult", module, Lane::worker
        ),
        message_type<MsgRetractResult, check_signer<MsgRetractResult>, retract_result>(
            "/steelyard.market.v1.MsgRetractResult", module, Lane::worker
        ),
        message_type<MsgSpotCheck, check_signer<MsgSpotCheck>, spot_check>(
            "/steelyard.market.v1.MsgSpotCheck", module, Lane::proof
        ),
    };
    return types;
}

}  // namespace steelyard::messages
