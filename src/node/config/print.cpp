#include "node/config/print.h"

#include <iterator>

namespace steelyard::node {

namespace {

constexpr std::size_t comment_width = 98;

constexpr std::string_view file_head =
    "# Settings of a Steelyard node. A line \"#name = value\" shows a default: take the # away to\n"
    "# change it. Each option can be set by an environment variable too (STEELYARD_RPC_LADDR sets\n"
    "# laddr of [rpc]), and by a flag (--rpc.laddr), which wins. What holds, and who set it, "
    "tells\n"
    "# `steelyardd config show --effective --origin`.\n";

constexpr std::string_view reference_head =
    "# Configuration\n"
    "\n"
    "The node reads `config/config.toml` in its home (`--home`, `STEELYARD_HOME`, else "
    "`~/.steelyard`).\n"
    "Each option can be set in four ways; later ones win: its default, the file, an environment "
    "variable\n"
    "(`rpc.laddr` is `STEELYARD_RPC_LADDR`), a flag of `steelyardd start` (`--rpc.laddr`). Lists "
    "are "
    "written\n"
    "`[\"a\", \"b\"]` in the file and `a,b` elsewhere. Durations are texts such as `\"500ms\"`, "
    "`\"10s\"` or `\"1m30s\"`.\n"
    "An unknown option or a value that is out of range is an error.\n"
    "\n"
    "`steelyardd config show --effective --origin` prints what holds and who set it, `config set` "
    "edits the\n"
    "file, `config check` checks it. This page is generated: `steelyardd config reference`.\n";

constexpr std::pair<std::string_view, std::string_view> section_docs[] = {
    {"", "At the top of the file."},
    {"rpc", "JSON-RPC over HTTP and WebSocket."},
    {"api", "REST over HTTP (doc/spec/rest.md)."},
    {"p2p", "Connections to peers."},
    {"mempool", "Transactions that wait for a block."},
    {"blocksync", "How a node that is behind catches up."},
    {"consensus", "How blocks are agreed on. Timeouts may differ between validators."},
    {"storage", "What is kept on disk, and memory of the databases."},
    {"blobs", "Blobs: content-addressed tensors (doc/spec/blobs.md)."},
    {"tx_index", "The index of transactions and blocks."},
    {"instrumentation", "Metrics."},
    {"zmq", "Publishes blocks and events over ZeroMQ."},
    {"worker", "The link to workers of this node's provider (doc/spec/worker-link.md)."},
};

std::string_view doc_of(std::string_view section) {
    for (const auto& [name, doc] : section_docs) {
        if (name == section) {
            return doc;
        }
    }
    return {};
}

/// Comment lines of at most `comment_width` columns.
std::string wrapped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t size = text.size();
        if (size > comment_width) {
            const std::size_t space = text.rfind(' ', comment_width);
            size = space == text.npos ? text.size() : space;
        }
        out += "# ";
        out += text.substr(0, size);
        out += '\n';
        text.remove_prefix(size);
        text.remove_prefix(text.starts_with(' ') ? 1 : 0);
    }
    return out;
}

std::string comment_of(const Option& option) {
    std::string text(option.doc);
    if (const std::string range = range_text(option); !range.empty()) {
        text += fmt::format(" ({}.)", range);
    }
    return wrapped(text);
}

/// With what a cell of a Markdown table must not hold escaped.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '|' ? "\\|" : std::string(1, c);
    }
    return out;
}

bool is_shown(const LoadedConfig& loaded, std::size_t index, bool all) {
    return all || loaded.origins[index].kind != OriginKind::default_value;
}

}  // namespace

std::string print_config_file(const Config& config) {
    const Config defaults;
    std::string out(file_head);
    std::string_view section;
    for (const Option& option : options()) {
        if (option.section != section) {
            section = option.section;
            out += fmt::format("\n\n{}[{}]\n", wrapped(doc_of(section)), section);
        }
        const std::string value = value_text(option, config);
        const bool is_default = value == value_text(option, defaults);
        out += fmt::format(
            "\n{}{}{} = {}\n", comment_of(option), is_default ? "#" : "", option.name, value
        );
    }
    return out;
}

std::string print_config_reference() {
    const Config defaults;
    std::string out(reference_head);
    const Option* previous = nullptr;
    for (const Option& option : options()) {
        if (previous == nullptr || previous->section != option.section) {
            out +=
                option.section.empty() ? "\n## Top\n" : fmt::format("\n## [{}]\n", option.section);
            out += fmt::format("\n{}\n", doc_of(option.section));
            out += "\n| option | type | default | range | |\n|---|---|---|---|---|\n";
        }
        out += fmt::format(
            "| `{}` | {} | `{}` | {} | {} |\n",
            option.name,
            type_name(option),
            cell(value_text(option, defaults)),
            range_text(option),
            cell(option.doc)
        );
        previous = &option;
    }
    return out;
}

std::string print_effective(const LoadedConfig& loaded, bool all, bool with_origins) {
    std::string out;
    for (std::size_t i = 0; i < options().size(); ++i) {
        const Option& option = options()[i];
        if (!is_shown(loaded, i, all)) {
            continue;
        }
        out += fmt::format("{} = {}", option.full_name(), value_text(option, loaded.config));
        if (with_origins) {
            out += fmt::format("  # {}", describe(option, loaded.origins[i]));
        }
        out += '\n';
    }
    return out;
}

std::string print_effective_json(const LoadedConfig& loaded, bool all) {
    // Values that TOML writes as these types do are JSON as well.
    std::string out = "{";
    for (std::size_t i = 0; i < options().size(); ++i) {
        const Option& option = options()[i];
        if (is_shown(loaded, i, all)) {
            fmt::format_to(
                std::back_inserter(out),
                "{}\n  \"{}\": {{\"value\": {}, \"origin\": \"{}\"}}",
                out.size() == 1 ? "" : ",",
                option.full_name(),
                value_text(option, loaded.config),
                describe(option, loaded.origins[i])
            );
        }
    }
    return out + "\n}\n";
}

}  // namespace steelyard::node
