// Programs of the VM: every input that is accepted is the encoding of what it is read as.
#include "tests/support/fuzz_one_encoding.h"
#include "vm/program/encoding.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return test::fuzz_one_encoding({data, size}, vm::decode_program, vm::encode_program);
}
