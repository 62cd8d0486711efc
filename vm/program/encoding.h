// SVM1: the one encoding of a program (doc/spec/vm.md, section 3).
#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "vm/program/program.h"

namespace steelyard::vm {

/// The canonical bytes of a program within the format's limits (CHECKed: counts and lengths).
Bytes encode_program(const Program& program);

/// Errors: anything but the canonical bytes of one program: what is wrong, and at which offset.
/// Nothing is allocated that the bytes do not pay for. Says nothing of types and wiring.
Result<Program> decode_program(ByteView bytes);

/// BLAKE3 of the canonical bytes.
crypto::Hash256 program_id(ByteView encoded);

}  // namespace steelyard::vm
