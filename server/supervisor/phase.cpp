#include "supervisor/phase.hpp"

namespace appserve::supervisor {

Progress::Work work_of(const Phase& phase) {
  switch (phase.stage) {
    case Phase::Stage::loading:
      return {"loading", phase.library};
    case Phase::Stage::creating:
      return {"creating", phase.library + ":" + phase.symbol};
    case Phase::Stage::starting:
      break;
  }
  return {"starting", "a worker"};
}

}  // namespace appserve::supervisor
