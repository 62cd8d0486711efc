#include "bin/steelyard/prompt.h"

#include "bin/steelyard/command.h"
#include "files/posix_calls.h"
#include "files/private_file.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>

namespace steelyard::wallet {
namespace {

/// The longest line that is read.
constexpr std::size_t line_size_max = 4096;

/// What Ctrl-C types where it does not end the program.
constexpr std::uint8_t interrupt = 3;

/// Shows nothing of what is typed while it lives. Ctrl-C is a character meanwhile, so that the
/// program does not end with the terminal left like this.
class Hidden {
public:
    explicit Hidden(int terminal) : terminal_(terminal) {
        if (::tcgetattr(terminal_, &before_) == 0) {
            termios hidden = before_;
            hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
            hidden.c_cc[VEOL] = interrupt;  // the line goes out with it
            changed_ = ::tcsetattr(terminal_, TCSAFLUSH, &hidden) == 0;
        }
    }
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;
    ~Hidden() {
        if (changed_) {
            ::tcsetattr(terminal_, TCSAFLUSH, &before_);
        }
    }

private:
    int terminal_;
    termios before_{};
    bool changed_ = false;
};

/// One line without its end. Reads byte by byte, so that what follows stays unread.
Outcome<crypto::SecretBytes> read_line(int descriptor) {
    crypto::SecretBytes line(line_size_max);
    std::size_t size = 0;
    while (true) {
        std::uint8_t byte = 0;
        const auto got = files::uninterrupted([&] { return ::read(descriptor, &byte, 1); });
        if (got < 0) {
            return std::unexpected(Complaint(Exit::failed, "io_error", "cannot read a line"));
        }
        if (got == 0 || byte == '\n') {
            break;
        }
        if (byte == interrupt) {
            return std::unexpected(Complaint(Exit::failed, "cancelled", "cancelled"));
        }
        if (size == line_size_max) {
            return usage("a line has over {} bytes", line_size_max);
        }
        line.mutable_view()[size++] = byte;
    }
    return crypto::SecretBytes(line.view().first(size));
}

Outcome<crypto::SecretBytes> first_line_of(const std::string& file) {
    if (file == "-") {
        return read_line(STDIN_FILENO);
    }
    TRY_ASSIGN(const auto content, files::read_private_file(file, line_size_max));
    const auto end = std::ranges::find(content.view(), static_cast<std::uint8_t>('\n'));
    return crypto::SecretBytes(ByteView(content.view().begin(), end));
}

Outcome<crypto::SecretBytes> ask_terminal(std::string_view question) {
    const files::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (terminal.number() < 0) {
        return std::unexpected(Complaint(
            Exit::usage,
            "password_needed",
            "there is no terminal to ask for a password",
            "name a file that holds it with --password-file, or - for standard input"
        ));
    }
    const std::string text = std::string(question) + ": ";
    (void)files::write_all(terminal.number(), "terminal", as_bytes(text));
    auto line = [&] {
        const Hidden hidden(terminal.number());
        return read_line(terminal.number());
    }();
    (void)files::write_all(terminal.number(), "terminal", as_bytes("\n"));
    return line;
}

}  // namespace

bool is_interactive() {
    return ::isatty(STDIN_FILENO) == 1;
}

Outcome<crypto::SecretBytes> ask_secret(std::string_view question, const std::string& file) {
    TRY_ASSIGN(
        crypto::SecretBytes line, file.empty() ? ask_terminal(question) : first_line_of(file)
    );
    if (line.view().empty()) {
        return usage("the password is empty");
    }
    return line;
}

Outcome<crypto::SecretBytes> ask_new_secret(std::string_view question, const std::string& file) {
    TRY_ASSIGN(crypto::SecretBytes first, ask_secret(question, file));
    if (file.empty()) {
        TRY_ASSIGN(const crypto::SecretBytes second, ask_terminal("Again"));
        if (!equal(first.view(), second.view())) {
            return usage("the two passwords are not the same");
        }
    }
    return first;
}

Outcome<void> confirm(std::string_view question) {
    if (!is_interactive()) {
        return std::unexpected(Complaint(
            Exit::usage,
            "confirmation_needed",
            "there is no terminal to confirm at",
            "say --yes to go on without being asked"
        ));
    }
    tell(std::string(question) + " [y/N] ");
    TRY_ASSIGN(const auto line, read_line(STDIN_FILENO));
    const auto answer = as_text(line.view());
    if (answer != "y" && answer != "Y" && answer != "yes") {
        return std::unexpected(Complaint(Exit::failed, "cancelled", "cancelled"));
    }
    return {};
}

}  // namespace steelyard::wallet
