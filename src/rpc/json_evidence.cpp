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
    TRY_ASSIGN(const std::int64_t height, node.number("height"));
    TRY_ASSIGN(vote.height, chain::Height::parse(height));
    TRY_ASSIGN(const std::int64_t round, node.number("round"));
    if (round < 0 || round > chain::Round::foreign_max) {
        return node.refuse("round", "is not a round");
    }
    vote.round = chain::Round(static_cast<std::int32_t>(round));
    TRY_ASSIGN(const Node block_id, node.object("block_id"));
    TRY_ASSIGN(vote.block_id, read_block_id(block_id));
    TRY_ASSIGN(vote.timestamp, node.time("timestamp"));
    TRY(node.hex("validator_address", vote.validator_address));
    TRY_ASSIGN(const std::int64_t index, node.number("validator_index"));
    if (index < 0 || index > std::numeric_limits<std::int32_t>::max()) {
        return node.refuse("validator_index", "is not an index");
    }
    vote.validator_index = static_cast<chain::ValidatorIndex>(index);
    TRY_ASSIGN(const Bytes signature, node.base64("signature"));
    if (signature.size() != vote.signature.size()) {
        return node.refuse("signature", "is not 64 bytes long");
    }
    std::ranges::copy(signature, vote.signature.begin());
    return vote;
}

}  // namespace

Result<chain::Evidence> read_evidence(std::string_view json) {
    const Node root{"evidence", json};
    TRY_ASSIGN(const std::string type, root.text("type"));
    if (type != "tendermint/DuplicateVoteEvidence") {
        return fail(
            ErrorCode::unsupported,
            "evidence.type: \"{}\" is not taken, only tendermint/DuplicateVoteEvidence is",
            type
        );
    }
    TRY_ASSIGN(const Node value, root.object("value"));
    chain::DuplicateVoteEvidence evidence;
    TRY_ASSIGN(const Node vote_a, value.object("vote_a"));
    TRY_ASSIGN(evidence.vote_a, read_vote(vote_a));
    TRY_ASSIGN(const Node vote_b, value.object("vote_b"));
    TRY_ASSIGN(evidence.vote_b, read_vote(vote_b));
    TRY_ASSIGN(evidence.total_voting_power, value.number("TotalVotingPower"));
    TRY_ASSIGN(evidence.validator_power, value.number("ValidatorPower"));
    TRY_ASSIGN(evidence.timestamp, value.time("Timestamp"));
    if (const auto valid = chain::validate(chain::Evidence(evidence)); !valid) {
        return invalid("evidence.ValidateBasic() failed: {}", valid.error().message());
    }
    return evidence;
}

}  // namespace steelyard::rpc
