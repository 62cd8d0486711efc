// Transfers.
#include "ledger/bank/bank.h"
#include "cosmos/bank/v1beta1/tx.pb.h"
#include "ledger/messages/fields.h"
#include "ledger/messages/typed_message.h"

#include <array>

namespace steelyard::messages {
namespace {

using namespace cosmos::bank::v1beta1;
using bank::Party;
using chain::Address;
using chain::Coins;
namespace kinds = ledger::kinds;

/// Each makes three events, and a transaction's result has room for 10,000.
constexpr int outputs_max = 1'000;

// What a checked message holds reads without an error.
Address account_in(std::string_view text) {
    return read_account("", text).value();
}

Coins coins_in(const google::protobuf::RepeatedPtrField<ProtoCoin>& coins) {
    return read_coins("", coins).value();
}

Outcome<void> check_recipient(std::string_view field, std::string_view text) {
    TRY_ASSIGN(const Address address, read_account(field, text));
    if (auth::is_module_address(address)) {
        return refuse(kinds::unauthorized, "{} is not allowed to receive funds", text);
    }
    return {};
}

Outcome<void> check_send(const MsgSend& message) {
    TRY(read_account("from_address", message.from_address()));
    TRY(check_recipient("to_address", message.to_address()));
    TRY(read_coins("amount", message.amount()));
    return {};
}

Outcome<MsgSendResponse> send(Context& context, const MsgSend& message) {
    const Coins amount = coins_in(message.amount());
    TRY_ASSIGN(const Party from, bank::party_at(context.state, account_in(message.from_address())));
    TRY_ASSIGN(const Party to, bank::party_at(context.state, account_in(message.to_address())));
    TRY(bank::send(context, from, to, amount));
    return MsgSendResponse();
}

Outcome<void> check_multi_send(const MsgMultiSend& message) {
    if (message.inputs().empty()) {
        return refuse(bank::kinds::no_inputs, "inputs are empty");
    }
    if (message.inputs_size() > 1) {
        return refuse(bank::kinds::multiple_senders, "{} inputs", message.inputs_size());
    }
    if (message.outputs().empty()) {
        return refuse(bank::kinds::no_outputs, "outputs are empty");
    }
    if (message.outputs_size() > outputs_max) {
        return refuse(
            kinds::invalid_request, "{} outputs, limit {}", message.outputs_size(), outputs_max
        );
    }
    TRY(read_account("inputs[0].address", message.inputs(0).address()));
    TRY_ASSIGN(const Coins spent, read_coins("inputs[0].coins", message.inputs(0).coins()));
    Coins received;
    for (int i = 0; i < message.outputs_size(); ++i) {
        const Output& output = message.outputs(i);
        TRY(check_recipient(fmt::format("outputs[{}].address", i), output.address()));
        TRY_ASSIGN(
            const Coins coins, read_coins(fmt::format("outputs[{}].coins", i), output.coins())
        );
        std::optional<Coins> sum = checked_add(received, coins);
        if (!sum) {
            return refuse(kinds::invalid_coins, "sum of the outputs up to {} is too large", i);
        }
        received = *std::move(sum);
    }
    if (spent != received) {
        return refuse(
            bank::kinds::input_output_mismatch,
            "inputs are {}, outputs {}",
            to_string(spent),
            to_string(received)
        );
    }
    return {};
}

Outcome<MsgMultiSendResponse> multi_send(Context& context, const MsgMultiSend& message) {
    TRY_ASSIGN(
        const Party from, bank::party_at(context.state, account_in(message.inputs(0).address()))
    );
    for (const Output& output : message.outputs()) {
        TRY_ASSIGN(const Party to, bank::party_at(context.state, account_in(output.address())));
        TRY(bank::send(context, from, to, coins_in(output.coins())));
    }
    return MsgMultiSendResponse();
}

}  // namespace

std::span<const MessageType> bank_messages() {
    static const std::array types = {
        message_type<MsgSend, check_send, send>("/cosmos.bank.v1beta1.MsgSend", "bank"),
        message_type<MsgMultiSend, check_multi_send, multi_send>(
            "/cosmos.bank.v1beta1.MsgMultiSend", "bank"
        ),
    };
    return types;
}

}  // namespace steelyard::messages
