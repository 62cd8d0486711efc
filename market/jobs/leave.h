// Leave: how a job goes from its provider, with what that costs. For .cpp files of this folder.
#pragma once

#include "market/jobs/access.h"

namespace steelyard::market {

/// E7, J5, R2 by the reason, then O6. The job waits for nothing but its deadline.
Outcome<void> leave_provider(Context& context, Held held, Reason reason);

}  // namespace steelyard::market
