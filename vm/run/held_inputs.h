// HeldInputs: the tensors of a run where a machine wants them.
#pragma once

#include "vm/run/arena.h"
#include "vm/run/runner.h"

namespace steelyard::vm {

/// The tensors of a run at multiples of 64 bytes: runs use them where they lie, and copy nothing.
class HeldInputs {
public:
    /// Takes the tensors over one by one, so that little is in memory twice.
    /// Errors: memory that there is not.
    static Result<HeldInputs> hold(std::vector<Tensor> tensors);

    const std::vector<TensorView>& views() const { return views_; }

private:
    Arena memory_{};
    std::vector<TensorView> views_{};
};

}  // namespace steelyard::vm
