// What one configuration asks of the supervisor, as plain data. It does not know how a configuration looks.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/owned_folder.hpp"
#include "base/unique_fd.hpp"

namespace appserve::supervisor {

/// A unix path that ends with its owner, if it is still the same socket.
struct OwnedPath {
  std::string path;  // empty: none
  dev_t device = 0;
  ino_t inode = 0;

  OwnedPath() = default;
  OwnedPath(std::string p, dev_t d, ino_t i) : path(std::move(p)), device(d), inode(i) {}
  OwnedPath(OwnedPath&& other) noexcept { *this = std::move(other); }
  OwnedPath& operator=(OwnedPath&& other) noexcept {
    std::swap(path, other.path);
    std::swap(device, other.device);
    std::swap(inode, other.inode);
    return *this;
  }
  ~OwnedPath();
};

/// Where clients arrive.
struct Address {
  std::string wanted;             // as configured: its identity, from one configuration to the next
  std::string name;               // as clients type it: "127.0.0.1:8080", "unix:/run/x.sock"
  bool shared = false;            // one socket for every loop: a unix path; else one for each
  std::vector<UniqueFd> sockets;  // bound; they do not listen yet
  OwnedPath path;
  bool admin = false;  // not for clients: workers get it when they start
  bool given = false;  // somebody else has the socket, too: it outlives this server
};

struct Plan {
  std::vector<Address> listen;  // all addresses; those that are there already come without sockets
  int backlog = 1024;
  unsigned workers = 1;
  unsigned threads = 1;               // loops of a worker, hence its sockets at each address
  std::optional<std::string> config;  // the configuration file's bytes
  std::vector<std::string> apps;      // by mount: "libgame.so"
  std::vector<std::string> watched;   // files whose change asks for a reload
  std::string runtime_dir;
  OwnedFolder folder;  // for copies of libraries; as long as the generation lives
  std::chrono::milliseconds start_timeout{30'000};
  std::chrono::milliseconds delay{0}, grace{30'000};  // of a stop
};

}  // namespace appserve::supervisor
