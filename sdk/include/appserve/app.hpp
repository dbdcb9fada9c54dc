// appserve/app.hpp - write an appserve application in C++20.
//
//   #include <appserve/app.hpp>
//
//   APPSERVE_APP(app) {
//     app.get("/", [] { return "Hello, World!\n"; });
//     app.get("/hello/{name}", [](std::string name) { return "Hello, " + name + "!\n"; });
//   }
//
// Header-only, over the C table of appserve/abi.h; no C++ type leaves the library. Includes no Asio, no JSON and no
// logging library. Further headers, each opt-in: json.hpp (structs as JSON), broadcast.hpp (live updates to many
// clients), test.hpp (unit tests without a server).
//
// Rules worth knowing: handlers run on the thread of their request's loop and must not block (co_await blocking(f));
// two requests may run at once on different loops; string_views of the request die with it; a client that leaves ends
// the handler's current wait with Cancelled, so that everything unwinds through destructors.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/instance.hpp>
