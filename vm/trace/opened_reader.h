// OpenedReader: lets an operator's rule read what a proof opened, and notes what it did not.
#pragma once

#include "vm/ops/reader.h"
#include "vm/trace/proof.h"

#include <memory>
#include <optional>

namespace steelyard::vm {

/// A tensor of a proof, and which of its chunks were of use so far.
struct TensorUse {
    const OpenedTensor* tensor = nullptr;
    std::vector<bool> used{};  ///< for each of tensor->chunks

    /// Where chunks [first, last] begin, or nothing where one is not open. They count as used.
    const std::uint8_t* find(std::uint64_t first, std::uint64_t last);
};

/// One operand of a probed step.
struct OperandView {
    TensorType type{};
    TensorUse* use = nullptr;          ///< of an input or a step; null: nothing of it is open
    const std::byte* dense = nullptr;  ///< of a constant or counter: all its elements
};

class OpenedReader final : public Reader {
public:
    explicit OpenedReader(std::vector<OperandView> operands) : operands_(std::move(operands)) {}

    const std::byte* read(std::size_t operand, std::uint64_t first, std::uint64_t count) override;
    void release() override;

    /// The first operand that was read where the proof opens nothing.
    std::optional<std::size_t> missing() const { return missing_; }

private:
    const std::byte* zeros(std::uint64_t size);

    std::vector<OperandView> operands_;
    std::vector<std::unique_ptr<std::uint64_t[]>> zeros_{};
    std::uint64_t zeros_size_ = 0;  ///< of the last, in bytes
    std::optional<std::size_t> missing_{};
};

}  // namespace steelyard::vm
