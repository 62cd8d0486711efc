#include "consensus/engine/sign_state.h"

#include "base/base64.h"
#include "base/checked.h"
#include "base/decimal.h"
#include "base/hex.h"
#include "base/protowire.h"
#include "chain/json_text.h"

#include <algorithm>

namespace steelyard::engine {
namespace {

using chain::JsonKind;
using chain::JsonMember;
using chain::SignedMsgType;

constexpr std::size_t depth_max = 1;

SignStep step_of(std::int32_t type) {
    switch (type) {
        case static_cast<std::int32_t>(SignedMsgType::proposal):
            return SignStep::propose;
        case static_cast<std::int32_t>(SignedMsgType::prevote):
            return SignStep::prevote;
        case static_cast<std::int32_t>(SignedMsgType::precommit):
            return SignStep::precommit;
        default:
            return SignStep::none;
    }
}

/// The fields of CanonicalVote and CanonicalProposal, which agree up to the round. A proposal has
/// one more after it.
void read_field(ProtoReader& reader, SignedMessage& message) {
    const std::uint32_t shift = message.position.step == SignStep::propose ? 1 : 0;
    const std::uint32_t field = reader.field();
    if (field == 1) {
        message.position.step = step_of(reader.int32("type"));
    } else if (field == 2) {
        const std::int64_t height = reader.sfixed64("height");
        message.position.height = reader.nested("height", chain::Height::parse(height));
    } else if (field == 3) {
        const auto round = checked_cast<std::int32_t>(reader.sfixed64("round"));
        message.position.round = reader.nested("round", chain::Round::parse(round.value_or(-1)));
    } else if (shift == 1 && field == 4) {
        reader.int64("pol_round");
    } else if (field == 4 + shift) {
        reader.message("block_id");
    } else if (field == 5 + shift) {
        message.timestamp =
            reader.nested("timestamp", chain::decode_timestamp(reader.message("timestamp")));
    } else if (field == 6 + shift) {
        reader.string("chain_id", chain::ChainId::size_max);
    } else {
        reader.unknown();
    }
}

/// The members of the file, by name.
class Members {
public:
    explicit Members(std::vector<JsonMember> members) : members_(std::move(members)) {}

    Result<void> only(std::initializer_list<std::string_view> names) const {
        for (const JsonMember& member : members_) {
            if (std::ranges::find(names, member.key) == names.end()) {
                return invalid("unknown key {}", chain::json_quote(member.key));
            }
        }
        return {};
    }

    bool has(std::string_view name) const { return find(name) != members_.end(); }

    Result<std::string> text(std::string_view name) const {
        TRY_ASSIGN(const std::string_view value, at(name, JsonKind::string));
        return chain::json_unquote(value);
    }

    Result<Uint128> number(std::string_view name) const {
        TRY_ASSIGN(const std::string_view value, at(name, JsonKind::number));
        return parse_decimal(value);
    }

private:
    std::vector<JsonMember>::const_iterator find(std::string_view name) const {
        return std::ranges::find(members_, name, &JsonMember::key);
    }

    Result<std::string_view> at(std::string_view name, JsonKind kind) const {
        const auto found = find(name);
        if (found == members_.end()) {
            return invalid("{} is missing", name);
        }
        if (chain::json_kind(found->value) != kind) {
            return invalid("{} is of the wrong kind", name);
        }
        return found->value;
    }

    std::vector<JsonMember> members_;
};

Result<SignPosition> read_position(const Members& members) {
    TRY_ASSIGN(const std::string height_text, members.text("height"));
    TRY_ASSIGN(const Uint128 height, parse_decimal(height_text));
    TRY_ASSIGN(const Uint128 round, members.number("round"));
    TRY_ASSIGN(const Uint128 step, members.number("step"));
    SignPosition position;
    TRY_ASSIGN(
        position.height, chain::Height::parse(checked_cast<std::int64_t>(height).value_or(-1))
    );
    TRY_ASSIGN(position.round, chain::Round::parse(checked_cast<std::int32_t>(round).value_or(-1)));
    if (step > static_cast<std::uint8_t>(SignStep::precommit)) {
        return invalid("step is not in 0..3");
    }
    position.step = static_cast<SignStep>(step);
    return position;
}

Result<SignState::Signed> read_signed(const Members& members, const SignPosition& position) {
    TRY_ASSIGN(const std::string signature_text, members.text("signature"));
    TRY_ASSIGN(const std::string bytes_text, members.text("signbytes"));
    TRY_ASSIGN(const Bytes signature, from_base64(signature_text));
    SignState::Signed last;
    if (signature.size() != last.signature.size()) {
        return invalid("signature has {} bytes", signature.size());
    }
    std::ranges::copy(signature, last.signature.begin());
    TRY_ASSIGN(last.bytes, from_hex(bytes_text));
    TRY_ASSIGN(const SignedMessage message, parse_sign_bytes(last.bytes));
    if (message.position != position) {
        return invalid(
            "signbytes are of {}, not of {}", to_string(message.position), to_string(position)
        );
    }
    return last;
}

Result<SignState> read_state(std::string_view text) {
    if (text.size() > sign_state_size_max) {
        return invalid("{} bytes, limit {}", text.size(), sign_state_size_max);
    }
    TRY(chain::check_json(text, depth_max));
    const std::string_view value =
        text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (chain::json_kind(value) != JsonKind::object) {
        return invalid("this is no object");
    }
    const Members members(chain::json_members(value));
    TRY(members.only({"height", "round", "step", "signature", "signbytes"}));
    SignState state;
    TRY_ASSIGN(state.position, read_position(members));
    if (state.position.step != SignStep::none) {
        TRY_ASSIGN(state.last, read_signed(members, state.position));
    } else if (members.has("signature") || members.has("signbytes")) {
        return invalid("step is 0, but something was signed");
    }
    return state;
}

}  // namespace

std::string_view to_string(SignStep step) {
    switch (step) {
        case SignStep::none:
            return "nothing";
        case SignStep::propose:
            return "proposal";
        case SignStep::prevote:
            return "prevote";
        case SignStep::precommit:
            return "precommit";
    }
    CHECK(false);
}

std::string to_string(const SignPosition& position) {
    return fmt::format(
        "height {}, round {}, {}", position.height, position.round, to_string(position.step)
    );
}

std::string print_sign_state(const SignState& state) {
    std::string text = fmt::format(
        "{{\n  \"height\": \"{}\",\n  \"round\": {},\n  \"step\": {}",
        state.position.height,
        state.position.round,
        static_cast<int>(state.position.step)
    );
    if (state.last) {
        text += fmt::format(
            ",\n  \"signature\": \"{}\",\n  \"signbytes\": \"{}\"",
            to_base64(state.last->signature),
            to_hex_upper(state.last->bytes)
        );
    }
    return text + "\n}";
}

Result<SignState> parse_sign_state(std::string_view text) {
    auto state = read_state(text);
    if (!state) {
        return fail(ErrorCode::corrupt, "last sign state: {}", state.error().message());
    }
    return state;
}

Result<SignedMessage> parse_sign_bytes(ByteView bytes) {
    if (bytes.size() > sign_bytes_size_max) {
        return fail(
            ErrorCode::too_large,
            "sign bytes: {} bytes, limit {}",
            bytes.size(),
            sign_bytes_size_max
        );
    }
    TRY_ASSIGN(const std::uint64_t size, take_uvarint(bytes));
    if (size != bytes.size()) {
        return invalid("sign bytes: {} bytes, not {}", bytes.size(), size);
    }
    SignedMessage message;
    ProtoReader reader("sign bytes", bytes);
    while (reader.next()) {
        read_field(reader, message);
    }
    reader.require(1, "type");
    reader.require(2, "height");
    TRY(reader.finish());
    if (message.position.step == SignStep::none) {
        return invalid("sign bytes: of an unknown type");
    }
    return message;
}

}  // namespace steelyard::engine
