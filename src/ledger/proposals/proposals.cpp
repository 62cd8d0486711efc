#include "ledger/proposals/proposals.h"

#include "base/check.h"
#include "base/hex.h"
#include "base/protowire.h"
#include "crypto/sha256.h"
#include "ledger/proposals/kinds.h"
#include "ledger/state/values.h"

#include <algorithm>

namespace steelyard::proposals {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::refuse;
using ledger::Store;
using staking::Member;

constexpr ByteArray<1> present = {1};

Key next_key() {
    return Key('c');
}

Key proposal_key(std::uint64_t id) {
    return Key('q') << id;
}

Key approvals_key(std::uint64_t id) {
    return Key('a') << id;
}

Key approval_key(std::uint64_t id, ValidatorNumber validator) {
    return approvals_key(id) << validator;
}

Bytes id_bytes(std::uint64_t id) {
    const Bytes key = (Key('-') << id).bytes();
    return to_bytes(ByteView(key).subspan(1));
}

std::uint64_t read_id(ByteView bytes) {
    Bytes key = {'-'};
    append(key, bytes);
    return KeyReader(key).number8();
}

/// What cannot be read is a bug: the records are our own.
Proposal read_proposal(std::uint64_t id, ByteView bytes) {
    Result<Proposal> proposal = decode_proposal(bytes);
    CHECK(proposal.has_value());
    proposal->id = id;
    return *std::move(proposal);
}

Outcome<std::vector<Proposal>> open_proposals(const StateView& state) {
    std::vector<Proposal> open;
    TRY(walk_proposals(state, [&](const Proposal& proposal) -> Outcome<bool> {
        open.push_back(proposal);
        return true;
    }));
    return open;
}

/// The operator's validator, which must be in the active set.
Outcome<ValidatorNumber> active_validator(
    const StateView& state, const chain::Address& operator_address
) {
    const std::string name = ledger::operator_text(operator_address);
    TRY_ASSIGN(
        const std::optional<Member> member, staking::find_by_operator(state, operator_address)
    );
    if (!member) {
        return refuse(kinds::not_active, "{} operates no validator", name);
    }
    TRY_ASSIGN(const std::int64_t power, staking::active_power(state, member->number));
    if (power == 0) {
        return refuse(kinds::not_active, "{} has no power", name);
    }
    return member->number;
}

Outcome<std::uint64_t> take_id(StateView& state) {
    TRY_ASSIGN(const auto bytes, state.get(Store::params, next_key()));
    const std::uint64_t id = bytes ? read_id(*bytes) : 1;
    TRY(state.put(Store::params, next_key(), id_bytes(id + 1)));
    return id;
}

Outcome<void> forget(StateView& state, std::uint64_t id) {
    TRY(state.erase(Store::params, proposal_key(id)));
    return state.walk(Store::params, approvals_key(id), [&](const Record& record) -> Outcome<bool> {
        TRY(state.erase(Store::params, record.key));
        return true;
    });
}

using Powers = std::vector<std::pair<ValidatorNumber, std::int64_t>>;

/// Whether those that have approved have more than 2/3 of the power.
Outcome<bool> has_quorum(const StateView& state, std::uint64_t id, const Powers& active) {
    TRY_ASSIGN(const std::vector<ValidatorNumber> approving, approvals(state, id));
    Int128 all = 0;
    Int128 in_favour = 0;
    for (const auto& [validator, power] : active) {
        all += power;
        in_favour += std::ranges::binary_search(approving, validator) ? power : 0;
    }
    return 3 * in_favour > 2 * all;
}

void note(Context& context, std::string type, std::uint64_t id) {
    context.events.push_back(
        ledger::make_event(std::move(type), {{"proposal_id", fmt::format("{}", id)}})
    );
}

}  // namespace

crypto::Hash256 hash_of(ByteView params) {
    return crypto::sha256(params);
}

Outcome<std::uint64_t> propose(
    Context& context, const chain::Address& operator_address, ByteView params
) {
    StateView& state = context.state;
    TRY_ASSIGN(const ValidatorNumber proposer, active_validator(state, operator_address));
    TRY(or_refuse(kinds::bad_params, ledger::decode_params(params)));
    TRY_ASSIGN(const std::vector<Proposal> open, open_proposals(state));
    const auto own = std::ranges::find(open, proposer, &Proposal::proposer);
    if (own != open.end()) {
        return refuse(kinds::one_is_open, "number {} goes at height {}", own->id, own->last);
    }
    if (open.size() >= open_max) {
        return refuse(kinds::too_many, "{} are open", open.size());
    }
    TRY_ASSIGN(const std::uint64_t id, take_id(state));
    const chain::Height now = context.block.height;
    const Proposal proposal{
        .proposer = proposer,
        .submitted = now,
        .last = chain::Height(now.value() + lifetime_blocks),
        .params = to_bytes(params),
    };
    TRY(state.put(Store::params, proposal_key(id), encode_proposal(proposal)));
    TRY(state.put(Store::params, approval_key(id, proposer), present));
    context.events.push_back(ledger::make_event(
        "propose_params",
        {{"proposal_id", fmt::format("{}", id)},
         {"validator", ledger::operator_text(operator_address)},
         {"params_hash", to_hex_upper(hash_of(params))}}
    ));
    return id;
}

Outcome<void> approve(
    Context& context, const chain::Address& operator_address, std::uint64_t id, ByteView params_hash
) {
    StateView& state = context.state;
    TRY_ASSIGN(const ValidatorNumber validator, active_validator(state, operator_address));
    TRY_ASSIGN(const auto bytes, state.get(Store::params, proposal_key(id)));
    if (!bytes) {
        return refuse(kinds::no_proposal, "number {} is not open", id);
    }
    const crypto::Hash256 hash = hash_of(read_proposal(id, *bytes).params);
    if (!equal(hash, params_hash)) {
        return refuse(kinds::other_hash, "number {} has {}", id, to_hex_upper(hash));
    }
    const Key approval = approval_key(id, validator);
    TRY_ASSIGN(const bool approved, state.contains(Store::params, approval));
    if (approved) {
        return refuse(kinds::approved_before, "number {}", id);
    }
    TRY(state.put(Store::params, approval, present));
    context.events.push_back(ledger::make_event(
        "approve_params",
        {{"proposal_id", fmt::format("{}", id)},
         {"validator", ledger::operator_text(operator_address)}}
    ));
    return {};
}

Outcome<std::optional<ledger::Params>> end_block(Context& context) {
    StateView& state = context.state;
    TRY_ASSIGN(const std::vector<Proposal> open, open_proposals(state));
    if (open.empty()) {
        return std::nullopt;
    }
    TRY_ASSIGN(const Powers active, staking::active_set(state));
    std::optional<ledger::Params> effective;
    for (const Proposal& proposal : open) {
        TRY_ASSIGN(const bool passes, has_quorum(state, proposal.id, active));
        if (!passes && proposal.last > context.block.height) {
            continue;
        }
        // What was valid may not be so for newer software.
        if (auto params = ledger::decode_params(proposal.params); passes && params) {
            effective = *std::move(params);
            note(context, "change_params", proposal.id);
        } else {
            note(context, "expire_params", proposal.id);
        }
        TRY(forget(state, proposal.id));
    }
    return effective;
}

Outcome<void> walk_proposals(
    const StateView& state, const std::function<Outcome<bool>(const Proposal&)>& visit
) {
    return state.walk(Store::params, Key('q'), [&](const Record& record) -> Outcome<bool> {
        return visit(read_proposal(KeyReader(record.key).number8(), record.value));
    });
}

Outcome<std::vector<ValidatorNumber>> approvals(const StateView& state, std::uint64_t id) {
    std::vector<ValidatorNumber> approving;
    TRY(state.walk(Store::params, approvals_key(id), [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        reader.number8();
        approving.push_back(reader.validator());
        return true;
    }));
    return approving;
}

Bytes encode_proposal(const Proposal& proposal) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint32_t>(proposal.proposer));
    writer.int64(2, proposal.submitted.value());
    writer.int64(3, proposal.last.value());
    writer.bytes(4, proposal.params);
    return std::move(writer).take();
}

Result<Proposal> decode_proposal(ByteView bytes) {
    Proposal proposal;
    ProtoReader reader("Proposal", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                proposal.proposer = ValidatorNumber{reader.uint32("proposer")};
                break;
            case 2:
                proposal.submitted =
                    reader.nested("submitted", chain::Height::parse(reader.int64("submitted")));
                break;
            case 3:
                proposal.last = reader.nested("last", chain::Height::parse(reader.int64("last")));
                break;
            case 4:
                proposal.params = to_bytes(reader.bytes("params", bytes.size()));
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return proposal;
}

}  // namespace steelyard::proposals
