// Amounts as people write them: what is read keeps its value.
#include "base/check.h"
#include "client/money.h"

using namespace steelyard;
using namespace steelyard::client;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = as_text({data, size});
    if (const auto coin = parse_money(text)) {
        CHECK(parse_money(to_string(*coin)) == coin);
        std::string shown = show(*coin);
        shown.erase(shown.find(' '), 1);
        CHECK(parse_money(shown) == coin);
    }
    if (const auto coins = parse_moneys(text)) {
        CHECK(parse_moneys(to_string(*coins)) == coins);
    }
    if (const auto price = parse_gas_price(text)) {
        (void)fee_of(*price, size);
    }
    return 0;
}
