// Asks and orders.
#include "ledger/auth/accounts.h"
#include "ledger/messages/market_fields.h"
#include "ledger/messages/typed_message.h"
#include "market/orders/orders.h"
#include "market/records/kinds.h"
#include "steelyard/market/v1/tx.pb.h"

#include <algorithm>
#include <array>

namespace steelyard::messages {
namespace {

using namespace ::steelyard::market::v1;
using crypto::Hash256;
using ledger::refuse;

market::OrderId order_id(std::uint64_t id) {
    return market::OrderId{id};
}

Outcome<void> check_post_ask(const MsgPostAsk& message) {
    TRY(read_account("provider", message.provider()));
    TRY(read_product(message.product()));
    return {};
}

Outcome<MsgPostAskResponse> post_ask(Context& context, const MsgPostAsk& message) {
    TRY_ASSIGN(const auto provider, signer_of(context, message.provider()));
    TRY_ASSIGN(
        const market::OrderId id,
        market::post_ask(
            context,
            provider,
            {market::ClassId{message.class_id()}},
            message.price(),
            message.work_units(),
            message.lifetime()
        )
    );
    MsgPostAskResponse response;
    response.set_ask_id(static_cast<std::uint64_t>(id));
    response.set_posted_height(context.block.height.value());
    return response;
}

Outcome<market::AskKey> read_ask_key(const MsgCancelAsk& message) {
    TRY_ASSIGN(const market::Product product, read_product(message.product()));
    TRY_ASSIGN(const chain::Height posted, read_height("posted_height", message.posted_height()));
    if (message.price() == 0 || message.price() > market::price_max) {
        return refuse(
            market::kinds::bad_order,
            "price is {}, must be from 1 to {}",
            message.price(),
            market::price_max
        );
    }
    return market::AskKey{
        .row =
            {
                .book = {market::ClassId{message.class_id()}, product},
                .price = message.price(),
                .posted = posted,
            },
        .id = order_id(message.ask_id()),
    };
}

Outcome<void> check_cancel_ask(const MsgCancelAsk& message) {
    TRY(read_account("provider", message.provider()));
    TRY(read_ask_key(message));
    return {};
}

Outcome<MsgCancelAskResponse> cancel_ask(Context& context, const MsgCancelAsk& message) {
    TRY_ASSIGN(const auto provider, signer_of(context, message.provider()));
    TRY(market::cancel_ask(context, provider, read_ask_key(message).value()));
    return MsgCancelAskResponse();
}

/// Of an order: each input is there. Of an array: an empty one is each task's own.
template <typename M>
Outcome<std::vector<std::optional<Hash256>>> read_inputs(const M& message, bool is_array) {
    std::vector<std::optional<Hash256>> inputs;
    for (const std::string& input : message.inputs()) {
        if (inputs.size() == market::order_inputs_max) {
            return refuse(
                market::kinds::bad_order, "inputs: more than {}", market::order_inputs_max
            );
        }
        if (input.empty() && is_array) {
            inputs.emplace_back();
            continue;
        }
        TRY_ASSIGN(const Hash256 hash, read_hash("input", input));
        inputs.emplace_back(hash);
    }
    return inputs;
}

/// What both kinds say, but for whom they exclude, whose accounts only the state knows.
template <typename M>
Outcome<market::OrderTerms> read_terms(const M& message, bool is_array) {
    TRY_ASSIGN(const market::Product product, read_product(message.product()));
    TRY_ASSIGN(const Hash256 program, read_hash("program", message.program()));
    TRY_ASSIGN(const chain::Height deadline, read_height("deadline", message.deadline()));
    TRY_ASSIGN(auto attributes, read_attributes(message.attributes()));
    TRY_ASSIGN(auto inputs, read_inputs(message, is_array));
    return market::OrderTerms{
        .book = {market::ClassId{message.class_id()}, product},
        .program = program,
        .limit = message.limit_price(),
        .lifetime = message.lifetime(),
        .deadline = deadline,
        .retries = message.retries(),
        .filters =
            {
                .regions = {message.regions().begin(), message.regions().end()},
                .attributes = std::move(attributes),
                .reputation_min = message.reputation_min(),
            },
        .inputs = std::move(inputs),
    };
}

Outcome<void> check_excluded(const StringList& list) {
    if (static_cast<std::size_t>(list.size()) > market::filter_excluded_max) {
        return refuse(
            market::kinds::bad_order, "excluded: more than {}", market::filter_excluded_max
        );
    }
    for (const std::string& text : list) {
        TRY(read_account("excluded", text));
    }
    return {};
}

Outcome<void> exclude(
    const Context& context, const StringList& list, std::vector<ledger::AccountNumber>& excluded
) {
    for (const std::string& text : list) {
        TRY_ASSIGN(const auto account, auth::find(context.state, read_account("", text).value()));
        if (!account) {
            return refuse(market::kinds::not_provider, "excluded {}", text);
        }
        excluded.push_back(*account);
    }
    std::ranges::sort(excluded);
    return {};
}

Outcome<market::ArrayTerms> read_array(const MsgPostArray& message) {
    TRY_ASSIGN(const market::Money budget, read_money("budget", message.budget()));
    market::ArrayTerms array{.max_parallel = message.max_parallel(), .budget = budget};
    if (static_cast<std::size_t>(message.tasks_size()) > market::tasks_max) {
        return refuse(market::kinds::bad_order, "tasks: more than {}", market::tasks_max);
    }
    for (const std::string& task : message.tasks()) {
        TRY_ASSIGN(auto inputs, read_hashes("task", task));
        array.tasks.push_back(std::move(inputs));
    }
    return array;
}

Outcome<void> check_post_order(const MsgPostOrder& message) {
    TRY(read_account("user", message.user()));
    TRY(check_excluded(message.excluded()));
    TRY_ASSIGN(const market::OrderTerms terms, read_terms(message, false));
    return market::check_order(terms);
}

Outcome<MsgPostOrderResponse> post_order(Context& context, const MsgPostOrder& message) {
    TRY_ASSIGN(const auto user, signer_of(context, message.user()));
    market::OrderTerms terms = read_terms(message, false).value();
    TRY(exclude(context, message.excluded(), terms.filters.excluded));
    TRY_ASSIGN(const market::OrderId id, market::post_order(context, user, terms));
    MsgPostOrderResponse response;
    response.set_order_id(static_cast<std::uint64_t>(id));
    return response;
}

Outcome<void> check_post_array(const MsgPostArray& message) {
    TRY(read_account("user", message.user()));
    TRY(check_excluded(message.excluded()));
    TRY_ASSIGN(const market::OrderTerms terms, read_terms(message, true));
    TRY_ASSIGN(const market::ArrayTerms array, read_array(message));
    return market::check_array(terms, array);
}

Outcome<MsgPostArrayResponse> post_array(Context& context, const MsgPostArray& message) {
    TRY_ASSIGN(const auto user, signer_of(context, message.user()));
    market::OrderTerms terms = read_terms(message, true).value();
    TRY(exclude(context, message.excluded(), terms.filters.excluded));
    TRY_ASSIGN(
        const market::OrderId id,
        market::post_array(context, user, terms, read_array(message).value())
    );
    MsgPostArrayResponse response;
    response.set_order_id(static_cast<std::uint64_t>(id));
    return response;
}

Outcome<void> check_cancel_order(const MsgCancelOrder& message) {
    TRY(read_account("user", message.user()));
    return {};
}

Outcome<MsgCancelOrderResponse> cancel_order(Context& context, const MsgCancelOrder& message) {
    TRY_ASSIGN(const auto user, signer_of(context, message.user()));
    TRY(market::cancel_order(context, user, order_id(message.order_id())));
    return MsgCancelOrderResponse();
}

constexpr std::string_view module = "market";

}  // namespace

std::span<const MessageType> market_order_messages() {
    static const std::array types = {
        message_type<MsgPostAsk, check_post_ask, post_ask>(
            "/steelyard.market.v1.MsgPostAsk", module
        ),
        message_type<MsgCancelAsk, check_cancel_ask, cancel_ask>(
            "/steelyard.market.v1.MsgCancelAsk", module
        ),
        message_type<MsgPostOrder, check_post_order, post_order>(
            "/steelyard.market.v1.MsgPostOrder", module
        ),
        message_type<MsgPostArray, check_post_array, post_array>(
            "/steelyard.market.v1.MsgPostArray", module
        ),
        message_type<MsgCancelOrder, check_cancel_order, cancel_order>(
            "/steelyard.market.v1.MsgCancelOrder", module
        ),
    };
    return types;
}

}  // namespace steelyard::messages
