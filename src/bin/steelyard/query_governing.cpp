// query: parameters and the beacon.
#include "base/hex.h"
#include "bin/steelyard/query.h"
#include "proto/json.h"
#include "steelyard/beacon/v1/query.pb.h"
#include "steelyard/params/v1/query.pb.h"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace params = steelyard::params::v1;
namespace beacon = steelyard::beacon::v1;
namespace json = boost::json;

/// "fees.min_gas_price  0.01...", a line for each value.
void flatten(const json::value& value, const std::string& path, Fields& out) {
    if (const auto* const object = value.if_object()) {
        for (const auto& [name, inner] : *object) {
            flatten(inner, path.empty() ? std::string(name) : path + "." + std::string(name), out);
        }
        return;
    }
    out.emplace_back(
        path, value.is_string() ? std::string(value.get_string()) : json::serialize(value)
    );
}

Fields flat(const google::protobuf::Message& message) {
    Fields out;
    json::error_code error;
    const auto text = proto::to_json(message);
    flatten(json::parse(text ? *text : "{}", error), "", out);
    return out;
}

/// The set alone, so that it can be changed and proposed.
Outcome<Exit> show_params(const Context& context, const client::NodeClient& node) {
    params::QueryParamsResponse answer;
    TRY(ask(node, "/steelyard.params.v1.Query/Params", params::QueryParamsRequest(), answer));
    return answer_with(context, answer.params(), fields_text(flat(answer.params())));
}

Outcome<Exit> proposals(const Context& context, const client::NodeClient& node) {
    params::QueryProposalsResponse answer;
    params::QueryParamsResponse now;
    TRY(ask(node, "/steelyard.params.v1.Query/Proposals", params::QueryProposalsRequest(), answer));
    TRY(ask(node, "/steelyard.params.v1.Query/Params", params::QueryParamsRequest(), now));
    const Fields before = flat(now.params());
    std::string text;
    for (const auto& one : answer.proposals()) {
        Fields fields = {
            {"proposal", std::to_string(one.id())},
            {"proposer", one.proposer()},
            {"open until block", std::to_string(one.last_height())},
            {"hash", to_hex(as_bytes(one.params_hash()))},
            {"approvals", std::to_string(one.approvals_size())},
        };
        const Fields after = flat(one.params());
        for (std::size_t i = 0; i < after.size(); ++i) {
            const bool same = i < before.size() && before[i] == after[i];
            if (!same) {
                const bool known = i < before.size() && before[i].first == after[i].first;
                fields.emplace_back(
                    after[i].first,
                    (known ? before[i].second + " -> " : std::string()) + after[i].second
                );
            }
        }
        text += (text.empty() ? "" : "\n") + fields_text(fields);
    }
    return answer_with(context, answer, text.empty() ? "none\n" : text);
}

Outcome<Exit> show_beacon(
    const Context& context, const client::NodeClient& node, std::int64_t height
) {
    beacon::QueryLatestResponse answer;
    if (height == 0) {
        TRY(ask(node, "/steelyard.beacon.v1.Query/Latest", beacon::QueryLatestRequest(), answer));
    } else {
        beacon::QueryValueRequest request;
        request.set_height(height);
        beacon::QueryValueResponse one;
        TRY(ask(node, "/steelyard.beacon.v1.Query/Value", request, one));
        *answer.mutable_value() = one.value();
    }
    return answer_with(
        context,
        answer,
        fields_text(
            {{"block", std::to_string(answer.value().height())},
             {"value", to_hex(as_bytes(answer.value().value()))}}
        )
    );
}

Outcome<Exit> beacon_keys(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    beacon::QueryKeysRequest request;
    if (!name.empty()) {
        TRY_ASSIGN(*request.mutable_validator_address(), operator_text(context, name));
    }
    beacon::QueryKeysResponse answer;
    TRY(ask(node, "/steelyard.beacon.v1.Query/Keys", request, answer));
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : answer.keys()) {
        rows.push_back(
            {one.validator_address(),
             one.current().empty() ? "-" : to_hex(as_bytes(one.current())),
             one.next().empty() ? "-" : to_hex(as_bytes(one.next())),
             one.next().empty() ? "-" : std::to_string(one.next_mature_height())}
        );
    }
    return answer_with(
        context,
        answer,
        table({{"VALIDATOR"}, {"KEY"}, {"NEXT KEY"}, {"FROM BLOCK", Align::right}}, rows)
    );
}

}  // namespace

void add_governing_queries(CLI::App& query, Context& context) {
    add_question(
        query,
        context,
        "params",
        "The parameters of the chain",
        [&context](const client::NodeClient& node) { return show_params(context, node); }
    );
    add_question(
        query,
        context,
        "proposals",
        "Proposals of parameters that are open, and what they change",
        [&context](const client::NodeClient& node) { return proposals(context, node); }
    );
    auto height = std::make_shared<std::int64_t>(0);
    add_question(
        query,
        context,
        "beacon",
        "The random value of a block",
        [&context, height](const client::NodeClient& node) {
            return show_beacon(context, node, *height);
        }
    )
        ->add_option("height", *height, "Else the last block")
        ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
    auto name = std::make_shared<std::string>();
    add_question(
        query,
        context,
        "beacon-keys",
        "The keys with which validators draw it",
        [&context, name](const client::NodeClient& node) {
            return beacon_keys(context, node, *name);
        }
    )->add_option("validator", *name, "Else all");
}

}  // namespace steelyard::wallet
