// I6 of the accounts: numbers and addresses lead to each other.
#include "ledger/auth/accounts.h"
#include "ledger/invariants/findings.h"
#include "ledger/state/values.h"

namespace steelyard::invariants {
namespace {

using ledger::AccountNumber;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

AccountNumber number_of(ByteView value) {
    Bytes key = {'-'};
    append(key, value);
    return KeyReader(key).account();
}

}  // namespace

void check_accounts(const StateView& state, Findings& findings) {
    std::uint64_t count = 0;
    each(state, Store::auth, 'n', [&](const Record& record) {
        const AccountNumber number = KeyReader(record.key).account();
        const auth::Account account = sure(auth::get(state, number));
        const std::string text = ledger::account_text(account.address);
        findings.expect(
            std::uint64_t(number) == count,
            "I6",
            "account {} follows {}",
            std::uint64_t(number),
            count
        );
        findings.expect(
            sure(auth::find(state, account.address)) == number,
            "I6",
            "account {} is not found by its address {}",
            std::uint64_t(number),
            text
        );
        findings.expect(
            !account.key || tx::address_of(*account.key) == account.address,
            "I6",
            "account {} has the key of another address than {}",
            std::uint64_t(number),
            text
        );
        ++count;
    });
    std::uint64_t addresses = 0;
    each(state, Store::auth, 'a', [&](const Record&) { ++addresses; });
    findings.expect(addresses == count, "I6", "{} addresses lead to {} accounts", addresses, count);
    const auto next = sure(state.get(Store::auth, ledger::Key('c')));
    findings.expect(
        next && std::uint64_t(number_of(*next)) == count,
        "I6",
        "{} accounts, but another number comes next",
        count
    );
}

}  // namespace steelyard::invariants
