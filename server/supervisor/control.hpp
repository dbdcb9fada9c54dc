// The door for `appserve ctl`: a unix socket in the runtime folder, for the server's own user and root. One message
// asks, one answers.
#pragma once
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "supervisor/plan.hpp"

namespace appserve::supervisor {

class Control {
 public:
  /// Makes it in `folder`; sockets that dead servers left there are removed. Failure: why not.
  static Result<Control, std::string> open(const std::string& folder);
  /// Takes one over that this process inherited.
  static Control adopt(UniqueFd listener, OwnedPath path) { return {std::move(listener), std::move(path)}; }

  /// A client that waits for its answer; what to answer to.
  int adopt_client(UniqueFd client);

  struct Question {
    int client;  // to answer to
    std::string text;
  };
  /// What was asked since. Never waits.
  std::vector<Question> questions();
  /// The exit code of `appserve ctl`, and what it prints. The client may be gone.
  void answer(int client, int exit, const std::string& text);

  /// Readable when there may be a question.
  std::vector<int> descriptors() const;
  int listener() const { return listener_.get(); }
  const OwnedPath& path() const { return path_; }
  OwnedPath release_path() { return std::move(path_); }

 private:
  Control(UniqueFd listener, OwnedPath path) : listener_(std::move(listener)), path_(std::move(path)) {}
  void let_in();

  UniqueFd listener_;
  OwnedPath path_;
  std::map<int, UniqueFd> clients_;
};

/// What a server answered.
struct Answer {
  int exit = 0;
  std::string text;
};
/// Asks the server of this pid, or, with 0, the only one that has its control socket in `folder`. Waits for the answer.
/// Failure: why there is none.
Result<Answer, std::string> ask(const std::string& folder, pid_t pid, const std::string& question,
                                Progress* progress = nullptr);

}  // namespace appserve::supervisor
