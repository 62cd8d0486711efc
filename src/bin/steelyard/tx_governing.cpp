// tx: parameters and the beacon, as validators' operators.
#include "base/base64.h"
#include "base/hex.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/tx.h"
#include "client/transactions.h"
#include "crypto/secp256k1.h"
#include "proto/codec.h"
#include "proto/json.h"
#include "steelyard/beacon/v1/tx.pb.h"
#include "steelyard/params/v1/query.pb.h"
#include "steelyard/params/v1/tx.pb.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace params = steelyard::params::v1;

constexpr std::size_t params_file_size_max = 1 << 20;

struct ApproveArguments {
    std::uint64_t id = 0;
    std::string hash;
};

Outcome<Messages> make_propose(const Making& making, const std::string& file) {
    TRY_ASSIGN(const std::string text, read_input(file, params_file_size_max));
    params::Params set;
    if (auto read = proto::from_json(set, text); !read) {
        return std::unexpected(Complaint(std::move(read).error().in(file)));
    }
    params::MsgProposeParams message;
    message.set_validator_address(making.actor.validator());
    message.set_params(std::string(as_text(proto::serialize(set))));
    return Messages{client::pack(message)};
}

/// The hash of an open proposal, which is shown, so that nobody approves what he has not seen.
Outcome<std::string> proposed_hash(const Making& making, std::uint64_t id) {
    if (making.node == nullptr) {
        return usage("offline there is nobody to ask: say --hash");
    }
    params::QueryProposalsResponse answer;
    const auto asked = making.node->query(
        "/steelyard.params.v1.Query/Proposals", params::QueryProposalsRequest(), answer
    );
    if (!asked) {
        return std::unexpected(of_node(asked.error()));
    }
    for (const params::Proposal& proposal : answer.proposals()) {
        if (proposal.id() == id) {
            tell("proposal " + std::to_string(id) + ": " + json_of(proposal));
            return proposal.params_hash();
        }
    }
    return std::unexpected(Complaint(
        Exit::not_found,
        "proposal_not_found",
        fmt::format("there is no open proposal {}", id),
        "`steelyard query proposals` shows those that are open"
    ));
}

Outcome<Messages> make_approve(const Making& making, const ApproveArguments& arguments) {
    params::MsgApproveParams message;
    message.set_validator_address(making.actor.validator());
    message.set_proposal_id(arguments.id);
    if (arguments.hash.empty()) {
        TRY_ASSIGN(*message.mutable_params_hash(), proposed_hash(making, arguments.id));
    } else {
        chain::Hash256 hash{};
        if (!from_hex(arguments.hash, hash)) {
            return usage("--hash is not 64 hex digits");
        }
        message.set_params_hash(std::string(as_text(hash)));
    }
    return Messages{client::pack(message)};
}

Outcome<Messages> make_register(const Making& making, const std::string& key) {
    const auto hex = from_hex(key);
    const auto bytes = hex ? hex : from_base64(key);
    if (!bytes || !crypto::secp256k1::is_public_key(*bytes)) {
        return usage("the beacon's key is not 33 bytes of a public key, in base64 or hex");
    }
    steelyard::beacon::v1::MsgRegisterKey message;
    message.set_validator_address(making.actor.validator());
    message.set_public_key(std::string(as_text(*bytes)));
    return Messages{client::pack(message)};
}

}  // namespace

void add_governing_txs(CLI::App& tx, Context& context) {
    auto file = std::make_shared<std::string>();
    add_maker(
        tx,
        context,
        "propose-params",
        "Propose other parameters of the chain",
        [file](const Making& making) { return make_propose(making, *file); }
    )
        ->add_option("file", *file, "A whole set, as `query params -o json` prints it")
        ->required();

    auto approve = std::make_shared<ApproveArguments>();
    auto* command = add_maker(
        tx,
        context,
        "approve-params",
        "Approve a proposal of parameters",
        [approve](const Making& making) { return make_approve(making, *approve); }
    );
    command->add_option("proposal", approve->id, "Its number")->required();
    command->add_option("--hash", approve->hash, "Of the set, in hex; else the node is asked");

    auto key = std::make_shared<std::string>();
    add_maker(
        tx,
        context,
        "register-beacon-key",
        "Tell the chain the key with which a validator draws its beacon",
        [key](const Making& making) { return make_register(making, *key); }
    )
        ->add_option("key", *key, "The public key, as `steelyardd show-beacon-key` prints it")
        ->required();
}

}  // namespace steelyard::wallet
