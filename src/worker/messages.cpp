#include "worker/messages.h"

#include "client/transactions.h"
#include "steelyard/market/v1/tx.pb.h"

namespace steelyard::worker {
namespace {

namespace pb = ::steelyard::market::v1;

template <typename Message>
Message about(std::string_view signer, const JobName& job) {
    Message message;
    message.set_signer(std::string(signer));
    message.set_order_id(job.order);
    message.set_task(job.task);
    return message;
}

}  // namespace

tx::PackedMessage start_message(std::string_view signer, const JobName& job) {
    return client::pack(about<pb::MsgStartJob>(signer, job));
}

tx::PackedMessage decline_message(std::string_view signer, const JobName& job, Decline reason) {
    auto message = about<pb::MsgDeclineJob>(signer, job);
    message.set_reason(static_cast<std::uint32_t>(reason));
    return client::pack(message);
}

tx::PackedMessage commit_message(
    std::string_view signer,
    const JobName& job,
    const RunReport& report,
    const std::optional<Bytes>& inline_result
) {
    auto message = about<pb::MsgCommitResult>(signer, job);
    message.set_output_root(std::string(as_text(report.outcome.output_root)));
    message.set_trace_root(std::string(as_text(report.outcome.trace_root)));
    message.set_steps(report.outcome.steps);
    if (report.outcome.fault) {
        message.set_fault_kind(static_cast<std::uint32_t>(report.outcome.fault->kind));
        message.set_fault_step(report.outcome.fault->step);
        message.set_fault_element(report.outcome.fault->element);
    } else if (inline_result) {
        message.set_inline_result(std::string(as_text(*inline_result)));
    } else {
        for (const Hash256& id : report.outputs) {
            message.add_results(std::string(as_text(id)));
        }
    }
    return client::pack(message);
}

tx::PackedMessage retract_message(std::string_view signer, const JobName& job) {
    return client::pack(about<pb::MsgRetractResult>(signer, job));
}

tx::PackedMessage proof_message(std::string_view signer, const JobName& job, ByteView proof) {
    auto message = about<pb::MsgSpotCheck>(signer, job);
    message.set_proof(std::string(as_text(proof)));
    return client::pack(message);
}

}  // namespace steelyard::worker
