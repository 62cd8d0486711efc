// Records of the ledger: whatever is read is written the same way. The first byte chooses which.
#include "base/check.h"
#include "ledger/auth/accounts.h"
#include "ledger/beacon/beacon.h"
#include "ledger/params/params.h"
#include "ledger/proposals/proposals.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const ByteView bytes(data + 1, size - 1);
    if (data[0] == 'p') {
        if (const auto params = ledger::decode_params(bytes)) {
            CHECK(*ledger::decode_params(ledger::encode_params(*params)) == *params);
        }
    } else if (data[0] == 'k') {
        if (const auto keys = beacon::decode_keys(bytes)) {
            CHECK(equal(beacon::encode_keys(*keys), bytes));
        }
    } else if (data[0] == 'q') {
        if (const auto proposal = proposals::decode_proposal(bytes)) {
            CHECK(equal(proposals::encode_proposal(*proposal), bytes));
        }
    } else if (const auto account = auth::decode_account(bytes)) {
        CHECK(*auth::decode_account(auth::encode_account(*account)) == *account);
    }
    return 0;
}
