// priv_validator_state.json: what is read says itself what was signed, and prints to the same.
#include "base/check.h"
#include "consensus/engine/sign_state.h"

using namespace steelyard;
using namespace steelyard::engine;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    (void)parse_sign_bytes(input);
    const auto state = parse_sign_state(as_text(input));
    if (!state) {
        CHECK(state.error().code() == ErrorCode::corrupt);
        return 0;
    }
    CHECK(state->last.has_value() == (state->position.step != SignStep::none));
    if (state->last) {
        CHECK(parse_sign_bytes(state->last->bytes).value().position == state->position);
    }
    CHECK(parse_sign_state(print_sign_state(*state)) == *state);
    return 0;
}
