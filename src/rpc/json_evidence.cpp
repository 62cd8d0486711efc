#include "rpc/json_evidence.h"

#include "base/base64.h"
#include "base/hex.h"
#include "rpc/json_reader.h"

#include <charconv>

namespace steelyard::rpc {
namespace {

/// An object of the document, and where it stands.
struct Node {
    std::string_view name;
    std::string_view json;

    std::unexpected<Error> refuse(std::string_view member, std::string_view why) const {
        return invalid("{}.{}: {}", name, member, why);
    }

    Result<std::string_view> at(std::string_view member) const {
        if (json_kind(json) != JsonKind::object) {
            return invalid("{}: is not an object", name);
        }
        const auto value = json_member(json, member);
        if (!value) {
            return refuse(member, "is missing");
        }
        return *value;
    }

    /// The elements of a list, each named as the list.
    Result<std::vector<Node>> list(std::string_view member, std::size_t count_max) const {
        TRY_ASSIGN(const auto value, at(member));
        std::vector<Node> out;
        if (json_kind(value) == JsonKind::null) {
            return out;
        }
        if (json_kind(value) != JsonKind::array) {
            return refuse(member, "is not an array");
        }
        for (JsonWalker walker(value); walker.next();) {
            if (out.size() == count_max) {
                return refuse(member, fmt::format("has more than {} elements", count_max));
            }
            out.push_back({member, walker.value()});
        }
        return out;
    }

    Result<Node> object(std::string_view member) const {
        TRY_ASSIGN(const auto value, at(member));
        return Node{member, value};
    }

    Result<std::string> text(std::string_view member) const {
        TRY_ASSIGN(const auto value, at(member));
        if (json_kind(value) != JsonKind::string) {
            return refuse(member, "is not a string");
        }
        return json_unquote(value);
    }

    /// A number, bare or in a string.
    Result<std::int64_t> number(std::string_view member) const {
        TRY_ASSIGN(const auto value, at(member));
        const std::string digits =
            json_kind(value) == JsonKind::string ? json_unquote(value) : std::string(value);
        std::int64_t number = 0;
        const char* const end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, number);
        if (parsed.ec != std::errc() || parsed.ptr != end) {
            return refuse(member, "is not a number");
        }
        return number;
    }

    Result<chain::Timestamp> time(std::string_view member) const {
        TRY_ASSIGN(const std::string value, text(member));
        auto time = chain::Timestamp::parse(value);
        if (!time) {
            return refuse(member, time.error().message());
        }
        return *time;
    }

    Result<void> hex(std::string_view member, std::span<std::uint8_t> out) const {
        TRY_ASSIGN(const std::string value, text(member));
        if (!from_hex(value, out)) {
            return refuse(member, "is not a hash");
        }
        return {};
    }

    /// Nothing where it is null.
    Result<Bytes> base64(std::string_view member) const {
        TRY_ASSIGN(const auto value, at(member));
        if (json_kind(value) == JsonKind::null) {
            return Bytes();
        }
        TRY_ASSIGN(const std::string encoded, text(member));
        auto bytes = from_base64(encoded);
        if (!bytes) {
            return refuse(member, "is not base64");
        }
        return *std::move(bytes);
    }

    bool has(std::string_view member) const { return json_member(json, member).has_value(); }

    Result<chain::Height> height(std::string_view member) const {
        TRY_ASSIGN(const std::int64_t value, number(member));
        auto height = chain::Height::parse(value);
        if (!height) {
            return refuse(member, height.error().message());
        }
        return height;
    }

    Result<chain::Round> round(std::string_view member) const {
        TRY_ASSIGN(const std::int64_t value, number(member));
        if (value < 0 || value > chain::Round::foreign_max) {
            return refuse(member, "is not a round");
        }
        return chain::Round(static_cast<std::int32_t>(value));
    }

    Result<chain::Signature> signature(std::string_view member) const {
        TRY_ASSIGN(const Bytes bytes, base64(member));
        chain::Signature signature;
        if (bytes.size() != signature.size()) {
            return refuse(member, "is not 64 bytes long");
        }
        std::ranges::copy(bytes, signature.begin());
        return signature;
    }
};

Result<std::optional<chain::BlockId>> read_block_id(const Node& node) {
    TRY_ASSIGN(const std::string hash, node.text("hash"));
    if (hash.empty()) {
        return std::nullopt;
    }
    chain::BlockId id;
    TRY(node.hex("hash", id.hash));
    TRY_ASSIGN(const Node parts, node.object("parts"));
    TRY_ASSIGN(const std::int64_t total, parts.number("total"));
    if (total < 1 || total > std::numeric_limits<std::uint32_t>::max()) {
        return parts.refuse("total", "is not a count of parts");
    }
    id.parts.total = static_cast<std::uint32_t>(total);
    TRY(parts.hex("hash", id.parts.hash));
    return id;
}

Result<chain::Vote> read_vote(const Node& node) {
    chain::Vote vote;
    TRY_ASSIGN(const std::int64_t type, node.number("type"));
    if (type != 1 && type != 2) {
        return node.refuse("type", "is neither prevote nor precommit");
    }
    vote.type = static_cast<chain::SignedMsgType>(type);
    TRY_ASSIGN(vote.height, node.height("height"));
    TRY_ASSIGN(vote.round, node.round("round"));
    TRY_ASSIGN(const Node block_id, node.object("block_id"));
    TRY_ASSIGN(vote.block_id, read_block_id(block_id));
    TRY_ASSIGN(vote.timestamp, node.time("timestamp"));
    TRY(node.hex("validator_address", vote.validator_address));
    TRY_ASSIGN(const std::int64_t index, node.number("validator_index"));
    if (index < 0 || index > std::numeric_limits<std::int32_t>::max()) {
        return node.refuse("validator_index", "is not an index");
    }
    vote.validator_index = static_cast<chain::ValidatorIndex>(index);
    TRY_ASSIGN(vote.signature, node.signature("signature"));
    if (node.has("extension")) {
        TRY_ASSIGN(vote.extension, node.base64("extension"));
    }
    if (node.has("extension_signature")) {
        TRY_ASSIGN(vote.extension_signature, node.base64("extension_signature"));
    }
    return vote;
}

Result<void> read_hashes(const Node& node, chain::Header& header) {
    TRY(node.hex("last_commit_hash", header.last_commit_hash));
    TRY(node.hex("data_hash", header.data_hash));
    TRY(node.hex("validators_hash", header.validators_hash));
    TRY(node.hex("next_validators_hash", header.next_validators_hash));
    TRY(node.hex("consensus_hash", header.consensus_hash));
    TRY_ASSIGN(const std::string encoded, node.text("app_hash"));
    const auto app_hash = from_hex(encoded);
    if (!app_hash) {
        return node.refuse("app_hash", "is not hexadecimal");
    }
    TRY_ASSIGN(header.app_hash, chain::AppHash::parse(*app_hash));
    TRY(node.hex("last_results_hash", header.last_results_hash));
    TRY(node.hex("evidence_hash", header.evidence_hash));
    return {};
}

Result<chain::Header> read_header(const Node& node) {
    chain::Header header;
    TRY_ASSIGN(const Node version, node.object("version"));
    TRY_ASSIGN(const std::int64_t block, version.number("block"));
    if (std::cmp_not_equal(block, chain::block_protocol)) {
        return version.refuse("block", fmt::format("is {}, not {}", block, chain::block_protocol));
    }
    if (version.has("app")) {
        TRY_ASSIGN(const std::int64_t app, version.number("app"));
        if (app < 0) {
            return version.refuse("app", "is negative");
        }
        header.version.app = static_cast<std::uint64_t>(app);
    }
    TRY_ASSIGN(const std::string chain_id, node.text("chain_id"));
    TRY_ASSIGN(header.chain_id, chain::ChainId::parse(chain_id));
    TRY_ASSIGN(header.height, node.height("height"));
    TRY_ASSIGN(header.time, node.time("time"));
    TRY_ASSIGN(const Node last_block_id, node.object("last_block_id"));
    TRY_ASSIGN(header.last_block_id, read_block_id(last_block_id));
    TRY(read_hashes(node, header));
    TRY(node.hex("proposer_address", header.proposer_address));
    return header;
}

Result<chain::CommitSig> read_commit_sig(const Node& node) {
    TRY_ASSIGN(const std::int64_t flag, node.number("block_id_flag"));
    if (flag == static_cast<std::int64_t>(chain::BlockIdFlag::absent)) {
        return chain::CommitSig();
    }
    if (flag != static_cast<std::int64_t>(chain::BlockIdFlag::commit) &&
        flag != static_cast<std::int64_t>(chain::BlockIdFlag::nil)) {
        return node.refuse("block_id_flag", "is none of 1, 2 and 3");
    }
    chain::Address address;
    TRY(node.hex("validator_address", address));
    TRY_ASSIGN(const chain::Timestamp time, node.time("timestamp"));
    TRY_ASSIGN(const chain::Signature signature, node.signature("signature"));
    return chain::CommitSig(static_cast<chain::BlockIdFlag>(flag), address, time, signature);
}

Result<chain::Commit> read_commit(const Node& node) {
    TRY_ASSIGN(const chain::Height height, node.height("height"));
    TRY_ASSIGN(const chain::Round round, node.round("round"));
    TRY_ASSIGN(const Node id_node, node.object("block_id"));
    TRY_ASSIGN(const auto id, read_block_id(id_node));
    if (!id) {
        return node.refuse("block_id", "names no block");
    }
    TRY_ASSIGN(const auto list, node.list("signatures", chain::validators_max));
    std::vector<chain::CommitSig> signatures;
    signatures.reserve(list.size());
    for (const Node& element : list) {
        TRY_ASSIGN(auto signature, read_commit_sig(element));
        signatures.push_back(signature);
    }
    return chain::Commit::make(height, round, *id, std::move(signatures));
}

Result<crypto::PublicKey> read_public_key(const Node& node) {
    TRY_ASSIGN(const std::string name, node.text("type"));
    TRY_ASSIGN(const Bytes bytes, node.base64("value"));
    for (const auto type : {crypto::KeyType::ed25519, crypto::KeyType::secp256k1}) {
        if (name == crypto::public_key_json_type(type)) {
            return crypto::PublicKey::parse(type, bytes);
        }
    }
    return node.refuse("type", fmt::format("\"{}\" is no key of a validator", name));
}

Result<chain::Validator> read_validator(const Node& node) {
    TRY_ASSIGN(const Node key_node, node.object("pub_key"));
    TRY_ASSIGN(const crypto::PublicKey key, read_public_key(key_node));
    chain::Address address;
    TRY(node.hex("address", address));
    if (address != key.address()) {
        return node.refuse("address", "is not that of the key");
    }
    TRY_ASSIGN(const std::int64_t power, node.number("voting_power"));
    if (power < 1 || power > chain::total_voting_power_max) {
        return node.refuse("voting_power", "is out of range");
    }
    chain::Validator validator(key, power);
    if (node.has("proposer_priority")) {
        TRY_ASSIGN(const std::int64_t priority, node.number("proposer_priority"));
        validator.set_proposer_priority(priority);
    }
    return validator;
}

Result<std::vector<chain::Validator>> read_validators(const std::vector<Node>& list) {
    std::vector<chain::Validator> out;
    out.reserve(list.size());
    for (const Node& element : list) {
        TRY_ASSIGN(auto validator, read_validator(element));
        out.push_back(std::move(validator));
    }
    return out;
}

Result<chain::ValidatorSet> read_validator_set(const Node& node) {
    TRY_ASSIGN(const auto list, node.list("validators", chain::validators_max));
    TRY_ASSIGN(auto validators, read_validators(list));
    TRY_ASSIGN(const Node proposer_node, node.object("proposer"));
    TRY_ASSIGN(const chain::Validator proposer, read_validator(proposer_node));
    const auto found = std::ranges::find(validators, proposer);
    if (found == validators.end()) {
        return node.refuse("proposer", "is none of the validators");
    }
    const auto index = static_cast<chain::ValidatorIndex>(found - validators.begin());
    return chain::ValidatorSet::restore(std::move(validators), index);
}

Result<chain::LightBlock> read_light_block(const Node& node) {
    TRY_ASSIGN(const Node signed_node, node.object("signed_header"));
    TRY_ASSIGN(const Node header_node, signed_node.object("header"));
    TRY_ASSIGN(auto header, read_header(header_node));
    TRY_ASSIGN(const Node commit_node, signed_node.object("commit"));
    TRY_ASSIGN(auto commit, read_commit(commit_node));
    TRY_ASSIGN(auto signed_header, chain::SignedHeader::make(std::move(header), std::move(commit)));
    TRY_ASSIGN(const Node set_node, node.object("validator_set"));
    TRY_ASSIGN(auto validators, read_validator_set(set_node));
    return chain::LightBlock::make(std::move(signed_header), std::move(validators));
}

Result<chain::Evidence> read_attack(const Node& value) {
    TRY_ASSIGN(const Node block, value.object("ConflictingBlock"));
    TRY_ASSIGN(auto conflicting, read_light_block(block));
    TRY_ASSIGN(const chain::Height common_height, value.height("CommonHeight"));
    TRY_ASSIGN(const auto list, value.list("ByzantineValidators", chain::validators_max));
    TRY_ASSIGN(auto guilty, read_validators(list));
    TRY_ASSIGN(const std::int64_t total, value.number("TotalVotingPower"));
    TRY_ASSIGN(const chain::Timestamp time, value.time("Timestamp"));
    return chain::LightClientAttackEvidence{
        .conflicting_block = std::move(conflicting),
        .common_height = common_height,
        .byzantine_validators = std::move(guilty),
        .total_voting_power = total,
        .timestamp = time,
    };
}

Result<chain::Evidence> read_duplicate_vote(const Node& value) {
    chain::DuplicateVoteEvidence evidence;
    TRY_ASSIGN(const Node vote_a, value.object("vote_a"));
    TRY_ASSIGN(evidence.vote_a, read_vote(vote_a));
    TRY_ASSIGN(const Node vote_b, value.object("vote_b"));
    TRY_ASSIGN(evidence.vote_b, read_vote(vote_b));
    TRY_ASSIGN(evidence.total_voting_power, value.number("TotalVotingPower"));
    TRY_ASSIGN(evidence.validator_power, value.number("ValidatorPower"));
    TRY_ASSIGN(evidence.timestamp, value.time("Timestamp"));
    return evidence;
}

}  // namespace

Result<chain::Evidence> read_evidence(std::string_view json) {
    const Node root{"evidence", json};
    TRY_ASSIGN(const std::string type, root.text("type"));
    const bool is_attack = type == "tendermint/LightClientAttackEvidence";
    if (!is_attack && type != "tendermint/DuplicateVoteEvidence") {
        return fail(
            ErrorCode::unsupported,
            "evidence.type: \"{}\" is not taken, only tendermint/DuplicateVoteEvidence and "
            "tendermint/LightClientAttackEvidence are",
            type
        );
    }
    TRY_ASSIGN(const Node value, root.object("value"));
    TRY_ASSIGN(auto evidence, is_attack ? read_attack(value) : read_duplicate_vote(value));
    const Bytes bytes = chain::encode_evidence(evidence);
    if (const auto valid = chain::decode_evidence(bytes); !valid) {
        return invalid("evidence.ValidateBasic failed: {}", valid.error().message());
    }
    return evidence;
}

}  // namespace steelyard::rpc
