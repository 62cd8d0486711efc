#include "rpc/rest/route_table.h"

namespace steelyard::rest {
namespace {

// clang-format off: a table reads best with a row to each route.
constexpr Route table[] = {
    {"GET", "/cosmos/auth/v1beta1/accounts", "/cosmos.auth.v1beta1.Query/Accounts"},
    {"GET", "/cosmos/auth/v1beta1/accounts/{address}", "/cosmos.auth.v1beta1.Query/Account"},
    {"GET", "/cosmos/auth/v1beta1/address_by_id/{id}", "/cosmos.auth.v1beta1.Query/AccountAddressByID"},
    {"GET", "/cosmos/auth/v1beta1/account_info/{address}", "/cosmos.auth.v1beta1.Query/AccountInfo"},
    {"GET", "/cosmos/auth/v1beta1/params", "/cosmos.auth.v1beta1.Query/Params"},
    {"GET", "/cosmos/auth/v1beta1/module_accounts", "/cosmos.auth.v1beta1.Query/ModuleAccounts"},
    {"GET", "/cosmos/auth/v1beta1/module_accounts/{name}", "/cosmos.auth.v1beta1.Query/ModuleAccountByName"},
    {"GET", "/cosmos/auth/v1beta1/bech32", "/cosmos.auth.v1beta1.Query/Bech32Prefix"},
    {"GET", "/cosmos/auth/v1beta1/bech32/{address_string}", "/cosmos.auth.v1beta1.Query/AddressStringToBytes"},

    {"GET", "/cosmos/bank/v1beta1/balances/{address}", "/cosmos.bank.v1beta1.Query/AllBalances"},
    {"GET", "/cosmos/bank/v1beta1/balances/{address}/by_denom", "/cosmos.bank.v1beta1.Query/Balance"},
    {"GET", "/cosmos/bank/v1beta1/spendable_balances/{address}", "/cosmos.bank.v1beta1.Query/SpendableBalances"},
    {"GET", "/cosmos/bank/v1beta1/spendable_balances/{address}/by_denom", "/cosmos.bank.v1beta1.Query/SpendableBalanceByDenom"},
    {"GET", "/cosmos/bank/v1beta1/supply", "/cosmos.bank.v1beta1.Query/TotalSupply"},
    {"GET", "/cosmos/bank/v1beta1/supply/by_denom", "/cosmos.bank.v1beta1.Query/SupplyOf"},
    {"GET", "/cosmos/bank/v1beta1/params", "/cosmos.bank.v1beta1.Query/Params"},
    {"GET", "/cosmos/bank/v1beta1/denoms_metadata", "/cosmos.bank.v1beta1.Query/DenomsMetadata"},
    {"GET", "/cosmos/bank/v1beta1/denoms_metadata/{denom=**}", "/cosmos.bank.v1beta1.Query/DenomMetadata"},
    {"GET", "/cosmos/bank/v1beta1/denoms_metadata_by_query_string", "/cosmos.bank.v1beta1.Query/DenomMetadataByQueryString"},
    {"GET", "/cosmos/bank/v1beta1/denom_owners/{denom=**}", "/cosmos.bank.v1beta1.Query/DenomOwners"},
    {"GET", "/cosmos/bank/v1beta1/denom_owners_by_query", "/cosmos.bank.v1beta1.Query/DenomOwnersByQuery"},
    {"GET", "/cosmos/bank/v1beta1/send_enabled", "/cosmos.bank.v1beta1.Query/SendEnabled"},

    {"GET", "/cosmos/distribution/v1beta1/params", "/cosmos.distribution.v1beta1.Query/Params"},
    {"GET", "/cosmos/distribution/v1beta1/validators/{validator_address}", "/cosmos.distribution.v1beta1.Query/ValidatorDistributionInfo"},
    {"GET", "/cosmos/distribution/v1beta1/validators/{validator_address}/outstanding_rewards", "/cosmos.distribution.v1beta1.Query/ValidatorOutstandingRewards"},
    {"GET", "/cosmos/distribution/v1beta1/validators/{validator_address}/commission", "/cosmos.distribution.v1beta1.Query/ValidatorCommission"},
    {"GET", "/cosmos/distribution/v1beta1/validators/{validator_address}/slashes", "/cosmos.distribution.v1beta1.Query/ValidatorSlashes"},
    {"GET", "/cosmos/distribution/v1beta1/delegators/{delegator_address}/rewards", "/cosmos.distribution.v1beta1.Query/DelegationTotalRewards"},
    {"GET", "/cosmos/distribution/v1beta1/delegators/{delegator_address}/rewards/{validator_address}", "/cosmos.distribution.v1beta1.Query/DelegationRewards"},
    {"GET", "/cosmos/distribution/v1beta1/delegators/{delegator_address}/validators", "/cosmos.distribution.v1beta1.Query/DelegatorValidators"},
    {"GET", "/cosmos/distribution/v1beta1/delegators/{delegator_address}/withdraw_address", "/cosmos.distribution.v1beta1.Query/DelegatorWithdrawAddress"},
    {"GET", "/cosmos/distribution/v1beta1/community_pool", "/cosmos.distribution.v1beta1.Query/CommunityPool"},

    {"GET", "/cosmos/mint/v1beta1/params", "/cosmos.mint.v1beta1.Query/Params"},
    {"GET", "/cosmos/mint/v1beta1/inflation", "/cosmos.mint.v1beta1.Query/Inflation"},
    {"GET", "/cosmos/mint/v1beta1/annual_provisions", "/cosmos.mint.v1beta1.Query/AnnualProvisions"},

    {"GET", "/cosmos/slashing/v1beta1/params", "/cosmos.slashing.v1beta1.Query/Params"},
    {"GET", "/cosmos/slashing/v1beta1/signing_infos", "/cosmos.slashing.v1beta1.Query/SigningInfos"},
    {"GET", "/cosmos/slashing/v1beta1/signing_infos/{cons_address}", "/cosmos.slashing.v1beta1.Query/SigningInfo"},

    {"GET", "/cosmos/staking/v1beta1/validators", "/cosmos.staking.v1beta1.Query/Validators"},
    {"GET", "/cosmos/staking/v1beta1/validators/{validator_addr}", "/cosmos.staking.v1beta1.Query/Validator"},
    {"GET", "/cosmos/staking/v1beta1/validators/{validator_addr}/delegations", "/cosmos.staking.v1beta1.Query/ValidatorDelegations"},
    {"GET", "/cosmos/staking/v1beta1/validators/{validator_addr}/unbonding_delegations", "/cosmos.staking.v1beta1.Query/ValidatorUnbondingDelegations"},
    {"GET", "/cosmos/staking/v1beta1/validators/{validator_addr}/delegations/{delegator_addr}", "/cosmos.staking.v1beta1.Query/Delegation"},
    {"GET", "/cosmos/staking/v1beta1/validators/{validator_addr}/delegations/{delegator_addr}/unbonding_delegation", "/cosmos.staking.v1beta1.Query/UnbondingDelegation"},
    {"GET", "/cosmos/staking/v1beta1/delegations/{delegator_addr}", "/cosmos.staking.v1beta1.Query/DelegatorDelegations"},
    {"GET", "/cosmos/staking/v1beta1/delegators/{delegator_addr}/unbonding_delegations", "/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations"},
    {"GET", "/cosmos/staking/v1beta1/delegators/{delegator_addr}/redelegations", "/cosmos.staking.v1beta1.Query/Redelegations"},
    {"GET", "/cosmos/staking/v1beta1/delegators/{delegator_addr}/validators", "/cosmos.staking.v1beta1.Query/DelegatorValidators"},
    {"GET", "/cosmos/staking/v1beta1/delegators/{delegator_addr}/validators/{validator_addr}", "/cosmos.staking.v1beta1.Query/DelegatorValidator"},
    {"GET", "/cosmos/staking/v1beta1/historical_info/{height}", "/cosmos.staking.v1beta1.Query/HistoricalInfo"},
    {"GET", "/cosmos/staking/v1beta1/pool", "/cosmos.staking.v1beta1.Query/Pool"},
    {"GET", "/cosmos/staking/v1beta1/params", "/cosmos.staking.v1beta1.Query/Params"},

    {"POST", "/cosmos/tx/v1beta1/simulate", "/cosmos.tx.v1beta1.Service/Simulate"},
    {"GET", "/cosmos/tx/v1beta1/txs", "/cosmos.tx.v1beta1.Service/GetTxsEvent"},
    {"POST", "/cosmos/tx/v1beta1/txs", "/cosmos.tx.v1beta1.Service/BroadcastTx"},
    {"GET", "/cosmos/tx/v1beta1/txs/block/{height}", "/cosmos.tx.v1beta1.Service/GetBlockWithTxs"},
    {"GET", "/cosmos/tx/v1beta1/txs/{hash}", "/cosmos.tx.v1beta1.Service/GetTx"},
    {"POST", "/cosmos/tx/v1beta1/decode", "/cosmos.tx.v1beta1.Service/TxDecode"},
    {"POST", "/cosmos/tx/v1beta1/encode", "/cosmos.tx.v1beta1.Service/TxEncode"},
    {"POST", "/cosmos/tx/v1beta1/encode/amino", "/cosmos.tx.v1beta1.Service/TxEncodeAmino"},
    {"POST", "/cosmos/tx/v1beta1/decode/amino", "/cosmos.tx.v1beta1.Service/TxDecodeAmino"},

    {"GET", "/cosmos/base/tendermint/v1beta1/node_info", "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo"},
    {"GET", "/cosmos/base/tendermint/v1beta1/syncing", "/cosmos.base.tendermint.v1beta1.Service/GetSyncing"},
    {"GET", "/cosmos/base/tendermint/v1beta1/blocks/latest", "/cosmos.base.tendermint.v1beta1.Service/GetLatestBlock"},
    {"GET", "/cosmos/base/tendermint/v1beta1/blocks/{height}", "/cosmos.base.tendermint.v1beta1.Service/GetBlockByHeight"},
    {"GET", "/cosmos/base/tendermint/v1beta1/validatorsets/latest", "/cosmos.base.tendermint.v1beta1.Service/GetLatestValidatorSet"},
    {"GET", "/cosmos/base/tendermint/v1beta1/validatorsets/{height}", "/cosmos.base.tendermint.v1beta1.Service/GetValidatorSetByHeight"},
    {"GET", "/cosmos/base/tendermint/v1beta1/abci_query", "/cosmos.base.tendermint.v1beta1.Service/ABCIQuery"},

    {"GET", "/cosmos/base/node/v1beta1/config", "/cosmos.base.node.v1beta1.Service/Config"},
    {"GET", "/cosmos/base/node/v1beta1/status", "/cosmos.base.node.v1beta1.Service/Status"},

    {"GET", "/cosmos/consensus/v1/params", "/cosmos.consensus.v1.Query/Params"},

    {"GET", "/steelyard/params/v1/params", "/steelyard.params.v1.Query/Params"},
    {"GET", "/steelyard/params/v1/proposals", "/steelyard.params.v1.Query/Proposals"},

    {"GET", "/steelyard/beacon/v1/latest", "/steelyard.beacon.v1.Query/Latest"},
    {"GET", "/steelyard/beacon/v1/values/{height}", "/steelyard.beacon.v1.Query/Value"},
    {"GET", "/steelyard/beacon/v1/keys", "/steelyard.beacon.v1.Query/Keys"},
    {"GET", "/steelyard/beacon/v1/keys/{validator_address}", "/steelyard.beacon.v1.Query/Keys"},

    {"GET", "/steelyard/market/v1/classes", "/steelyard.market.v1.Query/Classes"},
    {"GET", "/steelyard/market/v1/classes/{class_id}", "/steelyard.market.v1.Query/Class"},
    {"GET", "/steelyard/market/v1/class_by_name/{name}", "/steelyard.market.v1.Query/Class"},
    {"GET", "/steelyard/market/v1/programs", "/steelyard.market.v1.Query/Programs"},
    {"GET", "/steelyard/market/v1/programs/{program_id}", "/steelyard.market.v1.Query/Program"},
    {"GET", "/steelyard/market/v1/providers", "/steelyard.market.v1.Query/Providers"},
    {"GET", "/steelyard/market/v1/providers/{provider}", "/steelyard.market.v1.Query/Provider"},
    {"GET", "/steelyard/market/v1/providers/{provider}/workers", "/steelyard.market.v1.Query/Workers"},
    {"GET", "/steelyard/market/v1/providers/{provider}/asks", "/steelyard.market.v1.Query/Asks"},
    {"GET", "/steelyard/market/v1/providers/{provider}/jobs", "/steelyard.market.v1.Query/Jobs"},
    {"GET", "/steelyard/market/v1/providers/{provider}/reputation/{class_id}", "/steelyard.market.v1.Query/Reputation"},
    {"GET", "/steelyard/market/v1/workers/{worker}", "/steelyard.market.v1.Query/Worker"},
    {"GET", "/steelyard/market/v1/workers/{worker}/jobs", "/steelyard.market.v1.Query/Jobs"},
    {"GET", "/steelyard/market/v1/orders", "/steelyard.market.v1.Query/Orders"},
    {"GET", "/steelyard/market/v1/orders/{order_id}", "/steelyard.market.v1.Query/Order"},
    {"GET", "/steelyard/market/v1/orders/{order_id}/jobs", "/steelyard.market.v1.Query/Jobs"},
    {"GET", "/steelyard/market/v1/orders/{order_id}/jobs/{task}", "/steelyard.market.v1.Query/Job"},
    {"GET", "/steelyard/market/v1/orders/{order_id}/jobs/{task}/explain", "/steelyard.market.v1.Query/Explain"},
    {"GET", "/steelyard/market/v1/books/{class_id}", "/steelyard.market.v1.Query/Book"},
    {"GET", "/steelyard/market/v1/books/{class_id}/trades", "/steelyard.market.v1.Query/Trades"},
    {"GET", "/steelyard/market/v1/books/{class_id}/price_index", "/steelyard.market.v1.Query/PriceIndex"},
    {"GET", "/steelyard/market/v1/stats", "/steelyard.market.v1.Query/Stats"},
    {"GET", "/steelyard/market/v1/stats/{class_id}", "/steelyard.market.v1.Query/Stats"},
    {"GET", "/steelyard/market/v1/estimate", "/steelyard.market.v1.Query/Estimate"},
};
// clang-format on

}  // namespace

std::span<const Route> routes() {
    return table;
}

}  // namespace steelyard::rest
