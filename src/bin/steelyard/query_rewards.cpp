// query: rewards and penalties.
#include "bin/steelyard/query.h"
#include "client/money.h"
#include "cosmos/crypto/ed25519/keys.pb.h"
#include "cosmos/crypto/secp256k1/keys.pb.h"
#include "cosmos/distribution/v1beta1/query.pb.h"
#include "cosmos/slashing/v1beta1/query.pb.h"
#include "cosmos/staking/v1beta1/query.pb.h"
#include "crypto/public_key.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/util/time_util.h>
#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace distribution = cosmos::distribution::v1beta1;
namespace slashing = cosmos::slashing::v1beta1;

template <typename Coins>
std::string dec_coins_text(const Coins& coins) {
    std::string out;
    for (const auto& coin : coins) {
        out += (out.empty() ? "" : ", ") + dec_money_text(coin.amount(), coin.denom());
    }
    return out.empty() ? "nothing" : out;
}

Outcome<Exit> rewards(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    distribution::QueryDelegationTotalRewardsRequest request;
    TRY_ASSIGN(*request.mutable_delegator_address(), account_text(context, name));
    distribution::QueryDelegationTotalRewardsResponse answer;
    TRY(ask(node, "/cosmos.distribution.v1beta1.Query/DelegationTotalRewards", request, answer));
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : answer.rewards()) {
        rows.push_back({one.validator_address(), dec_coins_text(one.reward())});
    }
    if (!rows.empty()) {
        rows.push_back({"together", dec_coins_text(answer.total())});
    }
    return answer_with(context, answer, table({{"VALIDATOR"}, {"REWARD", Align::right}}, rows));
}

Outcome<Exit> commission(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    distribution::QueryValidatorCommissionRequest request;
    TRY_ASSIGN(*request.mutable_validator_address(), operator_text(context, name));
    distribution::QueryValidatorCommissionResponse answer;
    TRY(ask(node, "/cosmos.distribution.v1beta1.Query/ValidatorCommission", request, answer));
    return answer_with(
        context,
        answer,
        fields_text({{"commission", dec_coins_text(answer.commission().commission())}})
    );
}

Outcome<Exit> slashes(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    distribution::QueryValidatorSlashesRequest request;
    TRY_ASSIGN(*request.mutable_validator_address(), operator_text(context, name));
    request.set_ending_height(static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    TRY_ASSIGN(
        const auto answer,
        (ask_all<
            distribution::QueryValidatorSlashesRequest,
            distribution::QueryValidatorSlashesResponse>(
            node, "/cosmos.distribution.v1beta1.Query/ValidatorSlashes", request
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : answer.slashes()) {
        rows.push_back({std::to_string(one.validator_period()), percent_text(one.fraction())});
    }
    return answer_with(
        context, answer, table({{"PERIOD", Align::right}, {"FRACTION", Align::right}}, rows)
    );
}

/// The address of a validator's consensus key; empty where its kind is not known here.
std::string consensus_address(const google::protobuf::Any& any) {
    cosmos::crypto::secp256k1::PubKey secp256k1;
    cosmos::crypto::ed25519::PubKey ed25519;
    const bool is_secp256k1 = any.UnpackTo(&secp256k1);
    if (!is_secp256k1 && !any.UnpackTo(&ed25519)) {
        return {};
    }
    const auto key = crypto::PublicKey::parse(
        is_secp256k1 ? crypto::KeyType::secp256k1 : crypto::KeyType::ed25519,
        as_bytes(is_secp256k1 ? secp256k1.key() : ed25519.key())
    );
    return key ? client::address_text(client::consensus_prefix, key->address()) : std::string();
}

/// yardvalcons1... as it is; of a validator that is named otherwise the node is asked.
Outcome<std::string> consensus_text(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    if (name.starts_with(client::consensus_prefix)) {
        TRY(client::parse_address(client::consensus_prefix, name));
        return name;
    }
    cosmos::staking::v1beta1::QueryValidatorRequest request;
    TRY_ASSIGN(*request.mutable_validator_addr(), operator_text(context, name));
    cosmos::staking::v1beta1::QueryValidatorResponse answer;
    TRY(ask(node, "/cosmos.staking.v1beta1.Query/Validator", request, answer));
    return consensus_address(answer.validator().consensus_pubkey());
}

Outcome<Exit> signing_info(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    std::vector<slashing::ValidatorSigningInfo> infos;
    slashing::QuerySigningInfosResponse all;
    if (name.empty()) {
        TRY_ASSIGN(
            all,
            (ask_all<slashing::QuerySigningInfosRequest, slashing::QuerySigningInfosResponse>(
                node, "/cosmos.slashing.v1beta1.Query/SigningInfos", {}
            ))
        );
    } else {
        slashing::QuerySigningInfoRequest request;
        TRY_ASSIGN(*request.mutable_cons_address(), consensus_text(context, node, name));
        slashing::QuerySigningInfoResponse answer;
        TRY(ask(node, "/cosmos.slashing.v1beta1.Query/SigningInfo", request, answer));
        *all.add_info() = answer.val_signing_info();
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : all.info()) {
        const bool was_jailed = one.jailed_until().seconds() > 0;
        rows.push_back(
            {one.address(),
             std::to_string(one.missed_blocks_counter()),
             std::to_string(one.start_height()),
             was_jailed ? google::protobuf::util::TimeUtil::ToString(one.jailed_until()) : "-",
             one.tombstoned() ? "for ever" : "-"}
        );
    }
    return answer_with(
        context,
        all,
        table(
            {{"CONSENSUS ADDRESS"},
             {"MISSED", Align::right},
             {"SINCE BLOCK", Align::right},
             {"JAILED UNTIL"},
             {"TOMBSTONED"}},
            rows
        )
    );
}

}  // namespace

void add_reward_queries(CLI::App& query, Context& context) {
    auto name = std::make_shared<std::string>();
    add_question(
        query,
        context,
        "rewards",
        "What an account's stake has earned and was not paid yet",
        [&context, name](const client::NodeClient& node) { return rewards(context, node, *name); }
    )
        ->add_option(
            "account", *name, "An address, or the name of a key; else the only key that there is"
        );
    for (const auto& [command, help, run] :
         {std::tuple{"commission", "A validator's commission that was not paid yet", &commission},
          {"slashes", "When a validator was slashed", &slashes}}) {
        add_question(
            query,
            context,
            command,
            help,
            [&context, name, run](const client::NodeClient& node) {
                return run(context, node, *name);
            }
        )
            ->add_option("validator", *name, "yardvaloper1..., or its operator's account or key")
            ->required();
    }
    add_question(
        query,
        context,
        "signing-info",
        "Which validators miss blocks",
        [&context, name](const client::NodeClient& node) {
            return signing_info(context, node, *name);
        }
    )->add_option("validator", *name, "yardvalcons1..., or as in the others; else all there are");
}

}  // namespace steelyard::wallet
