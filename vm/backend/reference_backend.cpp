#include "base/check.h"
#include "vm/backend/backend.h"
#include "vm/ops/bounds.h"

#include <algorithm>
#include <atomic>
#include <limits>

namespace steelyard::vm {

namespace {

/// Rows that one piece of work computes at least: so that small tensors stay in one piece.
constexpr std::uint64_t elements_per_piece = 4096;

class DenseReader final : public Reader {
public:
    explicit DenseReader(const NodeWork& work) : work_(work) {}

    const std::byte* read(std::size_t operand, std::uint64_t first, std::uint64_t count) override {
        const TensorType& type = work_.call.operands[operand];
        CHECK(count > 0 && first < type.elements() && count <= type.elements() - first);
        return work_.operands[operand] + first * size_of(type.dtype);
    }

private:
    const NodeWork& work_;
};

void keep_least(std::atomic<std::uint64_t>& least, std::uint64_t value) {
    std::uint64_t seen = least.load();
    while (value < seen && !least.compare_exchange_weak(seen, value)) {
    }
}

class ReferenceBackend final : public Backend {
public:
    explicit ReferenceBackend(bool software_fma) : software_fma_(software_fma) {}

    std::string_view name() const override { return "reference"; }

    std::optional<std::uint64_t> run(const NodeWork& work, const Parallel& parallel) override {
        const Operator* op = find_operator(work.call.op, work.call.version);
        CHECK(op != nullptr);
        const auto evaluate = software_fma_ && op->evaluate_software_fma != nullptr
                                  ? op->evaluate_software_fma
                                  : op->evaluate;
        const TensorType& out = work.call.output;
        if (out.elements() == 0) {
            return std::nullopt;
        }
        const std::uint64_t columns = out.shape.columns();
        const std::uint64_t rows = out.shape.rows();
        const std::uint64_t piece = std::max<std::uint64_t>(1, elements_per_piece / columns);
        std::atomic<std::uint64_t> bad = std::numeric_limits<std::uint64_t>::max();
        for_each(parallel, (rows + piece - 1) / piece, [&](std::size_t index) {
            DenseReader reader(work);
            for (std::uint64_t row = index * piece; row < std::min(rows, (index + 1) * piece);
                 ++row) {
                std::byte* to = work.output + row * out.row_bytes();
                const auto column = evaluate(work.call, reader, row, {0, columns}, to);
                if (column.has_value()) {
                    keep_least(bad, row * columns + *column);
                }
            }
        });
        const std::uint64_t first = bad.load();
        return first == std::numeric_limits<std::uint64_t>::max() ? std::nullopt
                                                                  : std::optional(first);
    }

    std::optional<std::uint64_t>
    first_out_of_bound(const TensorType& type, const std::byte* data, std::uint32_t bound_bits, const Parallel&)
        override {
        for (std::uint64_t element = 0; element < type.elements(); ++element) {
            if (!within_bound(type.dtype, data + element * size_of(type.dtype), bound_bits)) {
                return element;
            }
        }
        return std::nullopt;
    }

private:
    bool software_fma_;
};

}  // namespace

void for_each(
    const Parallel& parallel, std::size_t count, const std::function<void(std::size_t)>& body
) {
    if (parallel) {
        parallel(count, body);
        return;
    }
    for (std::size_t index = 0; index < count; ++index) {
        body(index);
    }
}

std::unique_ptr<Backend> make_reference_backend(bool software_fma) {
    return std::make_unique<ReferenceBackend>(software_fma);
}

}  // namespace steelyard::vm
