// Files of a keyring: what is read is written so that it reads the same.
#include "base/check.h"
#include "client/key_entry.h"

using namespace steelyard;
using namespace steelyard::client;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto entry = parse_key_entry(as_text({data, size}));
    if (!entry) {
        return 0;
    }
    const auto text = print_key_entry(*entry);
    const auto again = parse_key_entry(as_text(text.view()));
    CHECK(again && again->name == entry->name && again->key == entry->key);
    CHECK(again->secret.index() == entry->secret.index());
    return 0;
}
