// The results of jobs: fetched, checked against what was committed, and written as files.
#pragma once

#include "bin/steelyard/job_follow.h"
#include "bin/steelyard/vm.h"

namespace steelyard::wallet {

/// An output in its file.
struct WrittenOutput {
    std::uint32_t task = 0;
    std::string name{};
    std::string path{};
    std::string type{};
    std::string id{};  ///< hex
};

/// NAME.npy of each output of each job that has a result, in the folder, or in a folder TASK below
/// it for each job of an array. Errors: no job has a result; one that is not what the job's roots
/// and ids say (wrong_result), of which nothing is written.
Outcome<std::vector<WrittenOutput>> fetch_results(
    const Context& context,
    const client::NodeClient& node,
    const OrderView& view,
    const std::string& folder
);

std::string outputs_text(const std::vector<WrittenOutput>& outputs);
std::string outputs_json(const std::vector<WrittenOutput>& outputs);  ///< a list

}  // namespace steelyard::wallet
