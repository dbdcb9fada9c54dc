// The catalogue of faults: every code a person can meet, with the exit code it ends a start with. A number is an
// identity and is never reused. Thousands: 1 the plugin file, 2 loading and creating, 3 configuration and command line,
// 4 listeners and surroundings, 5 a handler at run time, 6 process life.
#pragma once
#include <array>
#include <string_view>

namespace appserve {

/// Exit codes say who must act (sysexits.h where it has a name).
enum class Exit : int {
  ok = 0,
  command_line = 64,
  plugin_file = 65,
  listener = 69,
  plugin_start = 70,
  system = 71,
  storage = 74,
  start_timeout = 75,
  permission = 77,
  configuration = 78
};

struct Fault {
  char severity;  // 'E' refused or failed, 'W' goes on, 'N' a note
  int number;
  Exit exit;
  std::string_view title;  // what kind of fault, for `explain`; a message says the particulars
};

inline constexpr std::array kFaults = {
    // 1: the plugin file, read before one instruction of it runs
    Fault{'E', 1001, Exit::plugin_file, "no such library"},
    Fault{'E', 1003, Exit::permission, "the library is not readable"},
    Fault{'E', 1004, Exit::plugin_file, "not a regular file"},
    Fault{'E', 1005, Exit::plugin_file, "not an ELF shared library"},
    Fault{'E', 1006, Exit::plugin_file, "the library is truncated"},
    Fault{'E', 1007, Exit::plugin_file, "built for another machine"},
    Fault{'E', 1008, Exit::plugin_file, "an object file or executable, not a shared library"},
    Fault{'E', 1009, Exit::plugin_file, "a shared library, but not an appserve app"},
    Fault{'E', 1010, Exit::plugin_file, "built for another ABI major version"},
    Fault{'E', 1011, Exit::plugin_file, "needs a newer ABI than this server has"},
    Fault{'E', 1012, Exit::plugin_file, "the note and the exported object disagree"},
    Fault{'E', 1013, Exit::plugin_file, "built with a sanitizer the server lacks"},
    Fault{'E', 1014, Exit::plugin_file, "needed libraries are missing"},
    Fault{'E', 1015, Exit::plugin_file, "needs a newer system library"},
    Fault{'E', 1016, Exit::plugin_file, "undefined symbols"},
    Fault{'E', 1017, Exit::plugin_file, "static thread-local storage is exhausted"},
    Fault{'W', 1018, Exit::ok, "the library's file is unsafe"},
    Fault{'E', 1020, Exit::plugin_file, "no such symbol"},
    Fault{'E', 1021, Exit::command_line, "no symbol given"},
    Fault{'E', 1022, Exit::plugin_file, "a C++ function that is not exported as an app"},
    Fault{'E', 1023, Exit::plugin_file, "the symbol is hidden"},
    Fault{'E', 1024, Exit::plugin_file, "data, but called as a factory"},
    Fault{'E', 1025, Exit::plugin_file, "a function, but named as an app"},
    Fault{'E', 1026, Exit::command_line, "not LIB:SYMBOL"},
    Fault{'W', 1027, Exit::ok, "the library shares symbols with others"},
    // 2: loading and creating
    Fault{'E', 2001, Exit::plugin_start, "a static initialiser failed"},
    Fault{'E', 2002, Exit::plugin_start, "the library crashed while loading"},
    Fault{'E', 2003, Exit::plugin_start, "the library ended the process while loading"},
    Fault{'E', 2004, Exit::start_timeout, "the app did not start in time"},
    Fault{'E', 2005, Exit::plugin_start, "the app failed to start"},
    Fault{'E', 2006, Exit::plugin_start, "the factory returned no app"},
    Fault{'E', 2007, Exit::plugin_start, "the app crashed while it was created"},
    Fault{'E', 2008, Exit::plugin_start, "the library took a signal of the server's"},
    Fault{'W', 2008, Exit::ok, "the library changed the process"},
    Fault{'W', 2009, Exit::ok, "the library started a process"},
    Fault{'E', 2011, Exit::configuration, "two apps on one prefix"},
    Fault{'E', 2012, Exit::configuration, "the app rejects its configuration"},
    // 3: configuration and command line
    Fault{'E', 3001, Exit::configuration, "not valid TOML"},
    Fault{'E', 3002, Exit::configuration, "unknown key"},
    Fault{'E', 3003, Exit::configuration, "right key, wrong table"},
    Fault{'E', 3004, Exit::configuration, "wrong type or out of range"},
    Fault{'E', 3005, Exit::configuration, "wrong or missing unit"},
    Fault{'E', 3006, Exit::configuration, "two settings contradict each other"},
    Fault{'E', 3007, Exit::configuration, "bad value in the environment"},
    Fault{'W', 3008, Exit::ok, "unknown APPSERVE_ variable"},
    Fault{'E', 3009, Exit::configuration, "an environment variable the file needs is not set"},
    Fault{'E', 3010, Exit::configuration, "the configuration file cannot be read"},
    Fault{'E', 3011, Exit::configuration, "malformed url_prefix"},
    Fault{'N', 3011, Exit::ok, "the slash at the end of a url_prefix is left out"},
    Fault{'E', 3012, Exit::command_line, "no app, or apps given twice"},
    Fault{'W', 3013, Exit::ok, "accepted without effect"},
    Fault{'W', 3015, Exit::ok, "everybody is a trusted proxy"},
    Fault{'E', 3016, Exit::configuration, "trusted hops below 1"},
    Fault{'E', 3020, Exit::command_line, "unknown option"},
    Fault{'E', 3021, Exit::command_line, "missing or bad option value"},
    Fault{'E', 3022, Exit::command_line, "options that exclude each other"},
    Fault{'E', 3023, Exit::command_line, "the folder for a new app cannot be made"},
    // 4: listeners, rights, surroundings
    Fault{'E', 4001, Exit::listener, "the address is in use"},
    Fault{'E', 4002, Exit::permission, "no right to listen there"},
    Fault{'E', 4003, Exit::listener, "the address is not available"},
    Fault{'E', 4004, Exit::configuration, "not a port"},
    Fault{'E', 4005, Exit::listener, "the unix socket belongs to a live server"},
    Fault{'N', 4005, Exit::ok, "a stale unix socket was removed"},
    Fault{'E', 4006, Exit::listener, "the unix socket's path is something else"},
    Fault{'E', 4007, Exit::configuration, "the unix socket's path is too long"},
    Fault{'E', 4008, Exit::permission, "the folder is missing or not writable"},
    Fault{'E', 4009, Exit::configuration, "not a socket that was given"},
    Fault{'W', 4010, Exit::ok, "the backlog is cut by the kernel"},
    Fault{'W', 4011, Exit::ok, "out of file descriptors"},
    Fault{'E', 4020, Exit::permission, "the rights cannot be given up"},
    Fault{'W', 4021, Exit::ok, "running as root"},
    Fault{'W', 4022, Exit::ok, "the admin listener is open to everybody"},
    Fault{'W', 4040, Exit::ok, "few file descriptors"},
    // 5: a handler at run time
    Fault{'E', 5001, Exit::ok, "a handler failed"},
    Fault{'E', 5003, Exit::ok, "a handler ended without a response"},
    Fault{'E', 5004, Exit::ok, "a handler passed its deadline"},
    Fault{'E', 5005, Exit::ok, "a handler ignores its cancellation"},
    Fault{'E', 5006, Exit::ok, "an app broke a rule of the ABI"},
    Fault{'W', 5007, Exit::ok, "the body did not fit its Content-Length"},
    Fault{'E', 5008, Exit::ok, "a response header was refused"},
    Fault{'W', 5009, Exit::ok, "an impossible status"},
    Fault{'W', 5010, Exit::ok, "a loop was blocked"},
    Fault{'W', 5011, Exit::ok, "the mount is saturated"},
    Fault{'E', 5012, Exit::ok, "a loop is stuck"},
    Fault{'W', 5015, Exit::ok, "a worker is worn out"},
    Fault{'W', 5016, Exit::ok, "an app leaks file descriptors"},
    Fault{'E', 5017, Exit::ok, "an app crashed"},
    Fault{'E', 5018, Exit::ok, "an app aborted"},
    Fault{'E', 5019, Exit::ok, "an app ended the process"},
    Fault{'E', 5020, Exit::ok, "an app is in quarantine"},
    Fault{'W', 5022, Exit::plugin_start, "an app closed descriptors of the server"},
    Fault{'W', 5025, Exit::ok, "an app crashed at its end"},
    Fault{'W', 5026, Exit::ok, "a worker did not end in time"},
    // 6: process life
    Fault{'E', 6001, Exit::ok, "a reload failed"},
    Fault{'W', 6002, Exit::ok, "a worker ended"},
    Fault{'E', 6003, Exit::ok, "a worker cannot be started"},
    Fault{'W', 6004, Exit::ok, "the drain deadline passed"},
    Fault{'W', 6005, Exit::ok, "the log sink failed"},
    Fault{'E', 6008, Exit::system, "the operating system refused"},
    Fault{'W', 6009, Exit::ok, "a proxy header from an untrusted peer"},
    Fault{'E', 6010, Exit::system, "the binary cannot take over"},
    Fault{'E', 6011, Exit::listener, "no server to control"},
    Fault{'W', 6012, Exit::ok, "a connection without its PROXY header"},
};

/// The fault with this severity and number; an unknown one does not compile: fault('E', 1001).
consteval const Fault& fault(char severity, int number) {
  for (const Fault& f : kFaults)
    if (f.severity == severity && f.number == number) return f;
  throw "no such fault";
}

}  // namespace appserve
