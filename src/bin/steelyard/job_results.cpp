#include "bin/steelyard/job_results.h"

#include "base/hex.h"
#include "bin/steelyard/blob_transfer.h"
#include "bin/steelyard/order_inputs.h"
#include "steelyard/market/v1/query.pb.h"
#include "vm/files/npy.h"
#include "vm/trace/commitment.h"

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

std::unexpected<Complaint> wrong_result(const market::Job& job, std::string_view why) {
    return std::unexpected(Complaint(
        Exit::failed,
        "wrong_result",
        fmt::format("job {}/{}: {}", job.order_id(), job.task(), why),
        "ask another node with --node: this one gives what the job did not commit"
    ));
}

vm::Hash256 id_of(const vm::Tensor& tensor) {
    return vm::tensor_id(tensor.type, vm::tensor_root(tensor.type, tensor.data));
}

bool has_result(const market::Job& job) {
    return job.has_commitment() && !job.commitment().has_fault() &&
           buyer::ending_of(job) != buyer::Ending::lost;
}

/// The outputs, one after the other, as the state has them.
Outcome<std::vector<vm::Tensor>> inline_outputs(
    const market::Job& job, const std::vector<vm::TensorType>& types
) {
    std::vector<vm::Tensor> outputs;
    ByteView left = as_bytes(job.commitment().inline_result());
    for (const vm::TensorType& type : types) {
        if (left.size() < type.bytes()) {
            return wrong_result(job, "its result is shorter than the program's outputs");
        }
        const ByteView own = left.first(static_cast<std::size_t>(type.bytes()));
        outputs.push_back({.type = type, .data = Bytes(own.begin(), own.end())});
        left = left.subspan(own.size());
    }
    if (!left.empty()) {
        return wrong_result(job, "its result is longer than the program's outputs");
    }
    return outputs;
}

Outcome<void> check_root(const market::Job& job, const std::vector<vm::Hash256>& ids) {
    const vm::Hash256 root = vm::output_root(ids);
    if (as_text(root) != job.commitment().output_root()) {
        return wrong_result(job, "its outputs are not those of its output root");
    }
    return {};
}

/// A file's name. Programs come from strangers: theirs may hold anything.
std::string file_name(std::string_view output) {
    std::string name(output);
    std::ranges::replace_if(
        name,
        [](char c) {
            return !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
                   c != '_' && c != '-' && c != '.';
        },
        '_'
    );
    return (name.empty() || name.front() == '.' ? "_" + name : name) + ".npy";
}

Outcome<void> make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder, error)) {
        return std::unexpected(Complaint(
            Exit::failed, "io_error", fmt::format("cannot make the folder {}", folder.native())
        ));
    }
    return {};
}

/// Whole or not at all.
Outcome<void> write_whole(const std::filesystem::path& path, ByteView bytes) {
    const std::string partial = path.native() + ".part";
    TRY(write_bytes(partial, bytes));
    std::error_code error;
    std::filesystem::rename(partial, path, error);
    if (error) {
        return std::unexpected(Complaint(
            Exit::failed,
            "io_error",
            fmt::format("cannot write {}: {}", path.native(), error.message())
        ));
    }
    return {};
}

struct Outputs {
    std::vector<std::string> names{};
    std::vector<vm::TensorType> types{};
};

Outcome<Outputs> outputs_of(const client::NodeClient& node, const market::Order& order) {
    TRY_ASSIGN(const OrderedProgram program, find_ordered(&node, hex_text(order.program())));
    const vm::CheckedProgram& checked = program.vm->checked;
    Outputs out;
    for (const vm::Output& output : checked.program().outputs) {
        out.names.push_back(output.name);
        out.types.push_back(checked.type(output.value));
    }
    return out;
}

/// A job whose result is fetched, and where to.
struct Fetch {
    const market::Job& job;
    const Outputs& wanted;
    std::filesystem::path folder{};

    std::filesystem::path path(std::size_t output) const {
        return folder / file_name(wanted.names[output]);
    }
    WrittenOutput written(std::size_t output, const vm::Hash256& id) const {
        return {
            .task = job.task(),
            .name = wanted.names[output],
            .path = path(output).native(),
            .type = wanted.types[output].text(),
            .id = to_hex(id)
        };
    }
};

Outcome<void> fetch_inline(const Fetch& fetch, std::vector<WrittenOutput>& out) {
    TRY_ASSIGN(const auto outputs, inline_outputs(fetch.job, fetch.wanted.types));
    std::vector<vm::Hash256> ids;
    for (const vm::Tensor& output : outputs) {
        ids.push_back(id_of(output));
    }
    TRY(check_root(fetch.job, ids));
    TRY(make_folder(fetch.folder));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        TRY(write_whole(fetch.path(i), vm::write_npy(outputs[i].type, outputs[i].data)));
        out.push_back(fetch.written(i, ids[i]));
    }
    return {};
}

/// What the files hold is checked against the ids on the way.
Outcome<void> fetch_blobs(
    BlobTransfer& blobs, const Fetch& fetch, std::vector<WrittenOutput>& out
) {
    const market::Commitment& commitment = fetch.job.commitment();
    const auto count = static_cast<std::size_t>(commitment.results_size());
    if (count != fetch.wanted.types.size()) {
        return wrong_result(
            fetch.job, "it has another number of results than the program has outputs"
        );
    }
    std::vector<vm::Hash256> ids(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string& id = commitment.results(static_cast<int>(i));
        if (id.size() != ids[i].size()) {
            return wrong_result(fetch.job, "one of its results has no id");
        }
        std::ranges::copy(as_bytes(id), ids[i].begin());
    }
    TRY(check_root(fetch.job, ids));
    TRY(make_folder(fetch.folder));
    for (std::size_t i = 0; i < count; ++i) {
        TRY(blobs.get(ids[i], fetch.path(i)));
        TRY_ASSIGN(const vm::Tensor tensor, read_npy_file(fetch.path(i).native()));
        if (tensor.type != fetch.wanted.types[i]) {
            std::error_code ignored;
            std::filesystem::remove(fetch.path(i), ignored);
            return wrong_result(
                fetch.job,
                fmt::format(
                    "its output \"{}\" is {}, must be {}",
                    fetch.wanted.names[i],
                    tensor.type.text(),
                    fetch.wanted.types[i].text()
                )
            );
        }
        out.push_back(fetch.written(i, ids[i]));
    }
    return {};
}

}  // namespace

Outcome<std::vector<WrittenOutput>> fetch_results(
    const Context& context,
    const client::NodeClient& node,
    const OrderView& view,
    const std::string& folder
) {
    TRY_ASSIGN(const Outputs wanted, outputs_of(node, *view.order));
    TRY_ASSIGN(BlobTransfer blobs, BlobTransfer::open(context));
    const std::filesystem::path base(folder);
    std::vector<WrittenOutput> out;
    for (const market::Job& job : view.jobs->jobs()) {
        if (!has_result(job)) {
            continue;
        }
        if (buyer::ending_of(job) == buyer::Ending::live) {
            tell(fmt::format(
                "note: {}/{} is {}, not settled yet: its result may still be found wrong\n",
                job.order_id(),
                job.task(),
                job.state()
            ));
        }
        const Fetch fetch{
            .job = job,
            .wanted = wanted,
            .folder = view.order->is_array() ? base / std::to_string(job.task()) : base
        };
        TRY(job.commitment().results_size() == 0 ? fetch_inline(fetch, out)
                                                 : fetch_blobs(blobs, fetch, out));
    }
    if (out.empty()) {
        return std::unexpected(Complaint(
            Exit::not_found,
            "no_result",
            fmt::format(
                "order {} has no result: {}", view.order->order_id(), tally_text(view.tally())
            ),
            fmt::format("`steelyard jobs show {}` tells what became of it", view.order->order_id())
        ));
    }
    return out;
}

std::string outputs_text(const std::vector<WrittenOutput>& outputs) {
    std::vector<std::vector<std::string>> rows;
    for (const WrittenOutput& one : outputs) {
        rows.push_back({std::to_string(one.task), one.name, one.type, one.path});
    }
    return table({{"TASK", Align::right}, {"OUTPUT"}, {"TYPE"}, {"FILE"}}, rows);
}

std::string outputs_json(const std::vector<WrittenOutput>& outputs) {
    std::string out;
    for (const WrittenOutput& one : outputs) {
        JsonObject object;
        object.number("task", one.task);
        object.text("name", one.name);
        object.text("type", one.type);
        object.text("path", one.path);
        object.text("id", one.id);
        out += (out.empty() ? "" : ",") + object.value();
    }
    return "[" + out + "]";
}

}  // namespace steelyard::wallet
