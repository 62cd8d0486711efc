#include "vm/backend/cpu/cpu_backend.h"

#include "base/check.h"
#include "base/cpu.h"
#include "base/quoted.h"
#include "vm/backend/cpu/bound_kernels.h"
#include "vm/backend/cpu/kernels.h"

#include <array>

namespace steelyard::vm::cpu {

namespace {

struct IsaName {
    Isa isa;
    std::string_view name;
};

constexpr auto isa_names = std::to_array<IsaName>({
    {Isa::scalar, "scalar"},
    {Isa::scalar_soft_fma, "scalar-soft-fma"},
    {Isa::avx2, "avx2"},
    {Isa::avx512_no_vnni, "avx512-no-vnni"},
    {Isa::avx512, "avx512"},
});

class CpuBackend final : public Backend {
public:
    explicit CpuBackend(Isa isa)
        : isa_(isa), reference_(make_reference_backend(isa == Isa::scalar_soft_fma)) {}

    std::string_view name() const override { return to_string(isa_); }

    std::optional<std::uint64_t> run(const NodeWork& work, const Parallel& parallel) override {
        const Parallel guarded = [&](std::size_t count, const auto& body) {
            for_each(parallel, count, [&](std::size_t index) {
                const FloatEnvironment environment;
                body(index);
            });
        };
        const FloatEnvironment environment;
        const Kernel kernel = find_kernel(isa_, work.call);
        return kernel != nullptr ? kernel(work, guarded) : reference_->run(work, guarded);
    }

    std::optional<std::uint64_t> first_out_of_bound(
        const TensorType& type,
        const std::byte* data,
        std::uint32_t bound_bits,
        const Parallel& parallel
    ) override {
        return find_out_of_bound(type, data, bound_bits, parallel);
    }

private:
    Isa isa_;
    std::unique_ptr<Backend> reference_;
};

}  // namespace

Kernel find_kernel(Isa isa, const NodeCall& call) {
    for (const auto find :
         {find_elementwise_kernel,
          find_movement_kernel,
          find_row_kernel,
          find_contraction_kernel,
          find_window_kernel}) {
        if (const Kernel kernel = find(isa, call)) {
            return kernel;
        }
    }
    return nullptr;
}

std::string_view to_string(Isa isa) {
    for (const IsaName& row : isa_names) {
        if (row.isa == isa) {
            return row.name;
        }
    }
    return "unknown";
}

bool is_available(Isa isa) {
    switch (isa) {
        case Isa::scalar:
        case Isa::scalar_soft_fma:
            return true;
        case Isa::avx2:
            return cpu_features().avx2;
        case Isa::avx512_no_vnni:
        case Isa::avx512:
            return cpu_features().avx512;
    }
    return false;
}

Isa best_isa() {
    return is_available(Isa::avx512) ? Isa::avx512
           : is_available(Isa::avx2) ? Isa::avx2
                                     : Isa::scalar;
}

Result<Isa> isa_from_name(std::string_view name) {
    for (const IsaName& row : isa_names) {
        if (row.name != name) {
            continue;
        }
        if (!is_available(row.isa)) {
            return fail(ErrorCode::unsupported, "this processor has no {}", name);
        }
        return row.isa;
    }
    return invalid(
        "instruction set {} is none of scalar, scalar-soft-fma, avx2, avx512-no-vnni, avx512",
        in_quotes(name)
    );
}

std::unique_ptr<Backend> make_cpu_backend(Isa isa) {
    CHECK(is_available(isa));
    return std::make_unique<CpuBackend>(isa);
}

}  // namespace steelyard::vm::cpu
