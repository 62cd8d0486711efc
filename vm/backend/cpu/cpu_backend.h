// The processor's backend: kernels of the instruction set that the machine has.
#pragma once

#include "base/result.h"
#include "vm/backend/backend.h"

namespace steelyard::vm::cpu {

/// The sets that kernels are built for, from the slowest to the fastest. `avx512` has VNNI kernels
/// besides, where the machine has them, unless `avx512_no_vnni` is asked for.
enum class Isa : std::uint8_t { scalar, scalar_soft_fma, avx2, avx512_no_vnni, avx512 };

std::string_view to_string(Isa isa);
bool is_available(Isa isa);
Isa best_isa();

/// The set of a name, as the environment variable STEELYARD_ISA gives it. Errors: no such name, or
/// this machine has not got it.
Result<Isa> isa_from_name(std::string_view name);

/// Runs an operator with the fastest kernel that there is for it, else by the reference.
/// CHECKed: is_available(isa).
std::unique_ptr<Backend> make_cpu_backend(Isa isa);

}  // namespace steelyard::vm::cpu
