// Instruments: classes of workers, and programs.
#pragma once

#include "market/records/ids.h"

namespace steelyard::market {

enum class WorkerKind : std::uint8_t {
    cpu = 1,
    gpu = 2,
};

inline constexpr std::size_t class_name_size_max = 64;
inline constexpr std::size_t region_size_max = 32;

/// What a worker must be. Self-declared.
struct Class {
    std::string name{};  ///< lower-case letters, digits, ".-"; unique
    WorkerKind kind = WorkerKind::cpu;
    std::uint64_t vram_floor_bytes = 0;
    WorkUnits wu_per_second_floor = 1;  ///< at least 1
    std::string region{};               ///< empty: anywhere
    std::uint8_t trust = 0;

    bool operator==(const Class&) const = default;
};

/// Whether a worker of `worker` may serve a book of `wanted`.
bool may_serve(const Class& worker, const Class& wanted);

/// What checking a program showed, which every rule but the verifier's works with.
struct ProgramFacts {
    WorkUnits work_units = 0;
    std::uint64_t steps = 0;
    std::uint32_t inputs = 0;
    std::uint32_t outputs = 0;
    std::uint64_t input_bytes = 0;
    std::uint64_t output_bytes = 0;

    /// The most that a proof of one challenge takes, and pays: reading the program included.
    std::uint64_t proof_bytes = 0;
    std::uint64_t proof_gas = 0;

    bool operator==(const ProgramFacts&) const = default;
};

struct Program {
    AccountNumber owner{};
    Money deposit = 0;
    Height registered{};
    std::uint64_t uses = 0;  ///< orders that name it and are not final
    ProgramFacts facts{};

    bool operator==(const Program&) const = default;
};

inline constexpr std::size_t program_bytes_max = 256 * 1024;
inline constexpr std::size_t program_nodes_max = 1 << 14;

/// Verification gas of reading and checking a program anew, as whoever judges a proof may have to
/// (K3): 3 for 4 bytes, rounded up.
constexpr std::uint64_t gas_of_reading(std::size_t program_bytes) {
    return (3 * std::uint64_t{program_bytes} + 3) / 4;
}

// Records. Numbers of classes count from 1.
Outcome<std::optional<Class>> get_class(const StateView& state, ClassId id);
Outcome<std::optional<ClassId>> find_class(const StateView& state, std::string_view name);
Outcome<ClassId> add_class(StateView& state, const Class& added);  ///< the name is free (CHECKed)
Outcome<void> walk_classes(
    const StateView& state,
    ClassId from,
    const std::function<Outcome<bool>(ClassId, const Class&)>& visit
);

Outcome<std::optional<Program>> get_program(const StateView& state, const Hash256& id);
Outcome<void> put_program(StateView& state, const Hash256& id, const Program& program);
Outcome<void> erase_program(StateView& state, const Hash256& id);  ///< its bytes too
Outcome<void> walk_programs(
    const StateView& state,
    const Hash256& from,
    const std::function<Outcome<bool>(const Hash256&, const Program&)>& visit
);

/// The bytes, of a program that is registered (CHECKed). No gas: what a program's size costs is
/// paid where it is asked for.
Bytes program_bytes(const StateView& state, const Hash256& id);
std::size_t program_size(const StateView& state, const Hash256& id);  ///< of the same, so too
Outcome<void> put_program_bytes(StateView& state, const Hash256& id, ByteView bytes);

Bytes encode_class(const Class& value);
Result<Class> decode_class(ByteView bytes);
Bytes encode_program_record(const Program& program);
Result<Program> decode_program_record(ByteView bytes);

}  // namespace steelyard::market
