// Receipts and headers from files: what reads is bounded and is judged without a crash; what
// verifies under its own header says what its records say.
#include "base/check.h"
#include "client/receipt.h"
#include "steelyard/market/v1/receipt.pb.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text(ByteView(data, size));
    if (const auto header = client::parse_trusted_header(text); !header) {
        CHECK(!header.error().message().empty());
    }
    const auto receipt = client::parse_receipt(text);
    if (!receipt) {
        CHECK(!receipt.error().message().empty());
        return 0;
    }
    market::v1::Receipt shown;
    const bool is_readable = client::read_receipt(*receipt, shown).has_value();
    const chain::SignedHeader& header = receipt->block.signed_header();
    market::v1::Receipt told;
    if (client::verify_receipt(*receipt, {header.header().height, header.hash()}, told)) {
        CHECK(is_readable);
        CHECK(receipt->claims == market::receipt_json(told));
        CHECK(market::receipt_json(shown) == market::receipt_json(told));
    }
    return 0;
}
