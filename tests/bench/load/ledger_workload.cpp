#include "tests/bench/load/accounts.h"

#include <cosmos/bank/v1beta1/tx.pb.h>

namespace steelyard::load {
namespace {

constexpr std::uint64_t gas_of_transfer = 100'000;

}  // namespace

Workload ledger_workload(const Options& options, std::size_t lanes) {
    HttpConnection node(options.nodes.front());
    const chain::ChainId chain_id = chain_of(node);
    const std::size_t count = tx_count(options);
    const std::size_t account_count = std::min(options.accounts, count);
    const std::uint64_t each = (count / account_count + 2) * (fee_of(gas_of_transfer) + 1);
    std::vector<Account> accounts = make_accounts(node, account_count, each, chain_id);
    Workload workload;
    for (std::size_t number = 0; number < count; ++number) {
        Account& from = accounts[number % account_count];
        cosmos::bank::v1beta1::MsgSend message;
        message.set_from_address(from.address);
        message.set_to_address(accounts[(number + 1) % account_count].address);
        auto& coin = *message.add_amount();
        coin.set_denom("uyard");
        coin.set_amount("1");
        const std::array<const google::protobuf::Message*, 1> messages = {&message};
        workload.txs.push_back(sign(from, messages, gas_of_transfer, chain_id));
        workload.lanes.push_back(number % account_count % lanes);
    }
    return workload;
}

}  // namespace steelyard::load
