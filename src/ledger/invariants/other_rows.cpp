// I6 of slashing, beacon and proposals.
#include "base/hex.h"
#include "ledger/beacon/beacon.h"
#include "ledger/invariants/stakes.h"
#include "ledger/proposals/proposals.h"
#include "ledger/slashing/slashing.h"

#include <bit>
#include <set>

namespace steelyard::invariants {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;
using ledger::ValidatorNumber;

/// As many bits are set as blocks were missed.
void check_windows(const StateView& state, Findings& findings) {
    std::map<chain::Address, std::int64_t> bits;
    each(state, Store::slashing, 'b', [&](const Record& record) {
        KeyReader reader(record.key);
        const auto address = to_array(reader.bytes(20).first<20>());
        reader.number4();
        for (const std::uint8_t byte : record.value) {
            bits[address] += std::popcount(byte);
        }
    });
    sure(slashing::walk_signing_infos(
        state,
        [&](const chain::Address& address, const slashing::SigningInfo& info) -> Outcome<bool> {
            findings.expect(
                bits[address] == info.missed,
                "I6",
                "{} has missed {} blocks, and {} bits are set",
                to_hex(address),
                info.missed,
                bits[address]
            );
            bits.erase(address);
            return true;
        }
    ));
    for (const auto& [address, count] : bits) {
        findings.expect(false, "I6", "{} bits of {} have no record", count, to_hex(address));
    }
}

void check_signers(const StateView& state, const Stakes& stakes, Findings& findings) {
    for (const auto& [number, member] : stakes.members) {
        const auto info =
            sure(slashing::signing_info(state, member.validator.consensus_key->address()));
        findings.expect(
            info || member.validator.status != staking::Status::bonded,
            "I6",
            "the signatures of validator {} are not watched",
            static_cast<std::uint32_t>(number)
        );
        findings.expect(
            !info || !info->tombstoned || member.validator.jailed,
            "I6",
            "validator {} is tombstoned, and not jailed",
            static_cast<std::uint32_t>(number)
        );
    }
}

/// Keys are their validator's, for ever.
void check_keys(const StateView& state, const Stakes& stakes, Findings& findings) {
    each(state, Store::beacon, 'k', [&](const Record& record) {
        const ValidatorNumber number = KeyReader(record.key).validator();
        const beacon::Keys keys = sure(beacon::keys_of(state, number));
        findings.expect(
            stakes.members.contains(number),
            "I6",
            "validator {} has beacon keys, and is not there",
            static_cast<std::uint32_t>(number)
        );
        for (const auto& key : {keys.current, keys.next}) {
            const bool is_used =
                !key || sure(state.contains(Store::beacon, Key('u') << ByteView(*key)));
            findings.expect(
                is_used,
                "I6",
                "a beacon key of validator {} is not marked as used",
                static_cast<std::uint32_t>(number)
            );
        }
    });
    const beacon::Latest latest = sure(beacon::latest(state));
    findings.expect(
        sure(beacon::value_at(state, latest.height)) == latest.value,
        "I6",
        "the beacon's last value, of height {}, is not among its values",
        latest.height
    );
}

void check_proposals(const StateView& state, Findings& findings) {
    std::set<std::uint64_t> open;
    std::set<ValidatorNumber> proposers;
    sure(proposals::walk_proposals(state, [&](const proposals::Proposal& one) -> Outcome<bool> {
        open.insert(one.id);
        findings.expect(
            proposers.insert(one.proposer).second,
            "I6",
            "validator {} has two open proposals",
            static_cast<std::uint32_t>(one.proposer)
        );
        return true;
    }));
    findings.expect(open.size() <= proposals::open_max, "I6", "{} proposals are open", open.size());
    each(state, Store::params, 'a', [&](const Record& record) {
        KeyReader reader(record.key);
        const std::uint64_t id = reader.number8();
        const ValidatorNumber number = reader.validator();
        findings.expect(
            open.contains(id),
            "I6",
            "validator {} approves of proposal {}, which is not open",
            static_cast<std::uint32_t>(number),
            id
        );
    });
}

}  // namespace

void check_other_rows(const StateView& state, const Stakes& stakes, Findings& findings) {
    check_windows(state, findings);
    check_signers(state, stakes, findings);
    check_keys(state, stakes, findings);
    check_proposals(state, findings);
}

}  // namespace steelyard::invariants
