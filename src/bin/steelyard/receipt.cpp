// receipt: what a run was and cost, from a node, or out of a file and verified without one.
#include "client/receipt.h"

#include "base/hex.h"
#include "bin/steelyard/market.h"
#include "steelyard/market/v1/receipt.pb.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

struct ShowArguments {
    std::string job{};
    std::string out{};
};

struct VerifyArguments {
    std::string file{};
    std::string header{};
    std::int64_t height = 0;
    std::string hash{};
};

void add_hash(std::string_view name, const std::string& bytes, Fields& out) {
    if (!bytes.empty()) {
        out.emplace_back(name, hex_text(bytes));
    }
}

void add_heights(const market::Receipt& told, Fields& out) {
    for (const auto& [name, height] :
         {std::pair("posted in block", told.posted_height()),
          {"matched in block", told.matched_height()},
          {"started in block", told.started_height()},
          {"committed in block", told.committed_height()},
          {"challenged in block", told.issued_height()},
          {"ended in block", told.ended_height()}}) {
        out.emplace_back(name, height_text(height));
    }
}

void add_money(const market::Receipt& told, Fields& out) {
    for (const auto& [name, amount] :
         {std::pair("price", told.price()),
          {"paid", told.paid()},
          {"fee of it", told.fee()},
          {"earned", told.earned()},
          {"escrow", told.escrow()},
          {"paid for the proof", told.proof_paid()},
          {"given back", told.refund()},
          {"slashed", told.slashed()},
          {"damages", told.damages()}}) {
        out.emplace_back(name, uyard_text(amount));
    }
}

Fields fields_of(const market::Receipt& told) {
    Fields fields = {
        {"chain", told.chain_id()},
        {"job", fmt::format("{}/{}", told.order_id(), told.task())},
        {"user", told.user()},
        {"class", told.class_name()},
        {"program", hex_text(told.program())},
        {"work units", grouped(told.work_units())},
        {"state", told.state()},
        {"reason", told.reason().empty() ? "-" : told.reason()},
        {"party at fault", told.party_at_fault().empty() ? "-" : told.party_at_fault()},
        {"verification", told.verification()},
        {"provider", told.provider().empty() ? "-" : told.provider()},
        {"worker", told.worker().empty() ? "-" : told.worker()},
    };
    for (const std::string& input : told.inputs()) {
        fields.emplace_back("input", hex_text(input));
    }
    add_hash("output root", told.output_root(), fields);
    add_hash("trace root", told.trace_root(), fields);
    add_hash("SHA-256 of the result", told.inline_result_sha256(), fields);
    for (const std::string& id : told.results()) {
        fields.emplace_back("result", hex_text(id));
    }
    add_heights(told, fields);
    add_money(told, fields);
    return fields;
}

Outcome<Exit> show(
    const Context& context, const client::NodeClient& node, const ShowArguments& arguments
) {
    TRY_ASSIGN(const JobName job, parse_job(arguments.job));
    const auto answer = node.call(
        "market_getReceipt", fmt::format(R"({{"order_id":{},"task":{}}})", job.order, job.task)
    );
    if (!answer) {
        return std::unexpected(of_node(answer.error()));
    }
    TRY_ASSIGN(const auto receipt, client::parse_receipt(*answer));
    market::Receipt told;
    TRY(client::read_receipt(receipt, told));
    if (!arguments.out.empty()) {
        TRY(write_output(arguments.out, *answer + "\n"));
    }
    if (context.json()) {
        print(arguments.out.empty() ? *answer + "\n" : json_of(told));
        return Exit::ok;
    }
    print(fields_text(fields_of(told)));
    return Exit::ok;
}

Outcome<client::TrustedHeader> trusted_header(const VerifyArguments& arguments) {
    if (!arguments.header.empty()) {
        TRY_ASSIGN(
            const std::string text, read_input(arguments.header, client::trusted_header_size_max)
        );
        TRY_ASSIGN(const auto header, client::parse_trusted_header(text));
        return header;
    }
    if (arguments.height == 0 || arguments.hash.empty()) {
        return usage("whom to trust: say --header FILE, or --height and --hash of a block");
    }
    client::TrustedHeader header;
    TRY_ASSIGN(header.height, chain::Height::parse(arguments.height));
    if (!from_hex(arguments.hash, header.hash)) {
        return usage("--hash \"{}\" is not 64 hex digits", arguments.hash);
    }
    return header;
}

/// No node is asked.
Outcome<Exit> verify(const Context& context, const VerifyArguments& arguments) {
    TRY_ASSIGN(const auto trusted, trusted_header(arguments));
    TRY_ASSIGN(const std::string text, read_input(arguments.file, client::receipt_size_max));
    TRY_ASSIGN(const auto receipt, client::parse_receipt(text));
    market::Receipt told;
    if (const auto verified = client::verify_receipt(receipt, trusted, told); !verified) {
        return std::unexpected(Complaint(
            Exit::fault,
            "receipt_refused",
            fmt::format("{}: {}", arguments.file, verified.error().message())
        ));
    }
    print(
        context.json() ? json_of(told)
                       : fmt::format(
                             "right: it is in the state before block {} of {}\n",
                             trusted.height,
                             told.chain_id()
                         ) + fields_text(fields_of(told))
    );
    return Exit::ok;
}

}  // namespace

void add_receipts(CLI::App& receipt, Context& context) {
    auto shown = std::make_shared<ShowArguments>();
    auto* command = add_question(
        receipt,
        context,
        "show",
        "What became of a job, with what proves it",
        [&context, shown](const client::NodeClient& node) { return show(context, node, *shown); }
    );
    command->add_option("job", shown->job, job_help)->required();
    command->add_option("--out", shown->out, "A new file for the receipt with its proofs");
    auto checked = std::make_shared<VerifyArguments>();
    command = receipt.add_subcommand("verify", "Check a receipt; no node is asked");
    command->add_option("file", checked->file, "What `receipt show --out` wrote")->required();
    auto* header = command->add_option(
        "--header", checked->header, "A node's answer to header or commit that you trust"
    );
    command->add_option("--height", checked->height, "Of the block that you trust")
        ->excludes(header);
    command->add_option("--hash", checked->hash, "Of the block that you trust")->excludes(header);
    command->callback([&context, checked] {
        context.action = [&context, checked] { return verify(context, *checked); };
    });
}

}  // namespace steelyard::wallet
