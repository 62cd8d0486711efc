// A transaction shown to people, sent, and reported.
#include "base/hex.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/tx.h"
#include "chain/txs.h"
#include "cosmos/bank/v1beta1/tx.pb.h"
#include "cosmos/base/abci/v1beta1/abci.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "crypto/sha256.h"
#include "proto/json.h"
#include "steelyard/params/v1/params.pb.h"

#include <google/protobuf/any.pb.h>
#include <boost/json.hpp>

#include <thread>

namespace steelyard::wallet {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::chrono::milliseconds poll_interval(200);

bool is_coin(const FieldDescriptor& field) {
    return field.message_type() != nullptr &&
           field.message_type()->full_name() == "cosmos.base.v1beta1.Coin";
}

/// "2.5 yard, 7 uabc" of a field of coins.
std::string coins_text(const Message& message, const FieldDescriptor& field) {
    const auto& reflection = *message.GetReflection();
    const int count = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
    std::string out;
    for (int i = 0; i < count; ++i) {
        const auto& coin = static_cast<const cosmos::base::v1beta1::Coin&>(
            field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, i)
                                : reflection.GetMessage(message, &field)
        );
        const auto parsed = client::parse_money(coin.amount() + coin.denom());
        out += (i == 0 ? "" : ", ") +
               (parsed ? client::show(*parsed) : coin.amount() + " " + coin.denom());
    }
    return out;
}

/// Who pays, or is paid, and how much.
template <typename Party>
std::string party_text(const Message& message) {
    const auto& party = static_cast<const Party&>(message);
    return party.address() + "  " +
           coins_text(party, *party.GetDescriptor()->FindFieldByName("coins"));
}

/// An element of a repeated field, or the message of one that is not.
std::string inner_text(const Message& inner) {
    const std::string& type = inner.GetDescriptor()->full_name();
    if (type == "cosmos.bank.v1beta1.Input") {
        return party_text<cosmos::bank::v1beta1::Input>(inner);
    }
    if (type == "cosmos.bank.v1beta1.Output") {
        return party_text<cosmos::bank::v1beta1::Output>(inner);
    }
    return proto::to_json(inner).value_or("not readable");
}

/// An id in hex; of more bytes how many there are, and their SHA-256.
std::string bytes_text(const std::string& bytes) {
    constexpr std::size_t shown_max = 64;
    if (bytes.size() <= shown_max) {
        return to_hex(as_bytes(bytes));
    }
    return fmt::format(
        "{} bytes, SHA-256 {}", grouped(bytes.size()), to_hex(crypto::sha256(as_bytes(bytes)))
    );
}

/// The market names programs, inputs and results by bytes, which people know in hex.
bool is_market_bytes(const Message& message, const FieldDescriptor& field) {
    return field.type() == FieldDescriptor::TYPE_BYTES &&
           message.GetDescriptor()->file()->package() == "steelyard.market.v1";
}

void add_bytes(const Message& message, const FieldDescriptor& field, Fields& out) {
    const std::string name = "  " + field.name();
    const auto& reflection = *message.GetReflection();
    if (!field.is_repeated()) {
        out.emplace_back(name, bytes_text(reflection.GetString(message, &field)));
        return;
    }
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
        out.emplace_back(name, bytes_text(reflection.GetRepeatedString(message, &field, i)));
    }
}

/// The lines of one field that is set; `json` has all fields by name.
void add_field(
    const Message& message, const FieldDescriptor& field, const json::object& values, Fields& out
) {
    const std::string name = "  " + field.name();
    const auto& reflection = *message.GetReflection();
    if (is_coin(field)) {
        out.emplace_back(name, coins_text(message, field));
    } else if (is_market_bytes(message, field)) {
        add_bytes(message, field, out);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field.is_repeated()) {
        for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
            out.emplace_back(name, inner_text(reflection.GetRepeatedMessage(message, &field, i)));
        }
    } else if (message.GetTypeName() == "steelyard.params.v1.MsgProposeParams" &&
               field.name() == "params") {
        steelyard::params::v1::Params params;
        const bool good = params.ParseFromString(reflection.GetString(message, &field));
        out.emplace_back(name, good ? inner_text(params) : "not readable");
    } else {
        const auto* const value = values.if_contains(field.name());
        out.emplace_back(
            name,
            value == nullptr     ? "not readable"
            : value->is_string() ? std::string(value->get_string())
                                 : json::serialize(*value)
        );
    }
}

/// The fields of a message that are set, one a line; nothing that is signed is left out.
Fields fields_of(const Message& message, const std::string& text) {
    json::error_code error;
    const json::value parsed = json::parse(text, error);
    const json::object none;
    const json::object& values = !error && parsed.is_object() ? parsed.get_object() : none;
    Fields out;
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        const bool is_set = field.is_repeated() ? reflection.FieldSize(message, &field) != 0
                                                : reflection.HasField(message, &field);
        if (is_set) {
            add_field(message, field, values, out);
        }
    }
    return out;
}

/// The name and the fields of what an Any holds.
std::string any_text(const google::protobuf::Any& any) {
    const auto text = proto::to_json(any);
    const auto* const type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
            any.type_url().substr(std::min<std::size_t>(1, any.type_url().size()))
        );
    if (!text || type == nullptr) {
        return fields_text({{any.type_url(), "is not known here"}});
    }
    const std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New()
    );
    if (!message->ParseFromString(any.value())) {
        return fields_text({{any.type_url(), "is not readable"}});
    }
    return type->name() + "\n" + fields_text(fields_of(*message, *text));
}

std::string message_text(const tx::PackedMessage& packed) {
    google::protobuf::Any any;
    any.set_type_url(packed.type_url);
    any.set_value(std::string(as_text(packed.value)));
    return any_text(any);
}

/// What the messages gave, those that gave something.
std::string responses_text(ByteView data) {
    cosmos::base::abci::v1beta1::TxMsgData responses;
    std::string out;
    if (responses.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
        for (const google::protobuf::Any& response : responses.msg_responses()) {
            out += response.value().empty() ? "" : any_text(response);
        }
    }
    return out;
}

cosmos::base::abci::v1beta1::TxResponse response_of(const client::FoundTx& found) {
    cosmos::base::abci::v1beta1::TxResponse out;
    out.set_height(found.height.value());
    out.set_txhash(to_hex_upper(found.hash));
    out.set_codespace(found.result.codespace);
    out.set_code(found.result.code);
    out.set_data(to_hex_upper(found.result.data));
    out.set_raw_log(found.result.log);
    out.set_info(found.result.info);
    out.set_gas_wanted(found.result.gas_wanted);
    out.set_gas_used(found.result.gas_used);
    if (tx::decode_tx(found.tx)) {
        out.mutable_tx()->set_type_url("/cosmos.tx.v1beta1.Tx");
        out.mutable_tx()->set_value(std::string(as_text(found.tx)));
    }
    for (const chain::Event& event : found.result.events) {
        auto& one = *out.add_events();
        one.set_type(event.type);
        for (const chain::EventAttribute& attribute : event.attributes) {
            auto& pair = *one.add_attributes();
            pair.set_key(attribute.key);
            pair.set_value(attribute.value);
            pair.set_index(attribute.index);
        }
    }
    return out;
}

/// Until it is committed; not_found if the time is over.
Result<client::FoundTx> wait_for(
    const client::NodeClient& node, const chain::Hash256& hash, std::chrono::seconds patience
) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto found = node.tx(hash);
        if (found || found.error().code() != ErrorCode::not_found ||
            std::chrono::steady_clock::now() >= end) {
            return found;
        }
        std::this_thread::sleep_for(poll_interval);
    }
}

/// Errors: why the node does not take it.
Outcome<client::Submitted> submit(const client::NodeClient& node, const chain::TxRaw& tx) {
    const Bytes bytes = chain::encode_tx_raw(tx);
    const auto submitted = node.broadcast(bytes);
    if (!submitted) {
        if (submitted.error().message().contains("already exists in cache")) {
            const std::string known = to_hex_upper(chain::tx_hash(bytes));
            return std::unexpected(Complaint(
                Exit::failed,
                "already_sent",
                "the node has this very transaction already: " + known,
                fmt::format(
                    "look with `steelyard query tx {}`; the same once more can be sent when it is "
                    "committed",
                    known
                )
            ));
        }
        return std::unexpected(of_node(submitted.error()));
    }
    if (submitted->code != 0) {
        return std::unexpected(of_tx(submitted->codespace, submitted->code, submitted->log));
    }
    return *submitted;
}

/// Errors: not committed in time, or failed.
Outcome<client::FoundTx> await(
    const client::NodeClient& node, const chain::Hash256& hash, std::chrono::seconds patience
) {
    auto found = wait_for(node, hash, patience);
    const std::string name = to_hex_upper(hash);
    if (!found) {
        if (found.error().code() == ErrorCode::not_found) {
            return std::unexpected(Complaint(
                Exit::timeout,
                "not_committed",
                fmt::format("{} was not committed within {} s", name, patience.count()),
                fmt::format("it may still be; look with `steelyard query tx {}`", name)
            ));
        }
        return std::unexpected(of_node(found.error()));
    }
    if (found->result.code != 0) {
        Complaint failed = of_tx(found->result.codespace, found->result.code, found->result.log);
        failed.message =
            fmt::format("{} failed in block {}: {}", name, found->height, failed.message);
        return std::unexpected(std::move(failed));
    }
    return *std::move(found);
}

}  // namespace

std::string describe(const tx::DecodedTx& tx) {
    std::string out;
    for (const tx::PackedMessage& message : tx.messages) {
        out += message_text(message);
    }
    Fields fields = {
        {"fee", client::show(tx.fee.amount)},
        {"gas", grouped(tx.fee.gas_limit)},
    };
    if (!tx.memo.empty()) {
        fields.emplace_back("note", tx.memo);
    }
    if (tx.timeout_height != 0) {
        fields.emplace_back("not after block", grouped(tx.timeout_height));
    }
    return out + fields_text(fields);
}

Outcome<client::FoundTx> commit_tx(
    const client::NodeClient& node, const chain::TxRaw& tx, std::chrono::seconds patience
) {
    TRY_ASSIGN(const client::Submitted submitted, submit(node, tx));
    return await(node, submitted.hash, patience);
}

Outcome<Exit> send_tx(
    const Context& context,
    const client::NodeClient& node,
    const TxOptions& options,
    const chain::TxRaw& tx
) {
    if (options.wait_seconds == 0) {
        TRY_ASSIGN(const client::Submitted submitted, submit(node, tx));
        const std::string hash = to_hex_upper(submitted.hash);
        print(context.json() ? fields_json({{"txhash", hash}}) : fields_text({{"hash", hash}}));
        return Exit::ok;
    }
    TRY_ASSIGN(const auto found, commit_tx(node, tx, std::chrono::seconds(options.wait_seconds)));
    print(report_of(context, found));
    return Exit::ok;
}

std::string report_of(const Context& context, const client::FoundTx& found) {
    if (context.json()) {
        return json_of(response_of(found));
    }
    Fields fields = {
        {"hash", to_hex_upper(found.hash)},
        {"block", grouped(static_cast<std::uint64_t>(found.height.value()))},
        {"result",
         found.result.code == 0
             ? "ok"
             : fmt::format(
                   "failed: {} ({} {})", found.result.log, found.result.codespace, found.result.code
               )},
        {"gas",
         fmt::format(
             "{} of {}",
             grouped(static_cast<std::uint64_t>(found.result.gas_used)),
             grouped(static_cast<std::uint64_t>(found.result.gas_wanted))
         )},
    };
    std::string out = fields_text(fields);
    if (const auto decoded = tx::decode_tx(found.tx)) {
        out += describe(*decoded);
    }
    return out + responses_text(found.result.data);
}

}  // namespace steelyard::wallet
