// Reader: how the rule of an operator looks at its operands.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard::vm {

/// Opens elements of a node's operands. A whole run reads tensors in memory, a prover notes what is
/// read, a verifier has only what a proof opened.
class Reader {
public:
    /// Elements [first, first + count) of operand `operand` in row-major order, dense, aligned to
    /// an element's size. They must lie in one row (CHECKed by implementations), count > 0.
    /// Never null: what a verifier has no opening for reads as zeros, and the verifier remembers.
    /// Valid until the next call of `release`.
    virtual const std::byte* read(
        std::size_t operand, std::uint64_t first, std::uint64_t count
    ) = 0;

    /// Nothing that was read so far is looked at any more. The rules call it between columns and
    /// rows, so that a verifier's memory is that of one element.
    virtual void release() {}

protected:
    ~Reader() = default;
};

}  // namespace steelyard::vm
