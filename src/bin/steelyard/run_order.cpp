// run: from a plan to an order on the chain.
#include "bin/steelyard/blob_transfer.h"
#include "bin/steelyard/run.h"
#include "bin/steelyard/tx_fields.h"
#include "client/transactions.h"
#include "cosmos/base/abci/v1beta1/abci.pb.h"
#include "steelyard/market/v1/tx.pb.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

Outcome<tx::PackedMessage> make_order(
    const Making& making, const RunWork& work, const OrderTerms& terms, const RunPlan& plan
) {
    if (!work.is_array()) {
        market::MsgPostOrder message;
        TRY(set_terms(making, terms, message));
        message.set_program(work.id);
        for (const auto& id : work.inputs) {
            message.add_inputs(*id);
        }
        return client::pack(message);
    }
    market::MsgPostArray message;
    TRY(set_terms(making, terms, message));
    message.set_program(work.id);
    for (const auto& id : work.inputs) {
        message.add_inputs(id.value_or(""));
    }
    for (const std::string& own : work.tasks) {
        message.add_tasks(own);
    }
    message.set_max_parallel(plan.plan.max_parallel);
    TRY_ASSIGN(const auto denom, chain::Denom::parse(client::base_denom));
    set_coin(
        *message.mutable_budget(), {.denom = denom, .amount = chain::Amount(plan.plan.escrow)}
    );
    return client::pack(message);
}

/// A new program and its order go in one transaction: both are on the chain then, or neither.
Outcome<Messages> make_messages(
    const Making& making, const RunWork& work, const OrderTerms& terms, const RunPlan& plan
) {
    Messages messages;
    if (!plan.is_registered) {
        market::MsgRegisterProgram message;
        message.set_owner(making.actor.account());
        message.set_program(std::string(as_text(work.bytes)));
        messages.push_back(client::pack(message));
    }
    TRY_ASSIGN(auto order, make_order(making, work, terms, plan));
    messages.push_back(std::move(order));
    return messages;
}

Outcome<PostedOrder> posted_in(const client::FoundTx& found) {
    cosmos::base::abci::v1beta1::TxMsgData responses;
    const auto size = static_cast<int>(found.result.data.size());
    PostedOrder out{.height = found.height.value()};
    if (responses.ParseFromArray(found.result.data.data(), size)) {
        for (const google::protobuf::Any& response : responses.msg_responses()) {
            market::MsgPostOrderResponse one;
            market::MsgPostArrayResponse array;
            if (response.type_url().ends_with("MsgPostOrderResponse") &&
                one.ParseFromString(response.value())) {
                out.id = one.order_id();
            } else if (response.type_url().ends_with("MsgPostArrayResponse") &&
                       array.ParseFromString(response.value())) {
                out.id = array.order_id();
            }
        }
    }
    if (out.id == 0) {
        return std::unexpected(Complaint(
            Exit::failed, "bad_answer", "the node does not say which number the order has"
        ));
    }
    return out;
}

}  // namespace

Outcome<std::optional<PostedOrder>> order_run(
    const Context& context,
    const client::NodeClient& node,
    const RunWork& work,
    const RunChoices& choices
) {
    TRY_ASSIGN(RunPlan plan, plan_run(node, work, choices.terms));
    TRY_ASSIGN(Keys keys, Keys::open(context));
    TRY_ASSIGN(const Actor actor, find_actor(keys, choices.tx));
    OrderTerms terms = choices.terms;
    terms.limit = std::to_string(plan.plan.limit);
    const auto make = [&](const Making& making) {
        return make_messages(making, work, terms, plan);
    };
    TRY_ASSIGN(tx::DecodedTx tx, price_tx(choices.tx, {keys, actor, &node}, make));
    plan.fee = client::show(tx.fee.amount);
    if (choices.dry_run) {
        print(context.json() ? plan_json(plan) : plan_text(plan));
        return std::nullopt;
    }
    tell(plan_text(plan));
    TRY_ASSIGN(BlobTransfer blobs, BlobTransfer::open(context));
    TRY(sign_tx({context, choices.tx, keys, actor, &node}, tx));
    TRY(blobs.put(work.tensors));
    TRY_ASSIGN(
        const client::FoundTx found,
        commit_tx(node, tx.raw, std::chrono::seconds(choices.tx.wait_seconds))
    );
    TRY_ASSIGN(const PostedOrder posted, posted_in(found));
    tell(fmt::format("order {} is in block {}\n", posted.id, posted.height));
    return posted;
}

}  // namespace steelyard::wallet
