// SVM1: the one encoding of a program (doc/spec/vm.md, section 3).
#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "vm/program/program.h"

namespace steelyard::vm {

/// What every program begins with (S1).
constexpr std::string_view program_magic = "SVM1";

/// Errors: a count, name, tensor or size that the format has no room for (S4); says nothing of
/// types and wiring. What is decoded has passed it.
Result<void> check_format(const Program& program);

/// The canonical bytes of a program that passes `check_format` (CHECKed).
Bytes encode_program(const Program& program);

/// As many bytes as `encode_program` gives, for any program.
std::uint64_t encoded_size(const Program& program);

/// Errors: anything but the canonical bytes of one program: what is wrong, and at which offset.
/// Nothing is allocated that the bytes do not pay for. Says nothing of types and wiring.
Result<Program> decode_program(ByteView bytes);

/// BLAKE3 of the canonical bytes.
crypto::Hash256 program_id(ByteView encoded);

}  // namespace steelyard::vm
