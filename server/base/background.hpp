// Work that lets other work go first: a worker that starts while others serve.
#pragma once

namespace appserve {

/// While it lives this thread, and for good every process and thread it makes, gives way: it keeps its share of the
/// processors, but whoever else wakes up runs before it (SCHED_BATCH, and since Linux 6.12 turns of the greatest
/// length). Nothing where the system cannot do that, or where somebody has chosen how this thread is scheduled.
class Background {
 public:
  Background();
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
};

/// Every thread of this process is scheduled as usual again, whoever made it. [no thread is being made]
void to_foreground();

}  // namespace appserve
