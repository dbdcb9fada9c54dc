// Tells a worker's supervisor what the worker is at while it loads apps.
#pragma once
#include <string>

#include "app/load_witness.hpp"
#include "supervisor/death.hpp"
#include "supervisor/post.hpp"

namespace appserve {

class Witness final : public app::LoadWitness {
 public:
  /// The post outlives it.
  explicit Witness(const supervisor::Post& post) : post_(post) {}

  void loading(const std::string& library) override {
    post_.channel().send(supervisor::Phase{supervisor::Phase::Stage::loading, library, {}});
  }
  void creating(const std::string& library, const std::string& symbol) override {
    post_.channel().send(supervisor::Phase{supervisor::Phase::Stage::creating, library, symbol});
  }
  void ending(const Error& why) override { post_.channel().send(supervisor::failed_with({why}, false)); }

 private:
  const supervisor::Post& post_;
};

}  // namespace appserve
