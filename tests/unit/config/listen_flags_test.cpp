#include "config/listen_flags.hpp"

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

std::string listens_on(Words words, const Words& environment = {}) {
  words.push_back("libhello.so:app");
  std::string out;
  for (const net::Endpoint& endpoint : accepted(words, environment).settings.listen)
    out += (out.empty() ? "" : " ") + net::to_string(endpoint);
  return out;
}

TEST_CASE("host and port go together, each with the usual other half") {
  CHECK(listens_on({"--host=0.0.0.0", "--port=80"}) == "0.0.0.0:80");
  CHECK(listens_on({"--port=0"}) == "127.0.0.1:0");
  CHECK(listens_on({"--host=localhost"}) == "localhost:8080");
  CHECK(listens_on({"--host=::1"}) == "[::1]:8080");
  CHECK(listens_on({"--host=[::1]", "--port=1"}) == "[::1]:1");
  CHECK(listens_on({"--host=*"}) == ":8080");
}

TEST_CASE("a unix socket stands alone or beside an address") {
  CHECK(listens_on({"--unix-socket=/run/a.sock"}) == "unix:/run/a.sock");
  CHECK(listens_on({"--unix-socket=/run/a.sock", "--unix-socket-perms=660", "--port=1"}) ==
        "127.0.0.1:1 unix:/run/a.sock,mode=660");
}

TEST_CASE("--listen comes several times, each with one or more addresses, twice the same is once") {
  CHECK(listens_on({"--listen", ":1", "--listen=[::1]:2 unix:/a"}) == ":1 [::1]:2 unix:/a");
  CHECK(listens_on({"--listen=:1", "--listen=*:1"}) == ":1");
  CHECK(listens_on({"--listen=:0", "--listen=:0"}) == ":0 :0");
}

TEST_CASE("each of the forms replaces what the environment says") {
  CHECK(listens_on({"--port=1"}, {"APPSERVE_SERVER__LISTEN=:2"}) == "127.0.0.1:1");
  CHECK(listens_on({}, {"APPSERVE_SERVER__LISTEN=0.0.0.0:2 [::]:2"}) == "0.0.0.0:2 [::]:2");
}

TEST_CASE("every mistake has its message") {
  struct Case {
    Words words;
    const char* message;
  };
  const Case cases[] = {
      {{"--port=99999"}, "error[E4004]: --port: '99999' is not a port; a port is a number from 0 to 65535\n"},
      {{"--port=-1"}, "error[E4004]: --port: '-1' is not a port; a port is a number from 0 to 65535\n"},
      {{"--host=a b"}, "error[E3021]: --host: cannot listen on 'a b:8080': 'a b' is not a host name or address\n"},
      {{"--host=a", "--listen=:1"},
       "error[E3022]: --host and --listen exclude each other\n"
       "  help: --listen a:8080\n"},
      {{"--port=80", "--listen=:1"},
       "error[E3022]: --port and --listen exclude each other\n"
       "  help: --listen 127.0.0.1:80\n"},
      {{"--unix-socket=/a", "--listen=:1"},
       "error[E3022]: --unix-socket and --listen exclude each other\n"
       "  help: --listen unix:/a\n"},
      {{"--unix-socket-perms=660"}, "error[E3022]: --unix-socket-perms is of no use without --unix-socket\n"},
      {{"--unix-socket=/a", "--unix-socket-perms=rw"},
       "error[E3021]: --unix-socket: cannot listen on 'unix:/a,mode=rw': the mode is not an octal number like 660\n"},
      {{"--listen="},
       "error[E3021]: --listen needs a list of addresses like \"127.0.0.1:8080\" or \"unix:/run/appserve.sock\", got "
       "''\n"},
      {{"--listen=localhost"},
       "error[E3021]: --listen: cannot listen on 'localhost': no port\n"
       "  help: localhost:8080\n"},
      {{"--listen=:1 :x"}, "error[E4004]: --listen: 'x' is not a port; a port is a number from 0 to 65535\n"},
  };
  for (Case c : cases) {
    c.words.push_back("libhello.so:app");
    CHECK(refusal(c.words) == c.message);
  }
}

}  // namespace
}  // namespace appserve::config
