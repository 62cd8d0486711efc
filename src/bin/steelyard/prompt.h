// Questions to the user.
#pragma once

#include "bin/steelyard/complaint.h"
#include "crypto/secret.h"

namespace steelyard::wallet {

/// Whether someone sits there: standard input is a terminal.
bool is_interactive();

/// A line that is typed without being shown, from the terminal, or the first line of `file` if that
/// is not empty
/// ("-": standard input). Errors: password_needed, if there is neither.
Outcome<crypto::SecretBytes> ask_secret(std::string_view question, const std::string& file);

/// As ask_secret, and on a terminal twice, which must agree.
Outcome<crypto::SecretBytes> ask_new_secret(std::string_view question, const std::string& file);

/// y or N. Without a terminal, nobody can agree: confirmation_needed.
Outcome<void> confirm(std::string_view question);

}  // namespace steelyard::wallet
