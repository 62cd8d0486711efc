// completion: scripts that complete commands and options, made from the parser itself.
#include "bin/steelyard/command.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::wallet {
namespace {

/// A command, what may follow it, and where it stands: "keys add".
struct Node {
    std::string path{};
    std::vector<std::pair<std::string, std::string>> commands{};  ///< names and helps
    std::vector<std::pair<std::string, std::string>> options{};
};

void collect(const CLI::App& app, const std::string& path, std::vector<Node>& out) {
    Node node{.path = path};
    for (const CLI::Option* const option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            node.options.emplace_back("--" + name, option->get_description());
        }
    }
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* const command : commands) {
        node.commands.emplace_back(command->get_name(), command->get_description());
    }
    out.push_back(std::move(node));
    for (const CLI::App* const command : commands) {
        collect(*command, path + (path.empty() ? "" : " ") + command->get_name(), out);
    }
}

std::vector<Node> nodes_of(const CLI::App& app) {
    std::vector<Node> nodes;
    collect(app, "", nodes);
    // The options of the program itself stand anywhere.
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        for (const auto& option : nodes[0].options) {
            if (std::ranges::find(nodes[i].options, option) == nodes[i].options.end()) {
                nodes[i].options.push_back(option);
            }
        }
    }
    return nodes;
}

std::string words_of(const Node& node) {
    std::string out;
    for (const auto* const list : {&node.commands, &node.options}) {
        for (const auto& [name, help] : *list) {
            out += (out.empty() ? "" : " ") + name;
        }
    }
    return out;
}

/// The cases "path word" that lead to a command.
std::string paths_pattern(const std::vector<Node>& nodes) {
    std::string out;
    for (const Node& node : nodes) {
        if (!node.path.empty()) {
            out += (out.empty() ? "\"" : "|\"") + node.path + "\"";
        }
    }
    return out;
}

/// What bash and zsh have in common: from $path to $words.
std::string words_case(const std::vector<Node>& nodes) {
    std::string out = "  case \"$path\" in\n";
    for (const Node& node : nodes) {
        out += "    \"" + node.path + "\") words=\"" + words_of(node) + "\" ;;\n";
    }
    return out + "    *) words=\"\" ;;\n  esac\n";
}

std::string bash(const std::vector<Node>& nodes) {
    return "# Completion of steelyard for bash: source <(steelyard completion bash)\n"
           "_steelyard() {\n"
           "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" next words i\n"
           "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "    next=\"${path:+$path }${COMP_WORDS[i]}\"\n"
           "    case \"$next\" in\n      " +
           paths_pattern(nodes) + ") path=\"$next\" ;;\n    esac\n  done\n" + words_case(nodes) +
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "}\n"
           "complete -o default -F _steelyard steelyard\n";
}

std::string zsh(const std::vector<Node>& nodes) {
    return "#compdef steelyard\n"
           "# Completion of steelyard for zsh: source <(steelyard completion zsh)\n"
           "_steelyard() {\n"
           "  local path_of=\"\" next words_of i\n"
           "  for ((i = 2; i < CURRENT; i++)); do\n"
           "    next=\"${path_of:+$path_of }${words[i]}\"\n"
           "    case \"$next\" in\n      " +
           paths_pattern(nodes) + ") path_of=\"$next\" ;;\n    esac\n  done\n" +
           [&] {
               // zsh has its own $words and $path.
               std::string text = words_case(nodes);
               text.replace(text.find("$path"), 5, "$path_of");
               for (std::size_t at = 0; (at = text.find(" words=", at)) != text.npos; at += 10) {
                   text.replace(at, 7, " words_of=");
               }
               return text;
           }() +
           "  compadd -- ${=words_of}\n  _files\n"
           "}\n"
           "compdef _steelyard steelyard\n";
}

std::string fish_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
    return out + "'";
}

/// "keys add" as the condition that both were said.
std::string fish_condition(const Node& node) {
    if (node.path.empty()) {
        return "__fish_use_subcommand";
    }
    std::string out;
    std::string_view rest = node.path;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        out += (out.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") +
               std::string(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return out;
}

std::string fish(const std::vector<Node>& nodes) {
    std::string out = "# Completion of steelyard for fish: steelyard completion fish | source\n";
    for (const Node& node : nodes) {
        const std::string start = "complete -c steelyard -n " + fish_quoted(fish_condition(node));
        for (const auto& [name, help] : node.commands) {
            out += start + " -f -a " + name + " -d " + fish_quoted(help) + "\n";
        }
        for (const auto& [name, help] : node.options) {
            out += start + " -l " + name.substr(2) + " -d " + fish_quoted(help) + "\n";
        }
    }
    return out;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
    auto shell = std::make_shared<std::string>();
    auto* command = app.add_subcommand("completion", "Print a script that completes commands");
    command->add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&app, &context, shell] {
        context.action = [&app, shell]() -> Outcome<Exit> {
            const auto nodes = nodes_of(app);
            print(*shell == "bash" ? bash(nodes) : *shell == "zsh" ? zsh(nodes) : fish(nodes));
            return Exit::ok;
        };
    });
}

}  // namespace steelyard::wallet
