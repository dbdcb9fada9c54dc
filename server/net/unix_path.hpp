// A unix socket's path: who may take it, and how it is taken. Knows nothing of who accepts there.
#pragma once
#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "net/endpoint.hpp"

namespace appserve::net {

/// What stands at the path: nothing, or a socket nobody answers at (true). E4005 when somebody may answer, E4006 when
/// it is no socket, E4007 when no socket can have such a path.
Result<bool, Error> is_stale(const Endpoint& endpoint);

/// A socket at the path, with its mode. It listens at once: one that does not would look stale to the next server. Of
/// several servers that try this at the same time one succeeds. E4005 - E4008; `notes` gets N4005 when a stale socket
/// was removed. Changes the process's umask for the moment.
Result<UniqueFd, Error> take_unix_path(const Endpoint& endpoint, Errors& notes);

}  // namespace appserve::net
