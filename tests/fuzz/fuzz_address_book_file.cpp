// The address book's file: whatever it holds, the book keeps its bounds and can be written again.
#include "base/check.h"
#include "p2p/address_book_file.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto stored = p2p::parse_address_book(as_text({data, size}));
    if (!stored) {
        return 0;
    }
    SeededRandom random(1);
    p2p::AddressBook book(false, stored->key.value_or(p2p::BookKey{}), random);
    for (const p2p::KnownAddress& known : stored->addresses) {
        book.restore(known);
    }
    CHECK(book.size() <= stored->addresses.size());
    const auto again = p2p::parse_address_book(print_address_book(book));
    CHECK(again && again->skipped == 0 && again->addresses.size() == book.size());
    return 0;
}
