// tx: transfers.
#include "bin/steelyard/tx.h"
#include "bin/steelyard/tx_fields.h"
#include "client/transactions.h"
#include "cosmos/bank/v1beta1/tx.pb.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace bank = cosmos::bank::v1beta1;

/// As many as one transfer names.
constexpr std::size_t recipients_max = 1'000;

struct SendArguments {
    std::string to;
    std::string amount;
};

Outcome<Messages> make_send(const Making& making, const SendArguments& arguments) {
    TRY_ASSIGN(const auto to, making.keys.account(arguments.to));
    TRY_ASSIGN(const auto amount, positive_coins(arguments.amount));
    bank::MsgSend send;
    send.set_from_address(making.actor.account());
    send.set_to_address(client::address_text(client::account_prefix, to));
    set_coins(*send.mutable_amount(), amount);
    return Messages{client::pack(send)};
}

/// "RECIPIENT:AMOUNT", each.
Outcome<Messages> make_multi_send(const Making& making, const std::vector<std::string>& pairs) {
    if (pairs.size() > recipients_max) {
        return usage("{} recipients, {} are allowed", pairs.size(), recipients_max);
    }
    bank::MsgMultiSend send;
    chain::Coins total;
    for (const std::string& pair : pairs) {
        const std::size_t colon = pair.find(':');
        if (colon == std::string::npos) {
            return usage("\"{}\" is not RECIPIENT:AMOUNT", pair);
        }
        TRY_ASSIGN(const auto to, making.keys.account(pair.substr(0, colon)));
        TRY_ASSIGN(const auto amount, positive_coins(pair.substr(colon + 1)));
        auto& output = *send.add_outputs();
        output.set_address(client::address_text(client::account_prefix, to));
        set_coins(*output.mutable_coins(), amount);
        const auto sum = checked_add(total, amount);
        if (!sum) {
            return usage("the amounts are more than there can be");
        }
        total = *sum;
    }
    auto& input = *send.add_inputs();
    input.set_address(making.actor.account());
    set_coins(*input.mutable_coins(), total);
    return Messages{client::pack(send)};
}

}  // namespace

void add_bank_txs(CLI::App& tx, Context& context) {
    auto send = std::make_shared<SendArguments>();
    auto* command = add_maker(tx, context, "send", "Pay someone", [send](const Making& making) {
        return make_send(making, *send);
    });
    command->add_option("to", send->to, "An address, or the name of a key")->required();
    command->add_option("amount", send->amount, "Such as 2.5yard or 10uyard")->required();

    auto pairs = std::make_shared<std::vector<std::string>>();
    command =
        add_maker(tx, context, "multi-send", "Pay several at once", [pairs](const Making& making) {
            return make_multi_send(making, *pairs);
        });
    command->add_option("outputs", *pairs, "RECIPIENT:AMOUNT, each")->required();
}

}  // namespace steelyard::wallet
