// The inputs of an order: tensors out of files, or their ids, by name or in the program's order.
#pragma once

#include "bin/steelyard/market.h"
#include "bin/steelyard/vm.h"

namespace steelyard::wallet {

/// A program as an order names it.
struct OrderedProgram {
    std::string id{};               ///< 32 bytes
    std::string text{};             ///< as the user wrote it
    std::optional<VmProgram> vm{};  ///< not of an id where no node is asked
};

/// A file, with the weights beside it, or 64 hex digits, whose bytes the node has.
Outcome<OrderedProgram> find_ordered(const client::NodeClient* node, const std::string& text);

/// The ids of a run's inputs, in the program's order; nothing for one that nobody brings.
using InputIds = std::vector<std::optional<std::string>>;

/// Of what the options bring and what weights there are. Each of `texts` is FILE.npy or 64 hex
/// digits, with NAME= before it or for the next input that has no name; `files` hold several by
/// name.
Outcome<InputIds> input_ids(
    const OrderedProgram& program,
    const std::vector<std::string>& texts,
    const std::vector<std::string>& files
);

/// What a task brings: the ids of those inputs that `common` lacks, one after the other. `texts` as
/// above.
Outcome<std::string> task_ids(
    const OrderedProgram& program, const InputIds& common, const std::vector<std::string>& texts
);

/// Errors: an input that nobody brings.
Outcome<void> expect_all(const OrderedProgram& program, const InputIds& ids);

}  // namespace steelyard::wallet
